#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint waits: After the SIGTERM to its children the parent waits for all of them, however long they take, and
#   ends last. (A child that is stopped gets its SIGTERM when it goes on; SIGKILL would give it no chance.)
# bats test_tags=id:waits,points:1,needs:ends,hint:waits
@test "the parent does not end before its last child" {
  start_server ./prefork_pool 0 127.0.0.1 2
  seen family
  soon 'two children' has_children "$server" 2
  child=$(children "$server" | tail -n 1 | xargs)
  did "kill -STOP $child   (a child)"
  kill -STOP "$child"
  soon 'a child that is stopped' has_state "$child" T
  did "kill -TERM $server   (the server)"
  kill -TERM "$server"
  must "the server to wait for its child $child" still_there
  did "kill -CONT $child   (the child)"
  kill -CONT "$child" || true
  finish server
  same 'its status' 0 "$status"
}
# Looks twenty times whether it ends: who does not wait has no reason not to.
still_there() {
  for _ in {1..20}; do
    ! ended server || return 1
    read -r -t 0.02 -u "$never" || true
  done
}
family() {
  ps -C prefork_pool -o pid,ppid,stat,args || true
  ! ended server || echo 'the server has ended'
}

# hint reset: read() fails with ECONNRESET, and write() with EPIPE, when a client has gone that way. That is the
#   end of this client, not of the child, which goes on with the next one.
# bats test_tags=id:resets,points:1,needs:same,hint:reset
@test "clients that go with a reset leave the children as they were" {
  start_server ./prefork_pool 0 127.0.0.1 2
  seen family
  soon 'two children' has_children "$server" 2
  find_family
  before=${pids[*]}
  probe reset connect sent midread idle halfclosed
  for client in first second; do connect "$client"; done
  for client in second first; do ask "$client" hello; done
  find_family
  same 'the children of the server' "$before" "${pids[*]}"
}
find_family() {
  all_of children "$server"
  read -ra pids <<<"${REPLY//$'\n'/ }"
}
