#!/usr/bin/env bats
load test_helper
setup() { in_chapter ch01-basics; }

@test "echo: the second client is connected, but served only when the first has left" {
  start_server ./echo_server 0
  start first ./echo_client 127.0.0.1 "$port"
  say first one
  wait_until printed first '^one$'
  start second ./echo_client 127.0.0.1 "$port"
  say second two
  # the kernel has done the handshake; the line waits, unread, at the server
  waiting() { sockets "$port" | grep -qE "^ESTAB +4 +0 +$address:$port "; }
  wait_until waiting
  run out second
  assert_output ''
  end_input first
  wait_until printed second '^two$'
  end_input second
  finish second
  assert_equal "$status" 0
}

@test "echo_client: an early end of the server" {
  start_server ./echo_server 0
  start client ./echo_client 127.0.0.1 "$port"
  say client hello
  wait_until printed client hello
  kill -KILL "$server"
  say client again
  finish client
  assert_equal "$status" 1
  assert_equal "$stderr" 'echo_client: server terminated prematurely'
}
