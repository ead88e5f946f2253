#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint reset: recv() fails with ECONNRESET and send() with EPIPE, or SIGPIPE, when a client has gone that
#   way, also one that something is kept for. That is the end of this client and of nothing else. Read send(2).
# bats test_tags=id:resets,points:1,needs:late,hint:reset
@test "clients that go with a reset harm nobody" {
  start_server ./never_reads 0
  connect first
  ask first hello
  probe reset connect sent midread idle halfclosed closed blocked
  ask first 'are you there?'
  connect next
  ask next hello
}

# hint places: An fd_set has places for descriptors 0 to FD_SETSIZE - 1. FD_SET() with a higher one does not
#   fail: it writes into whatever lies behind the set. Such a client has to be closed. Read select(2), "Bugs".
# bats test_tags=id:places,points:1,needs:echoes,hint:places
@test "more clients than an fd_set has places: those too many are closed, the others served" {
  ulimit -Sn 2000 2>/dev/null || cannot "no room for 2,000 descriptors here (ulimit -Hn)"
  start_server prlimit --nofile=2000 ./never_reads 0
  connect first
  ask first "$(random_text 20)"
  did '999 more clients connect ("thousandth" is the last of them) and 31 more ("last")'
  for n in {1..1030}; do
    exec {fd}<>"/dev/tcp/$address/$port"
    [[ $n -ne 999 ]] || client[thousandth]=$fd
  done
  client[last]=$fd
  ask thousandth "$(random_text 20)"
  ends last
  ask first "$(random_text 20)"
  ask thousandth "$(random_text 20)"
}
# ends NAME: the server closes the connection, whatever it says before
ends() {
  local result=0
  timeout $((patience * 2)) cat <&"${client[$1]}" >/dev/null 2>&1 || result=$?
  [[ $result -ne 124 ]] || wrong "the end of the connection   (to \"$1\", for which an fd_set has no bit)"
}

# hint half_close: recv() returns 0 when the client has sent its last byte. It still reads: as long as anything is
#   kept for it, its connection must stay open.
# bats test_tags=id:half_close,points:1,needs:late,needs:idle,hint:half_close
@test "a client half-closes while bytes are kept for it: it gets them all" {
  start_server ./never_reads 0
  start client ./split_client "$address" "$port"
  soon 'the client to be connected' is_connected
  did 'the process of "client" that reads is stopped (SIGSTOP); the other one writes'
  kill -STOP "${pid[client]}"
  sent 'lines, until the server has bytes that it cannot send   (by "client")'
  text=$(random_text 50) total=0 room=32768 recv=0 kept=0
  seen ss -tnmi "sport = :$port or dport = :$port"
  while [[ $kept -le 0 && $recv -eq 0 ]]; do
    while [[ ${#text} -lt $room ]]; do text+=$text; done
    printf '%s\n' "${text:0:room}" | tee -a "$BATS_TEST_TMPDIR/wanted" >&"${input[client]}"
    total=$((total + room + 1))
    soon "byte $total to be at the server, and the server to sleep (S)" eval 'arrived && has_state "$server" S && arrived'
  done
  end_input client
  soon 'the end to be at the server, and the server to sleep (S)' has_ended
  did 'the process that reads goes on (SIGCONT)'
  kill -CONT "${pid[client]}"
  finish client
  sed 's/^Message from server: //' "$BATS_TEST_TMPDIR/client.out" >"$BATS_TEST_TMPDIR/back"
  back=$(wc -c <"$BATS_TEST_TMPDIR/back")
  same 'bytes that came back' "$total" "$back"
  seen everything
  must 'the bytes that were sent' cmp -s "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/back"
}
is_connected() { [[ $(ss -Htnp "sport = :$port") == *"pid=$server,"* && -n $(children "${pid[client]}") ]]; }
has_ended() {
  all_of ss -Htn state established "sport = :$port"
  [[ -z $REPLY ]] && has_state "$server" S
}
# Whether all is at the server; then recv is what it has not read, kept what it has
# read and not sent, and room a quarter of what its socket can still take: the kernel
# counts more than the bytes, and what is one line here comes in pieces, on a busy machine
arrived() {
  local now send at_client
  now=$(ss -HtnmiO "sport = :$port")
  [[ $now =~ bytes_received:$total' ' ]] || return
  read -r _ recv send _ <<<"$now"
  read -r _ at_client _ < <(ss -Htn "dport = :$port")
  kept=$((total - recv - send - at_client))
  [[ $now =~ ,tb([0-9]+),f[0-9]+,w([0-9]+), ]]
  room=$(((BASH_REMATCH[1] - BASH_REMATCH[2]) / 4))
  [[ $room -ge 32768 ]] || room=32768
}
