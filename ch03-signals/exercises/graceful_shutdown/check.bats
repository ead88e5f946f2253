#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint serves: What the server did before, it still does: a child for each client, and the parent back in
#   accept(). If it waits elsewhere now: for a new client, too? See chapter 3, echo_server.
# bats test_tags=id:serves,points:1,hint:serves
@test "two clients at a time are served" {
  start_server ./graceful_shutdown 1000 0
  connect first
  connect second
  ask second "$(random_text 20)"
  ask first "$(random_text 20)"
}

# hint ends: SIGTERM ends a process, with status 143 in the shell, unless it has a handler or is blocked. To
#   set a flag is not enough: what waits has to stop waiting, and SA_RESTART prevents that. Nobody is there, so
#   there is nothing to wait for: the program returns from main(). Read signal(7), sigaction(2).
# bats test_tags=id:ends,points:1,needs:serves,hint:ends
@test "SIGTERM when the last client has left: the server ends at once, status 0" {
  start_server ./graceful_shutdown 1000 0
  connect client
  ask client hello
  leave client
  soon 'its child to be gone' has_children "$server" 0
  terminate
  seen server_now
  finish server
  same 'status 0' 0 "$status"
}
terminate() {
  did "kill -TERM $server"
  kill -TERM "$server"
}
server_now() {
  ps -o pid,ppid,stat,args --ppid "$server" -p "$server"
  ss -Htlnp "sport = :$port"
}

# hint no_more: While any process has the listener open, the kernel completes connections, and puts them
#   into a queue that nobody empties. The parent closes it at once, and no child may have it.
# bats test_tags=id:no_more,points:2,needs:ends,hint:no_more
@test "SIGTERM while a client is there: nobody listens on the port any more" {
  start_server ./graceful_shutdown 1000 0
  connect client
  ask client hello
  terminate
  seen server_now
  soon "no socket that listens on port $port" nobody_listens
}

# hint finish: The children serve on, and the parent waits for them: that takes until the last one has
#   ended, or the time is over, and not longer. A SIGCHLD ends sleep() and poll() early: how much is left then?
# bats test_tags=id:finish,points:1,needs:ends,hint:finish
@test "who is there is served on; when the last one has left, the server ends with status 0" {
  start_server ./graceful_shutdown 1000 0
  connect first
  connect second
  ask first hello
  ask second hello
  terminate
  seen server_now
  taken
  ask first "$(random_text 20)"
  leave first
  soon 'one child of the server, and no zombie' has_children "$server" 1
  ask second "$(random_text 20)"
  leave second
  finish server
  same 'status 0' 0 "$status"
}

# the parent has taken the signal, as one sees by its listener; if it keeps that open, check 3 says so
taken() { until_patience parent_closed || true; }
parent_closed() {
  all_of ss -Htlnp "sport = :$port"
  [[ $REPLY != *pid=$server,* ]]
}

# hint cut: At the end of its time the parent ends the children that are left, and waits for them: it has to
#   know their PIDs, and a signal that a child blocks or ignores does not end it. GRACE_SECONDS has fractions.
# bats test_tags=id:cut,points:2,needs:ends,hint:cut
@test "two idle clients: after GRACE_SECONDS, not before, the server and its children end" {
  start_server ./graceful_shutdown 0.4 0
  connect first
  connect second
  ask first hello
  ask second hello
  all_of children "$server"
  mapfile -t both <<<"$REPLY"
  must 'two children of the server' test ${#both[@]} -eq 2
  begin=${EPOCHREALTIME/./}
  terminate
  seen server_now
  finish server
  took=$(((${EPOCHREALTIME/./} - begin) / 1000))
  same 'status 0' 0 "$status"
  seen echo "it ended after $took ms"
  must 'an end after 400 ms or more' test "$took" -ge 400
  seen ps -o pid,ppid,stat,args "${both[@]}"
  soon 'no process of the server' eval 'gone "${both[0]}" && gone "${both[1]}"'
  closed first
  closed second
}

# hint second: Whoever sends SIGTERM may send it again. What was promised to the clients holds: a handler
#   that is installed for one signal only (SA_RESETHAND), or removed, leaves the next one to the default.
# bats test_tags=id:second,points:1,needs:finish,hint:second
@test "a second SIGTERM changes nothing" {
  start_server ./graceful_shutdown 1000 0
  connect first
  connect second
  ask first hello
  ask second hello
  terminate
  taken
  terminate
  seen server_now
  # the end of a child is the later signal: when that is noticed, so is SIGTERM
  leave first
  soon 'the server with one child' has_children "$server" 1
  ask second "$(random_text 20)"
  leave second
  finish server
  same 'status 0' 0 "$status"
}
