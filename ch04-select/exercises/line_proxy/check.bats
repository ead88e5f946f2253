#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch04-select/select_server

# hint passes: For each client that is accepted, the proxy itself is a client of the server: socket(), connect().
#   What one sends is written to the other. select() must watch both sockets. Read connect(2), select(2).
# bats test_tags=id:passes,points:1,hint:passes
@test "a line goes to the server, and its answer comes back" {
  start_both
  connect client
  ask client "$(random_text 20)"
  ask client "$(random_text 20)"
}
# start_both: an echo server, which listens on port $behind, and the proxy
start_both() {
  start echo_server ./select_server 0
  seen everything
  soon 'the echo server (ours) to listen' printed echo_server '^listening on'
  behind=$(out echo_server)
  behind=${behind##*:}
  start_server ./line_proxy 127.0.0.1 "$behind" 0
}

# hint concurrent: Listener, clients and servers all belong into one select(): no client may have a loop of its own
#   that others wait for.
# bats test_tags=id:concurrent,points:1,needs:passes,hint:concurrent
@test "three clients are served in turns" {
  start_both
  connect first
  connect second
  connect third
  ask second "$(random_text 20)"
  ask first "$(random_text 20)"
  ask third "$(random_text 20)"
}

# hint whole_lines: recv() may return half a line, or two and a half. What has no newline yet is kept until that
#   comes, or the end, or more than fits. Read tcp(7); chapter 1, short_counts.
# bats test_tags=id:whole_lines,points:1,needs:passes,hint:whole_lines
@test "half a line waits for the other half" {
  start_both
  connect client
  half=$(random_text 10)
  sent "$half   (no newline, by \"client\")"
  printf '%s' "$half" >&"${client[client]}"
  seen ss -Htni "sport = :$port or sport = :$behind"
  soon 'the proxy to read it, and to sleep (S)' eval 'all_read && has_state "$server" S'
  must 'nothing received by the echo server, on port '"$behind" nothing_received
  tell client 'other half'
  hear client
  same 'the line' "${half}other half" "$reply"
  sent 'one\ntwo\nthree\n   (at once, by "client")'
  printf 'one\ntwo\nthree\n' >&"${client[client]}"
  for line in one two three; do
    hear client
    same 'the line' "$line" "$reply"
  done
}
all_read() {
  local queue
  all_of ss -Htn "sport = :$port"
  [[ -n $REPLY ]] || return
  while read -r _ queue _; do
    [[ $queue -eq 0 ]] || return
  done <<<"$REPLY"
}
nothing_received() {
  all_of ss -Htni "sport = :$behind"
  [[ $REPLY != *bytes_received:* ]]
}

# hint bytes: Lines are made of bytes, and NUL is one like any other. A line may be longer than any buffer: then its
#   bytes have to go on without the newline, or nothing ever moves again.
# bats test_tags=id:bytes,points:1,needs:passes,hint:bytes
@test "every byte comes back, of lines of any length" {
  start_both
  for byte in 0 {1..9} {11..255} 0 10; do printf '%b' "\\0$(printf %o "$byte")"; done >"$BATS_TEST_TMPDIR/bytes"
  printf '%0*d\n' 4095 0 4096 0 100000 0 >>"$BATS_TEST_TMPDIR/bytes"
  size=$(wc -c <"$BATS_TEST_TMPDIR/bytes")
  connect client
  sent 'a line of all bytes, 0 twice, and lines of 4,096, 4,097 and 100,001 bytes   (by "client")'
  (trap '' PIPE && exec cat "$BATS_TEST_TMPDIR/bytes") >&"${client[client]}" 2>/dev/null 3>&- &
  timeout $((patience * 2)) head -c "$size" <&"${client[client]}" >"$BATS_TEST_TMPDIR/back" || true
  seen cmp "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
  must "the same $size bytes" cmp -s "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
}

# hint half_close: recv() returns 0 when one side has sent its last byte, and it still reads. Write what is left,
#   also without a newline, tell the other side by shutdown(2) with SHUT_WR, and watch that socket no more for
#   input: it stays readable. close() only when both sides have ended.
# bats test_tags=id:half_close,points:2,needs:bytes,hint:half_close
@test "a half-close goes through, and what the server sends after it comes back" {
  start_both
  did 'the echo server is stopped (SIGSTOP)'
  kill -STOP "${pid[echo_server]}"
  start client "$GRADE_BOX/tests/probe" halfclose "$address" "$port" 30000 --limit $((patience * 8))
  seen ss -Htn "sport = :$port or sport = :$behind"
  soon "the half-close to be at the echo server: a socket in CLOSE-WAIT on port $behind" came_through
  seen ps -o pid,stat,wchan:20,args -p "$server"
  soon 'a proxy that sleeps (S)' has_state "$server" S
  did 'the echo server goes on (SIGCONT)'
  kill -CONT "${pid[echo_server]}"
  finish client
  seen everything
  must 'all 30,000 bytes to come back, and then the end' test "$status" -eq 0
}
came_through() { [[ -n $(ss -Htn state close-wait "sport = :$behind") ]]; }

# hint others: send() waits when the socket's buffer is full, and then the only process waits: the sockets must not
#   block. And who reads from one side faster than the other takes needs memory without end: read only when there
#   is room. Read socket(7) on O_NONBLOCK, send(2) on EAGAIN; the program select_server.
# bats test_tags=id:others,points:1,needs:concurrent,hint:others
@test "one client never reads: the others go on, and little is kept for it" {
  start_both
  connect early
  ask early "$(random_text 20)"
  before_it=$(ps -o rss= -p "$server")
  sends_and_never_reads
  ask early "$(random_text 20)"
  connect later
  ask later "$(random_text 20)"
  seen ps -o pid,rss,args -p "$server"
  must "a proxy of no more than $((before_it + 4000)) kB in memory (RSS), which is 4 MB more than before" is_small
}
is_small() {
  all_of ps -o rss= -p "$server"
  [[ -n $REPLY && $REPLY -lt $((before_it + 4000)) ]]
}
# sends_and_never_reads: a client called greedy, until nothing moves any more
sends_and_never_reads() {
  connect greedy
  sent '64 megabytes, or as much as can be   (by "greedy", which reads nothing)'
  # shellcheck disable=SC2069 # the reason is of no interest, nor what comes
  (trap '' PIPE && exec head -c 64000000 /dev/zero) >&"${client[greedy]}" 2>/dev/null 3>&- &
  writer=$! before='' looks=0
  until_patience nothing_moves || true # or the proxy turns and turns: for others to see
}
# Five times the same, with nobody running who could change it
nothing_moves() {
  local now
  all_of eval 'sockets "$port" && sockets "$behind"'
  now=$REPLY
  if [[ $now == "$before" ]] && ! has_state "$writer" R &&
    ! has_state "$server" R && ! has_state "${pid[echo_server]}" R; then
    ((++looks))
  else
    looks=0
  fi
  before=$now
  [[ $looks -ge 5 ]]
}

# hint late: send() may take less than it was given: what it did not take must be kept, and go when select() says
#   that there is room. Read send(2), "Return value"; chapter 1, short_counts.
# bats test_tags=id:late,points:1,needs:half_close,needs:others,hint:late
@test "a client that writes 16 MB, half-closes and then reads gets every byte" {
  start_both
  start late "$GRADE_BOX/tests/probe" halfclose "$address" "$port" 16000000 --limit $((patience * 8))
  finish late
  seen everything
  must 'all 16,000,000 bytes to come back, and then the end' test "$status" -eq 0
}
