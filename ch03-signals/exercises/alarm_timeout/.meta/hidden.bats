#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint reset: read() that returns -1 was interrupted only if errno is EINTR. ECONNRESET means that the
#   connection is lost. Read read(2), errno(3).
# bats test_tags=id:reset,points:1,needs:timeout,hint:reset
@test "the connection is reset: status 1 and a message, and no timeout" {
  start_server ./slow_echo_server 0 127.0.0.1 3600000
  start client ./alarm_timeout 1000 "$address" "$port"
  soon 'a child of the server' has_children "$server" 1
  child=$(children "$server" | tr -d ' ')
  did "kill -STOP $child   (the process that serves the client)"
  kill -STOP "$child"
  soon 'it to be stopped' has_state "$child" T
  say client hello || wrong 'a client that reads the line' "$(everything)"
  soon 'the line to have come, unread' unread
  did "kill -KILL $child   (what was not read makes that a reset)"
  kill -KILL "$child"
  seen everything
  finish client
  same 'status 1' 1 "$status"
  must 'a message on standard error' test -n "$stderr"
}
unread() { [[ $(ss -Htn state established "sport = :$port" | awk '{ print $1 }') == [1-9]* ]]; }

# hint long: A line of the input may be longer than a buffer, and so may a reply, which comes in any number of
#   pieces: it ends at its newline.
#   Read read(2), "Return value"; chapter 1, short_counts.
# bats test_tags=id:long,points:1,needs:replies,hint:long
@test "a reply of 50,000 bytes is printed whole" {
  start_server ./echo_server 0
  start client ./alarm_timeout 1000 "$address" "$port"
  text=$(random_text 1000)
  for _ in {1..50}; do printf %s "$text"; done >"$BATS_TEST_TMPDIR/line"
  echo >>"$BATS_TEST_TMPDIR/line"
  sent 'a line of 50,000 bytes   (to "client")'
  cat "$BATS_TEST_TMPDIR/line" >&"${input[client]}" || true
  end_input client
  finish client
  same 'status 0' 0 "$status"
  seen wc -c "$BATS_TEST_TMPDIR/client.out"
  must 'the same 50,001 bytes' cmp -s "$BATS_TEST_TMPDIR/line" "$BATS_TEST_TMPDIR/client.out"
}
