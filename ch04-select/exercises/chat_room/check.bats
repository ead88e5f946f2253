#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint passed_on: For each line that select() makes you read, go through all clients: the sockets of the others
#   get it, the listener does not. Read select(2); the program select_server.
# bats test_tags=id:passed_on,points:1,hint:passed_on
@test "a line goes to all the others" {
  start_server ./chat_room 0
  enter anna
  enter bert
  enter carl
  says anna "$(random_text 20)" bert carl
  says carl "$(random_text 20)" bert
}
# enter NAME: it connects, and the server accepts it
enter() {
  taken=$((${taken:-0} + 1))
  connect "$1"
  soon "the server to have $taken clients" has_clients "$taken"
}
has_clients() { [[ $(ss -Htnp state connected "sport = :$port" | grep -c "pid=$server,") -eq $1 ]]; }
# says NAME LINE OTHER...: it sends the line, and each other hears it
says() {
  local name
  tell "$1" "$2"
  for name in "${@:3}"; do
    hear "$name"
    same "what \"$name\" hears" "$2" "$reply"
  done
}

# hint not_back: Who says something knows it already: leave out the descriptor that the line came from.
# bats test_tags=id:not_back,points:1,needs:passed_on,hint:not_back
@test "who has sent a line does not get it back" {
  start_server ./chat_room 0
  enter anna
  enter bert
  says anna "$(random_text 20)" bert
  says bert "$(random_text 20)" anna
}

# hint leaves: recv() returns 0 at a client's end, and fails with ECONNRESET when it went with a reset: both are
#   the end of this client only. Close it, and take it out of the set: one that is at its end stays readable for ever.
# bats test_tags=id:leaves,points:1,needs:passed_on,hint:leaves
@test "clients leave, one with a reset: they are closed, the others go on, and the server sleeps" {
  start_server ./chat_room 0
  for name in anna bert carl dora; do enter $name; done
  seen eval 'ss -Htnp "sport = :$port"; everything'
  leave anna
  soon 'the server to close the connection of "anna"' has_clients 3
  says bert "$(random_text 20)" carl
  soon 'the line to be at "dora", too' has_unread
  did '"dora" goes with a reset, since there is something that it has not read'
  leave dora
  soon 'the server to close the connection of "dora"' has_clients 2
  taken=2
  enter emil
  says bert "$(random_text 20)" carl emil
  seen ps -o pid,stat,wchan:20,args -p "$server"
  soon 'a server that sleeps (S)' has_state "$server" S
}
# whether a client has something to read
has_unread() { [[ $(ss -Htn "dport = :$port" | awk '$2 > 0' | wc -l) -ge 1 ]]; }

# hint pieces: TCP has no lines: one recv() may return half a line, or two and a half. Keep what has come of each
#   client's next line, and pass on what ends with a newline. Read tcp(7); chapter 1, short_counts.
# bats test_tags=id:pieces,points:1,needs:passed_on,hint:pieces
@test "nobody hears half a line; three lines in two pieces are three lines" {
  start_server ./chat_room 0
  enter anna
  enter bert
  enter carl
  half=$(random_text 10)
  utter anna "$half"
  says bert "$(random_text 20)" carl
  says anna "other half" # carl must hear both together
  hear carl
  same 'what "carl" hears' "${half}other half" "$reply"
  utter anna $'one\ntwo\nthr'
  utter anna $'ee\n'
  for line in one two three; do
    hear carl
    same 'what "carl" hears' "$line" "$reply"
  done
}
# utter NAME TEXT: it sends that, without a newline, and the server reads it, or leaves it
# where it is until there is more
utter() {
  sent "${2//$'\n'/\\n}   (no newline behind, by \"$1\")"
  printf '%s' "$2" >&"${client[$1]}"
  until_patience all_read || true
}
all_read() {
  local queue
  all_of ss -Htn "sport = :$port"
  while read -r _ queue _; do
    [[ $queue -eq 0 ]] || return
  done <<<"$REPLY"
}

# hint bytes: What has come is bytes: a NUL byte is one like any other, and does not end a line. Only '\n' does.
#   The longest line has 4,096 bytes, its newline included: what holds it must be as large.
# bats test_tags=id:bytes,points:1,needs:passed_on,hint:bytes
@test "any bytes are passed on, up to a line of 4,096" {
  start_server ./chat_room 0
  enter anna
  enter bert
  for byte in 0 {1..9} {11..255} 0 10; do printf '%b' "\\0$(printf %o "$byte")"; done >"$BATS_TEST_TMPDIR/bytes"
  printf '%0*d\n' 4095 0 >>"$BATS_TEST_TMPDIR/bytes"
  sent 'a line of all bytes, 0 twice, and a line of 4,096 bytes   (by "anna")'
  cat "$BATS_TEST_TMPDIR/bytes" >&"${client[anna]}"
  timeout $((patience * 2)) head -c $((257 + 4096)) <&"${client[bert]}" >"$BATS_TEST_TMPDIR/back" || true
  seen cmp "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
  must 'both lines as they were' cmp -s "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
}

# hint slow: send() waits when the socket's buffer is full, and then the only process waits: it must not block.
#   What a socket does not take has to be kept until select() says that there is room. Read send(2) on EAGAIN.
# bats test_tags=id:slow,points:2,needs:leaves,hint:slow
@test "one client never reads: the others go on" {
  start_server ./chat_room 0
  much_is_said
  says anna "$(random_text 20)" bert
}
# anna speaks, bert reads, carl does not: until carl is disconnected, or has
# more to read than buffers hold
much_is_said() {
  enter anna
  enter bert
  enter carl
  printf '%03999d\n' {1..50} >"$BATS_TEST_TMPDIR/lines"
  sent '50 lines of 4,000 bytes, again and again   (by "anna"; "bert" reads them, "carl" does not)'
  for ((said = 1; said <= 100; said++)); do
    (trap '' PIPE && exec cat "$BATS_TEST_TMPDIR/lines") >&"${client[anna]}" 2>/dev/null 3>&- &
    timeout $((patience * 2)) head -c 200000 <&"${client[bert]}" >"$BATS_TEST_TMPDIR/heard" || true
    seen eval 'echo "at turn $said: $(wc -c <"$BATS_TEST_TMPDIR/heard") bytes"'
    must 'that "bert" gets these 200,000 bytes each time' cmp -s "$BATS_TEST_TMPDIR/lines" "$BATS_TEST_TMPDIR/heard"
    ! has_clients 2 || break
  done
}

# hint bounded: What is kept for a client that does not read must have a limit, and something must happen there:
#   see the contract. What send() did not take may be half of a line, so it cannot be dropped either.
# bats test_tags=id:bounded,points:1,needs:slow,hint:bounded
@test "who does not read at all is disconnected, and little is kept for it" {
  start_server ./chat_room 0
  before=$(ps -o rss= -p "$server")
  much_is_said
  seen eval 'ss -Htnp "sport = :$port"; everything'
  must 'that "carl" is disconnected, 256 kB (or some more) after its buffers are full; 20 MB were sent' has_clients 2
  seen ps -o pid,rss,args -p "$server"
  must "a server of no more than $((before + 4000)) kB in memory (RSS), which is 4 MB more than before" is_small
}
is_small() {
  all_of ps -o rss= -p "$server"
  [[ -n $REPLY && $REPLY -lt $((before + 4000)) ]]
}
