#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint serves: fork() returns in the parent at once: that one prints the child's number, closes the
#   connection and is back in accept(), while the child serves. Read fork(2); chapter 2, echo_server.
# bats test_tags=id:serves,points:1,hint:serves
@test "two clients at a time get their lines back, and each has a line of its own" {
  start_server ./no_zombies 0
  comes first
  comes second
  ask first "$(random_text 10)"
}
# comes NAME: a client is served, and the line for its child is there
comes() {
  connect "$1"
  ask "$1" "$(random_text 20)"
  seen server_now
  soon "${#client[@]} children, and for each a line \"child PID began\"" all_began "${#client[@]}"
}
# all_began N: the parent has N children that run, and has said so
all_began() {
  local child running
  running=$(running)
  [[ $(wc -w <<<"$running") -eq $1 ]] || return
  for child in $running; do printed server "^child $child began$" || return; done
}
# the PIDs of its children that have not ended
running() { ps -o stat=,pid= --ppid "$server" | awk '!/^Z/ { print $2 }'; }
# goes NAME...: these leave; what must come of their children is seen later
goes() {
  local name
  for name in "$@"; do leave "$name"; done
}
# what is there now: its processes, and what it has printed
server_now() {
  ps -o pid,ppid,stat,args --ppid "$server" -p "$server"
  everything
}
no_child() { has_children "$server" 0; }
# ended_once PID...: for each, the line that it began and the line that it ended
ended_once() {
  local child
  for child in "$@"; do
    [[ $(out server | grep -cx "child $child began") -eq 1 &&
      $(out server | grep -cx "child $child ended") -eq 1 ]] || return
  done
}

# hint reaped: A child that has ended is a zombie until its parent waits for it. Who waits only after
#   accept() waits for ever if nobody comes; SIGCHLD says at once that a child has ended. See reap.cpp.
# bats test_tags=id:reaped,points:2,needs:serves,hint:reaped
@test "a client leaves and nobody else comes: its child is gone, and a line says so" {
  start_server ./no_zombies 0
  comes client
  child=$(running)
  seen server_now
  goes client
  soon "no child, and no zombie" no_child
  soon "one line \"child $child ended\"" ended_once "$child"
}

# hint eintr: A signal with a handler ends a waiting accept() with EINTR, unless SA_RESTART was asked for:
#   no client has come, and nothing is wrong. Read signal(7), "Interruption of system calls"; restart.cpp.
# bats test_tags=id:next,points:1,needs:reaped,hint:eintr
@test "after a child has ended, the next client is served" {
  start_server ./no_zombies 0
  for name in first second; do
    comes $name
    goes $name
    seen server_now
    soon 'no child, and no zombie' no_child
  done
  comes third
}

# hint order: The handler must not wait for a child that still runs: not for the oldest one, not for any
#   (waitpid() without WNOHANG does, and meanwhile the server does nothing else). Read waitpid(2).
# bats test_tags=id:order,points:2,needs:next,hint:order
@test "the second of three clients leaves: its child is gone, the others and a new one are served" {
  start_server ./no_zombies 0
  comes first
  one=$(running)
  comes second
  child=$(running | grep -vx "$one")
  comes third
  seen server_now
  goes second
  soon "two children, and no zombie" eval 'has_children "$server" 2 && has_zombies "$server" 0'
  soon "one line \"child $child ended\"" ended_once "$child"
  comes fourth
  ask first "$(random_text 10)"
  ask third "$(random_text 10)"
}

# hint at_once: Signals are noted, not counted: five children that end while the server cannot run are one
#   SIGCHLD. So one call of the handler waits for as many as there are. See lost_signals.cpp.
# bats test_tags=id:at_once,points:2,needs:reaped,hint:at_once
@test "five children end at the same moment: all are gone, and five lines say so" {
  start_server ./no_zombies 0
  for name in 1 2 3 4 5; do comes $name; done
  mapfile -t five < <(running)
  must 'five children' test ${#five[@]} -eq 5
  did "kill -STOP $server   (the server, so that it sees the five ends at once)"
  kill -STOP "$server"
  seen server_now
  soon 'the server to be stopped' has_state "$server" T
  goes 1 2 3 4 5
  soon 'the five children to end' none_runs "$server"
  did "kill -CONT $server"
  kill -CONT "$server"
  soon 'no child, and no zombie' no_child
  soon 'for each of the five, a line that it began and one that it ended' ended_once "${five[@]}"
}
