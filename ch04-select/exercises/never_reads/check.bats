#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch05-client-split/split_client

# hint first_line: A server must say "listening on ADDRESS:PORT" at once, also into a pipe: stdout is
#   buffered there until it is flushed, and PORT 0 means that the kernel chooses. See basics.hpp, setbuf(3).
# bats test_tags=id:echoes,points:1,hint:first_line
@test "three clients are served in turns" {
  start_server ./never_reads 0
  connect first
  connect second
  connect third
  ask second "$(random_text 20)"
  ask first "$(random_text 20)"
  ask third "$(random_text 20)"
}

# hint bytes: TCP carries bytes, not strings: a NUL byte is one like any other, and recv() returns them in
#   any number of pieces. Its 0 is the client's last word, not the server's. Read recv(2), "Return value".
# bats test_tags=id:bytes,points:1,needs:echoes,hint:bytes
@test "every byte comes back, also after the client has half-closed" {
  start_server ./never_reads 0
  probe echo 100000
  probe halfclose 100000
}

# hint others: send() waits when the socket's buffer is full, and then the only process waits. That a socket is
#   writable means room for some bytes, not for all of yours; and to try again and again is waiting too.
#   The socket must not block: read socket(7) on O_NONBLOCK, send(2) on EAGAIN; the program select_server.
# bats test_tags=id:others,points:2,needs:echoes,hint:others
@test "one client sends and never reads: the others are served" {
  start_server ./never_reads 0
  connect early
  ask early "$(random_text 20)"
  sends_and_never_reads
  ask early "$(random_text 20)"
  connect later
  ask later "$(random_text 20)"
}
# sends_and_never_reads: a client called greedy, until nothing moves any more
sends_and_never_reads() {
  connect greedy
  sent '64 megabytes, or as much as can be   (by "greedy", which reads nothing)'
  # shellcheck disable=SC2069 # the reason is of no interest, nor what comes
  (trap '' PIPE && exec head -c 64000000 /dev/zero) >&"${client[greedy]}" 2>/dev/null 3>&- &
  writer=$! before='' looks=0
  until_patience nothing_moves || true # or the server turns and turns: for others to see
}
# Five times the same, with nobody running who could change it
nothing_moves() {
  local now
  all_of sockets "$port"
  now=$REPLY
  if [[ $now == "$before" ]] && ! has_state "$writer" R && ! has_state "$server" R; then
    ((++looks))
  else
    looks=0
  fi
  before=$now
  [[ $looks -ge 5 ]]
}

# hint memory: Who does not read must not be read from: then TCP's flow control stops the client, and what is kept
#   is one buffer. Wait for a client to be readable only when nothing is left to be sent to it.
# bats test_tags=id:memory,points:1,needs:others,hint:memory
@test "what is kept for a client that never reads stays small" {
  start_server ./never_reads 0
  connect early
  ask early "$(random_text 20)"
  before_it=$(ps -o rss= -p "$server")
  sends_and_never_reads
  seen ps -o pid,rss,args -p "$server"
  must "a server of no more than $((before_it + 4000)) kB in memory (RSS), which is 4 MB more than before" is_small
}
is_small() {
  all_of ps -o rss= -p "$server"
  [[ -n $REPLY && $REPLY -lt $((before_it + 4000)) ]]
}

# hint late: What the socket did not take must be kept and sent when select() says that there is room: send()
#   tells how much it took. Slow is not gone: a client is closed at its end or an error, and EAGAIN is neither.
# bats test_tags=id:late,points:1,needs:bytes,needs:memory,hint:late
@test "a client that reads late gets every byte" {
  start_server ./never_reads 0
  start late "$GRADE_BOX/tests/probe" late "$address" "$port"
  seen everything
  soon 'the client "late", which does not read, to be blocked' eval 'printed late "^blocked after" || ended late'
  end_input late
  finish late
  must 'every byte that it has sent, and then the end' test "$status" -eq 0
}

# hint idle: A loop that turns without anything to do takes the processor from everybody. A socket is writable
#   nearly always: wait for that only when there is something to send, and not for input that you do not take.
# bats test_tags=id:idle,points:1,needs:others,hint:idle
@test "with one client that is silent and one that never reads, the server sleeps" {
  start_server ./never_reads 0
  connect silent
  ask silent "$(random_text 20)"
  seen ps -o pid,stat,wchan:20,args -p "$server"
  soon 'a server that sleeps (S), with the silent one' has_state "$server" S
  sends_and_never_reads
  soon 'a server that sleeps (S), with both' has_state "$server" S
}
