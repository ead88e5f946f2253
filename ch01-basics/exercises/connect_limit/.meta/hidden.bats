#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint unreachable: connect() may fail at once, non-blocking or not: only EINPROGRESS means that there is
#   something to wait for. Read connect(2), "Errors".
# bats test_tags=id:unreachable,points:1,needs:refused,needs:times_out,hint:unreachable
@test "an address that cannot be connected to is reported with its reason" {
  start program ./connect_limit 60 127.255.255.255 9 # a broadcast address
  seen everything
  finish program
  seen tried
  same 'on standard output, nothing' '' "$output"
  must '"Network is unreachable" on standard error' complained program 'Network is unreachable'
  must 'status 1' test "$status" -eq 1
}
