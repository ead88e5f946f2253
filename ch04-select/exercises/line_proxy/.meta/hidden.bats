#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint refused: The server may be away: connect() fails, for this client. The proxy closes it and goes on; the
#   next one may have more luck. (connect_to() of basics.hpp ends the program.)
# bats test_tags=id:refused,points:1,needs:half_close,needs:concurrent,hint:refused
@test "the server ends, is away, and comes back: so do the clients" {
  start_both
  connect first
  ask first hello
  did 'the echo server is killed (SIGKILL)'
  kill -KILL "${pid[echo_server]}"
  closed first
  connect second
  closed second
  start same_port ./select_server "$behind"
  soon 'the echo server (ours) to listen again' printed same_port '^listening on'
  connect third
  ask third hello
}
start_both() {
  start echo_server ./select_server 0
  seen everything
  soon 'the echo server (ours) to listen' printed echo_server '^listening on'
  behind=$(out echo_server)
  behind=${behind##*:}
  start_server ./line_proxy 127.0.0.1 "$behind" 0
}

# hint leaves: Two descriptors belong to each client: when both ways have ended, or one side has gone with a reset
#   (ECONNRESET, EPIPE), both are to be closed; and nothing else is.
# bats test_tags=id:leaves,points:1,needs:half_close,needs:concurrent,hint:leaves
@test "clients leave, some with a reset: the proxy keeps no connection, and the others go on" {
  start_both
  for name in first second third; do
    connect $name
    ask $name hello
  done
  leave first
  probe reset connect sent midread halfclosed closed
  ask third 'are you there?'
  leave second
  seen connections
  soon 'one client, and one connection to the server, among the descriptors of the proxy' has_two
  ask third 'are you still there?'
}
connections() { ss -Htnp state connected "( sport = :$port or dport = :$behind )" | grep "pid=$server,"; }
has_two() { [[ $(connections | wc -l) -eq 2 ]]; }
