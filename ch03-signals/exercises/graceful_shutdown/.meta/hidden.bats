#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint group: A child inherits handlers and what is blocked, but not what the parent does about it. If
#   SIGTERM is at its default in the child, or gets there before echo(), then the client is cut off.
# bats test_tags=id:group,points:1,needs:finish,hint:group
@test "SIGTERM to all processes of the server: the client is served on" {
  start_server ./graceful_shutdown 1000 0
  connect client
  ask client hello
  did "kill -TERM -- -$server   (the server and its children)"
  kill -TERM -- "-$server"
  seen ps -o pid,ppid,stat,args --ppid "$server" -p "$server"
  until_patience parent_closed || true # then it has taken the signal
  ask client "$(random_text 20)"
  leave client
  finish server
  same 'status 0' 0 "$status"
}
parent_closed() {
  all_of ss -Htlnp "sport = :$port"
  [[ $REPLY != *pid=$server,* ]]
}

# hint stalled: The child of a client that never reads waits in write(). A time limit for read() does not end
#   that, nor a handler after which write() is called again; SIGKILL ends every process.
# bats test_tags=id:stalled,points:1,needs:cut,hint:stalled
@test "a client that sends and never reads is cut off, too" {
  start_server ./graceful_shutdown 0.1 0
  start client "$GRADE_BOX/tests/probe" stall "$address" "$port"
  soon 'the client to have filled the connection' printed client '^blocked after'
  did "kill -TERM $server"
  kill -TERM "$server"
  seen ps -o pid,ppid,stat,args --ppid "$server" -p "$server"
  finish server
  same 'status 0' 0 "$status"
}
