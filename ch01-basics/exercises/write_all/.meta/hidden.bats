#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint empty: Nothing to write is all written: no call is needed. A write() of no bytes returns 0, which is
#   no error either.
# bats test_tags=id:empty,points:1,needs:short,hint:empty
@test "a file of no bytes is sent, too" {
  : >"$BATS_TEST_TMPDIR/data"
  give data
  start_server ./write_all data 0
  connect client
  closed client
  finish server
  seen tried
  same 'status' 0 "$status"
}
