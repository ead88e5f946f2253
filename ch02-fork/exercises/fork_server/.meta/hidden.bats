#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint listener: The child inherits the listening socket too. While it keeps it, the port stays taken
#   when the server has gone, and clients connect to a queue that nobody empties. See shared_descriptors.
# bats test_tags=id:child_closes,points:1,needs:concurrent,hint:listener
@test "no child keeps the listening socket" {
  start_server ./fork_server 0
  seen ss -Htanp "sport = :$port"
  connect client
  ask client hello
  soon "the listening socket in process $server and in no other" only_server_listens
  ask client 'are you there?'
}
# ss names every process that has the socket
only_server_listens() { [[ $(ss -Htlnp "sport = :$port" | grep -o 'pid=[0-9]*' | sort -u) == "pid=$server" ]]; }

# hint reset: read() fails with ECONNRESET and write() with EPIPE, or SIGPIPE, when a client has gone that
#   way. That ends this client's child and nothing else. Read send(2) on MSG_NOSIGNAL.
# bats test_tags=id:resets,points:1,needs:concurrent,needs:bytes,hint:reset
@test "clients that go with a reset leave the server as it was" {
  start_server ./fork_server 0
  probe reset connect sent midread idle halfclosed
  connect next
  ask next hello
}
