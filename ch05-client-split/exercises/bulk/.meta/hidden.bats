#!/usr/bin/env bats
load ../../../../tests/grade/checks

complains() { # BYTES: which byte number may be complained of, a regular expression
  seen connection
  finish client
  seen everything
  same 'exit status' 1 "$status"
  same 'what it has printed' '' "$output"
  must "\"bulk: byte ${1//\[0-9]+/N} ...\" on standard error" complained client "^bulk: byte $1([^0-9]|\$)"
}
connection() { ss -tan "( sport = :$port or dport = :$port )" | grep -v LISTEN || echo 'no connection'; }

# hint more: Who stops reading when as many bytes have come as were sent does not learn that there are more. The
#   end is where read() returns 0.
# bats test_tags=id:more,points:1,needs:small,hint:more
@test "one byte too many comes back: its number, and status 1" {
  start_server ./faulty_server 0 127.0.0.1 more
  start client ./bulk 127.0.0.1 "$port" 1
  complains 1000000
}

# hint repeat: If the bytes repeat themselves every 256, a buffer that comes twice looks like the one that should
#   have come. Take bytes whose period is no part of any buffer's size. See pattern in bulk_client.
# bats test_tags=id:repeated,points:1,needs:changed,hint:repeat
@test "4096 bytes come twice, in place of the next 4096: a byte number, and status 1" {
  start_server ./faulty_server 0 127.0.0.1 repeat $((500000 + SEED % 1000))
  start client ./bulk 127.0.0.1 "$port" 1
  complains '[0-9]+'
}
