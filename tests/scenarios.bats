#!/usr/bin/env bats
# The failure lab: each scenario of UNP chapter 5 as a demo in slides/demos/.
# A demo checks its own claims while it runs; here its evidence is looked at
# once more: what ss, ps and the programs said, in which order, and how long it
# took. Seconds are bounded above only as far as a busy machine allows.
load test_helper
setup() { cd "$ROOT/slides/demos" || return; }

# NAME: runs it as a stream. One that cannot run here is skipped, and says why.
demo() {
  run limit "./$1.sh"
  [[ $status -ne 77 ]] || skip "$output"
  assert_success
  refute_output --regexp '(^|: )line [0-9]+: ' # of bash
}
# PATTERN...: lines that match these are there, in this order
assert_order() {
  local rest=$output pattern
  for pattern; do
    rest=$(awk -v p="$pattern" 'found { print } $0 ~ p && !found { found = 1; print "+" }' <<<"$rest")
    [[ $rest == +* ]] || fail "not there, or not in this order: $pattern
$output"
    rest=${rest#+}
  done
}
# FROM TO: the seconds that the demo measured
assert_seconds() {
  [[ $output =~ after\ ([0-9.]+)\ s ]] || fail "no time is told: $output"
  awk -v s="${BASH_REMATCH[1]}" -v from="$1" -v to="$2" \
    'BEGIN { exit !(s >= from && s <= to) }' ||
    fail "${BASH_REMATCH[1]} s is not from $1 to $2 s"
}

@test "abort-before-accept: accept() succeeds, then ENOTCONN, the bytes, ECONNRESET, 0, EPIPE" {
  demo abort-before-accept
  assert_order '^  LISTEN +1 +4096 ' 'accept returned [0-9]+$' \
    'getpeername: Transport endpoint is not connected$' 'read returned 5$' \
    'read: Connection reset by peer$' 'read returned 0$' 'write: Broken pipe$' \
    '^client . are you there\?$'
}

@test "server-child-killed: CLOSE-WAIT with a FIN unread; told one line late, or at once with select" {
  demo server-child-killed
  assert_order '^  CLOSE-WAIT 1 ' '^client . two$' \
    '^client . echo_client: server terminated prematurely$' \
    '^\$ kill -KILL ' '^client . select_client: server terminated prematurely$'
  assert_line --regexp '^  FIN-WAIT-2 0 '
  refute_output --partial 'reset by peer'
  [[ $output =~ 'at once, '([0-9]+)'.'[0-9]+' s' ]]
  assert [ "${BASH_REMATCH[1]}" -lt 5 ]
}

@test "sigpipe: the second write: killed by SIGPIPE, 141; EPIPE if ignored or not wanted" {
  demo sigpipe
  assert_order 'first write returned 6$' 'exit status 141' 'first write returned 6$' \
    'second write: Broken pipe$' 'first write returned 6$' 'second write: Broken pipe$'
}

@test "host-crash: the write succeeds, its line stays in the send queue, read says ETIMEDOUT" {
  demo host-crash
  assert_order '^\$ ip link set lo down$' '^  ESTAB 0 +4 .*timer:\(on,' \
    'echo_client: read: Connection timed out$'
  assert_seconds 1.4 20
}

@test "host-crash-idle: ETIMEDOUT with keepalive, nothing without" {
  demo host-crash-idle
  assert_order '^  ESTAB .*timer:\(keepalive,' '^\$ ip link set lo down$' \
    'select_client: read: Connection timed out$' '^  ESTAB 0 +0 '
  refute_line --partial 'echo_client: read'
  assert_seconds 1 20
}

@test "host-unreachable: read says EHOSTUNREACH, and not before the time is up" {
  demo host-unreachable
  assert_order 'reject with icmp type host-unreachable$' 'echo_client: read: No route to host$'
  assert_seconds 0.5 20
}

@test "host-reboot: the write succeeds, read says ECONNRESET, not ETIMEDOUT" {
  demo host-reboot
  assert_order '^  FIN-WAIT-1 ' '^\$ ip link set lo up$' '^  ESTAB +0 +0 ' '^client . two$' \
    'echo_client: read: Connection reset by peer$'
}

@test "host-shutdown: a server that ignores SIGTERM stays ESTAB; SIGKILL, and the client sees FIN" {
  demo host-shutdown
  assert_order '^host +. TERM sent$' '^  ESTAB ' '^client . two$' '^client . two$' \
    '^host +. KILL sent$' 'select_client: server terminated prematurely$'
}

@test "time-wait: EADDRINUSE without SO_REUSEADDR, or with it on one side only" {
  demo time-wait
  assert_order '^server . child [0-9]+: closing first$' '^  TIME-WAIT .*timer:\(timewait,' \
    '^\$ ./reuseaddr_server 0 [0-9]+$' 'bind: Address already in use' \
    'reuseaddr_server 1 [0-9]+$' 'bind: Address already in use' \
    '^again +\$ ./reuseaddr_server 1 [0-9]+$' '^again +. listening on ' \
    '^\$ ./reuseaddr_server 1 [0-9]+$' 'bind: Address already in use'
}

@test "connect-outcomes: ECONNREFUSED, EHOSTUNREACH, EACCES, EINVAL, ENETUNREACH, ETIMEDOUT" {
  demo connect-outcomes
  assert_order '^  127.0.0.1:9877 +success' '127.0.0.1:1 +ECONNREFUSED' \
    '192.0.2.1:80 +EHOSTUNREACH' '192.0.2.2:80 +EACCES' '192.0.2.3:80 +EINVAL' \
    '192.0.2.4:80 +ENETUNREACH' '127.0.0.1:9877 +ETIMEDOUT'
  assert_seconds 1 15
}

@test "backlog: of three connects at listen(fd, 1) two complete, the third has no answer" {
  demo backlog
  assert_line --regexp '^  LISTEN +2 +1 '
  assert_line --regexp '^  SYN-SENT +0 +1 '
  assert_line '  connect 3: ETIMEDOUT; Recv-Q 2, Send-Q 1'
}

@test "bound-not-listening: no listener, in no table, yet EADDRINUSE for others and ECONNREFUSED" {
  demo bound-not-listening
  assert_order '^\$ ss -tan ' '^  State' 'echo_server: bind: Address already in use' \
    'echo_client: connect: Connection refused'
  refute_line --regexp '^  (LISTEN|CLOSE)' # UNCONN: iproute2 6.15 knows it
}

@test "orphan-zombie: gone with an adopter that waits, there as long as one that does not" {
  demo orphan-zombie
  assert_order 'zombie [0-9]+ is gone: [0-9]+' 'still there: 1 \(sleep\) did not wait$' \
    ' Z[<N]? +\[orphan\] <defunct>$' '^\$ kill -KILL '
}

@test "lost-sigchld: exactly four of five stay zombies with one wait(), none with the loop" {
  demo lost-sigchld
  assert_equal "$(grep -c '<defunct>$' <<<"$output")" 4
  assert_order '<defunct>$' 'echo_server' 'None|none left'
}

@test "tcp-states: LISTEN to TIME-WAIT, as ss has them, each beside the state machine" {
  demo tcp-states
  assert_order '^  LISTEN ' '\[CLOSED\].*\[LISTEN\]' '^  ESTAB ' '\[ESTAB\].*\[ESTAB\]' \
    '^  FIN-WAIT-2 ' '\[FIN-WAIT-2\].*\[CLOSE-WAIT\]' '^  TIME-WAIT ' '\[TIME-WAIT\].*\[CLOSED\]'
  if grep -q 'lo down' <<<"$output"; then
    assert_order '^  FIN-WAIT-1 ' '\[FIN-WAIT-1\]' '^  LAST-ACK ' '\[LAST-ACK\]'
  fi
}

@test "handshake: SYN, SYN-ACK, ACK; six bytes each way; two FINs" {
  demo handshake
  assert_order 'Flags \[S\], ' 'Flags \[S\.\], ' 'Flags \[\.\], ' 'Flags \[P\.\],.* length 6$' \
    'Flags \[P\.\],.* length 6$' 'Flags \[F\.\], ' 'Flags \[F\.\], ' '^  TIME-WAIT '
}

@test "udp-state: UNCONN at the server, ECONNREFUSED for a connected client without one" {
  demo udp-state
  assert_order '^  UNCONN ' '^ann +. hello from ann$' '^bob +. hello from bob$' '^  UNCONN ' \
    'udp_echo_client: recv: Connection refused'
  assert_equal "$(grep -c '^  ESTAB ' <<<"$output")" 2
}

@test "descriptors-after-fork: one socket each; the last close sends FIN, shutdown() at once" {
  demo descriptors-after-fork
  assert_order '^  [0-9]+ -> socket:' '^\$ ls ' '^  [0-9]+ -> socket:' 'no FIN was sent' \
    'reads 0: the FIN' 'would wait for ever' 'shutdown' 'reads 0: the FIN'
}

@test "iterative-against-concurrent: the second client's line waits unread, or is echoed at once" {
  demo iterative-against-concurrent
  assert_order '^bob +. hello from bob$' '^  LISTEN 1 ' '^ann +. \^D$' '^bob +. hello from bob$' \
    'echo_server' '^bob +. hello from bob$' '^bob +. hello from bob$'
  assert_line --regexp '^  ESTAB +15 +0 '
}
