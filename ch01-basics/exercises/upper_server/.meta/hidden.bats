#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint reset: A client may go with a reset: read() fails with ECONNRESET, write() with EPIPE, and without
#   MSG_NOSIGNAL a SIGPIPE ends the server. That is the end of one client. Read send(2), signal(7).
# bats test_tags=id:resets,points:1,needs:next,needs:long,hint:reset
@test "clients that go with a reset do not end the server" {
  start_server ./upper_server 0
  probe reset connect sent halfclosed blocked
  connect client
  tell client hello
  hear client
  same 'HELLO' HELLO "$reply"
}

# hint address: The arguments say where to listen: this port, on this address, and nowhere else.
# bats test_tags=id:address,points:1,needs:upper,hint:address
@test "it listens on the port and the address that it was given" {
  start_server ./upper_server 0 127.0.0.2
  seen ss -Htln
  same 'the address' 127.0.0.2 "$address"
  must "a socket that listens on 127.0.0.2:$port" listens_on 127.0.0.2
  stop_server
  wanted=$((port == 9877 ? 9878 : port))
  start_server ./upper_server "$wanted" 127.0.0.3
  same 'the address and port' "127.0.0.3:$wanted" "$address:$port"
  must "a socket that listens on 127.0.0.3:$wanted" listens_on 127.0.0.3
}
# a socket of IPv6 can have an address of IPv4, too: RFC 4291, 2.5.5.2
listens_on() { ss -Htln "sport = :$port" | grep -qE " (${1//./\\.}|\[::ffff:${1//./\\.}\]):$port "; }
