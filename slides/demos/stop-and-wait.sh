#!/usr/bin/env bash
# stop-and-wait: one line out and one line back, against many under way
. "${0%/*}/lib.bash"
chapter ch05-client-split

say "A server 0.4 s away: whatever it is sent comes back that much later. Five
  lines:"
serve server "./slow_echo_server $own 127.0.0.1 400"
run "seq 5 | ./echo_client $to"
slow=$(took)
expect "Stop-and-wait: five round trips, one after another: $slow s." within 2 60
run "seq 5 | ./split_client $to"
fast=$(took)
expect "Split: all five under way together, one round trip: $fast s." within 0.4 60
faster() { # than five round trips can be; measured again, where the machine was too busy
  ((10#${fast/./} < 200)) && return
  acted
  view "seq 5 | ./split_client $to"
  fast=$(took)
  return 1
}
expect "The longer the way, the more that matters." faster
