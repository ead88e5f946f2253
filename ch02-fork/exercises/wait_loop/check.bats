#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint status: fork(), execvp() in the child, with the command's name as the first of its arguments, and
#   waitpid() in the parent, at once. WEXITSTATUS takes the number out of the status. It is printed at once: into
#   a pipe, stdout is buffered until it is flushed. See wait_status; wait(2), setbuf(3).
# bats test_tags=id:statuses,points:2,hint:status
@test "a command is run, and then its status is said" {
  start_shell shell
  word=$(random_text 10)
  say shell "echo $word"
  soon "\"$word\", and in the next line \"status 0\"" begins "$word" 'status 0'
  number=$((SEED % 90 + 10))
  say shell "awk BEGIN{exit($number)}"
  soon "\"status $number\" after that" begins "$word" 'status 0' "status $number"
}
start_shell() { # NAME
  start "$1" ./wait_loop
  shell=${pid[$1]}
  seen everything
}
begins() { # LINE...: with these lines, and no other between them
  [[ $(out shell | head -n $# | head -c 2000) == "$(printf '%s\n' "$@")" ]]
}

# hint signal: A process that a signal ended has no exit status: WEXITSTATUS of it is some number. Ask
#   WIFEXITED or WIFSIGNALED first. See wait_status; wait(2), strsignal(3).
# bats test_tags=id:signals,points:1,needs:statuses,hint:signal
@test "of a command that was killed, the signal is said" {
  start_shell shell
  say shell 'sleep 100'
  end_it TERM 'sleep 100'
  soon '"killed by signal 15 (Terminated)"' printed shell '^killed by signal 15 \(Terminated\)$'
  say shell 'sleep 200'
  end_it KILL 'sleep 200'
  soon '"killed by signal 9 (Killed)"' printed shell '^killed by signal 9 \(Killed\)$'
}
# end_it SIGNAL COMMAND: kills the child that runs COMMAND, and sets $child to its PID
end_it() {
  soon "a child that runs \"$2\"" runs "$2"
  did "kill -$1 $child   (\"$2\")"
  kill "-$1" "$child" || true
}
runs() { # COMMAND
  read -r child _ < <(ps -o pid=,args= --ppid "$shell" | grep " $1\$")
}

# hint not_found: execvp() returns only when it has failed. The child is then a copy of the shell, and goes on as
#   a second one, unless it ends there and then, with status 127. Read execvp(3), _exit(2).
# bats test_tags=id:not_found,points:1,needs:statuses,hint:not_found
@test "a command that does not exist has status 127, and the shell goes on" {
  start_shell shell
  name=no-$(random_text 8)
  say shell "$name"
  soon '"status 127"' printed shell '^status 127$'
  must "\"$name\" and a reason on standard error" complained shell "$name"
  soon 'no child' has_children "$shell" 0
  say shell 'echo again'
  soon '"status 127", "again", "status 0"' begins 'status 127' again 'status 0'
}

# hint background: Who does not wait for a child can go on with the next line. What fork() returned is its PID.
# bats test_tags=id:background,points:1,needs:statuses,hint:background
@test "with an & its PID is said, and the next command is run at once" {
  start_shell shell
  say shell 'sleep 100 &'
  soon 'a child that runs "sleep 100"' runs 'sleep 100'
  soon "\"[$child]\", the PID of \"sleep 100\"" begins "[$child]"
  say shell 'echo next'
  soon '"next" and "status 0", while "sleep 100" runs' begins "[$child]" next 'status 0'
  must '"sleep 100" to run still' runs 'sleep 100'
}

# hint reaped: Several may have ended when the next line comes: ask with WNOHANG until there are no more. Read
#   waitpid(2); chapter 2, echo_server.
# bats test_tags=id:reaped,points:1,needs:background,needs:signals,hint:reaped
@test "three end in the background: the next line ends all three zombies" {
  start_shell shell
  seen children_and_output
  wanted=()
  for seconds in 100 200 300; do say shell "sleep $seconds &"; done
  for seconds in 100 200 300; do
    end_it TERM "sleep $seconds"
    wanted+=("$child")
  done
  soon 'three children that have ended' none_runs "$shell"
  say shell true
  soon '"status 0"' printed shell '^status 0$'
  for child in "${wanted[@]}"; do
    soon "\"[$child] killed by signal 15 (Terminated)\"" printed shell "^\[$child\] killed by signal 15 \(Terminated\)$"
  done
  soon 'no zombie' has_zombies "$shell" 0
}
children_and_output() {
  ps -o pid,ppid,stat,args --ppid "$shell" || echo 'no child'
  everything
}

# hint which: wait() returns for whichever child ends first. The one in the foreground is waited for by its PID,
#   and what is known of the others is not to be lost. Read waitpid(2); see waitpid.
# bats test_tags=id:which,points:1,needs:reaped,hint:which
@test "what ends in the background is not taken for the command in the foreground" {
  start_shell shell
  seen children_and_output
  say shell 'sleep 100 &'
  say shell 'sleep 200'
  soon 'a child that runs "sleep 200"' runs 'sleep 200'
  end_it KILL 'sleep 100'
  other=$child
  soon 'only "sleep 200" to run' eval '! runs "sleep 100"'
  end_it TERM 'sleep 200'
  soon '"killed by signal 15 (Terminated)", of "sleep 200"' printed shell '^killed by signal 15 \(Terminated\)$'
  say shell true
  soon "\"[$other] killed by signal 9 (Killed)\"" printed shell "^\[$other\] killed by signal 9 \(Killed\)$"
  must 'nothing else that was killed by signal 9' eval '! printed shell "^killed by signal 9"'
}

# hint ends: What main() returns is the shell's own status: that of the last command in the foreground, and
#   128 and the signal's number if it was killed. See wait_status.
# bats test_tags=id:ends,points:1,needs:signals,hint:ends
@test "its own status is that of the last command" {
  start_shell shell
  number=$((SEED % 80 + 11))
  say shell true
  say shell "awk BEGIN{exit($number)}"
  end_input shell
  finish shell
  same 'its status' "$number" "$status"
  start_shell other
  say other 'sleep 100'
  end_it TERM 'sleep 100'
  end_input other
  finish other
  same 'its status' 143 "$status"
}
