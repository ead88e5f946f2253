#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint sends: The program sends the file to its first client, closes, and ends with status 0; main() does
#   all of that but the sending. "listening on ..." is printed at once: into a pipe, stdout is buffered until it
#   is flushed, setbuf(3). See README.md, and daytime_server of chapter 1.
# bats test_tags=id:sends,points:1,hint:sends
@test "a client that reads at once gets a short text" {
  random_text 30 >"$BATS_TEST_TMPDIR/data"
  give data
  start_server ./write_all data 0
  connect client
  hear client
  same 'the line that is in the file' "$(cat "$BATS_TEST_TMPDIR/data")" "$reply"
  closed client
  finish server
  same 'status' 0 "$status"
}

# hint bytes: A file is bytes and no string: a NUL byte is one like any other, so strlen() does not know
#   how many there are. Only the size that was given says that.
# bats test_tags=id:bytes,points:1,needs:sends,hint:bytes
@test "a client gets every byte of a file, NUL bytes too" {
  write_file 200
  start_server ./write_all data 0
  connect client
  gets_all client
}

# hint short: A write() that waits for the reader and is interrupted by a signal returns how many bytes it
#   has taken until then. The rest, and only the rest, is still to be written: as often as it takes. While
#   the client does not read, write() sleeps, or poll() does. Read write(2), "Return value"; see short_counts.
# bats test_tags=id:short,points:2,needs:bytes,hint:short
@test "no byte is lost when a signal makes a write short" {
  write_file 12000
  start_server ./write_all data 0
  connect slow
  waits_for_reader
  interrupt
  reads_on slow
  interrupt
  gets_all slow
}

# hint eintr: A write() that is interrupted before it has taken a byte returns -1 with EINTR. That is no
#   error: nothing was written by this call, so the same rest is to be written. Read signal(7),
#   "Interruption of system calls".
# bats test_tags=id:eintr,points:2,needs:short,hint:eintr
@test "no byte is lost when a signal comes and nothing was written" {
  write_file 4000
  start_server ./write_all data 0
  connect slow
  waits_for_reader
  # Two signals that changed nothing: the second found a write() that had taken nothing.
  unchanged=0
  for ((n = 0; n < 20 && unchanged < 2; n++)); do
    before=$(written)
    interrupt
    [[ $(written) -eq $before ]] && unchanged=$((unchanged + 1)) || unchanged=0
  done
  gets_all slow
}

# hint lost: When the client has gone, every further write fails: that is the end, to be reported, not a
#   reason to try again and not a success. See send(2), "Errors"; errno says why: ECONNRESET, EPIPE.
# bats test_tags=id:lost,points:2,needs:short,hint:lost
@test "the client goes in the middle: a message and status 1" {
  write_file 4000
  start_server ./write_all data 0
  connect client
  waits_for_reader
  leave client # with bytes that it has not read: that is a reset
  reports_loss
}

# hint sigpipe: Who writes to a connection that the other end has closed is sent SIGPIPE, which kills (a
#   shell shows status 141), unless it is ignored, or send() has MSG_NOSIGNAL: then errno is EPIPE. Read
#   send(2), signal(7).
# bats test_tags=id:sigpipe,points:1,needs:lost,hint:sigpipe
@test "the client goes before the first byte: a message and status 1" {
  write_file 4000
  start_server ./write_all data 0
  did "kill -STOP $server   (the program is stopped)"
  kill -STOP "$server"
  soon 'the program to be stopped' has_state "$server" T
  connect client
  leave client
  seen ss -Htan "sport = :$port"
  soon "the client's FIN to have come (CLOSE-WAIT)" fin_has_come
  did "kill -CONT $server   (it goes on)"
  kill -CONT "$server"
  reports_loss
}
fin_has_come() { [[ -n $(ss -Htan state close-wait "sport = :$port") ]]; }

# write_file N: N times 256 bytes of every value and 100 letters, into the file data
write_file() {
  local part=$BATS_TEST_TMPDIR/part
  # shellcheck disable=SC2059 # a format that makes a format
  printf "$(printf '\\x%02x' {0..255})" >"$part"
  random_text 100 >>"$part"
  yes "$part" | head -n "$1" | xargs cat >"$BATS_TEST_TMPDIR/data"
  give data
  did "a file \"data\" of $(wc -c <"$BATS_TEST_TMPDIR/data") bytes"
}

# how many bytes the kernel has taken from the program until now: sent, and not yet sent
written() {
  ss -Htin state established "sport = :$port" | tr ' ' '\n' | awk -F: '
    $1 == "bytes_sent" || $1 == "notsent" { n += $2 }
    $1 == "bytes_retrans" { n -= $2 }
    END { print n + 0 }'
}
# waits_for_reader: until the program sleeps in its write, the client reading nothing
waits_for_reader() {
  seen watched
  soon 'the program to sleep until the client reads on' eval 'sleeps || ended server'
  must 'the program to wait: not all is written' eval '! ended server'
}
# It sleeps, and has written no more than at the last look: while the kernel still
# makes room, it sleeps and wakes.
looked=''
sleeps() {
  local before=$looked
  looked=$(written)
  [[ $looked -gt 0 && $looked == "$before" ]] && has_state "$server" S
}
watched() {
  everything
  ps -o pid,stat,args -p "$server"
}
# interrupt: a signal while it sleeps there; kill() has woken it when it returns
interrupt() {
  did "kill -USR1 $server   (while the client reads nothing)"
  kill -USR1 "$server"
  waits_for_reader
}

# reads_on NAME: the client reads until the program has been able to write more, and
# so little at a time that its receive buffer does not grow to hold all the rest
reads_on() {
  local before n
  before=$(written)
  for ((n = before / 20000 + 5; n > 0 && $(written) <= before; n--)); do
    timeout "$patience" head -c 20000 <&"${client[$1]}" >>"$BATS_TEST_TMPDIR/back" || true
  done
  did "the client reads $(wc -c <"$BATS_TEST_TMPDIR/back") bytes, and no more   (\"$1\")"
  waits_for_reader
}

# gets_all NAME: the client reads to the end, and has then the file; status 0
gets_all() {
  did "the client reads to the end   (\"$1\")"
  timeout $((patience * 2)) cat <&"${client[$1]}" >>"$BATS_TEST_TMPDIR/back" || true
  seen compared
  must "all $(wc -c <"$BATS_TEST_TMPDIR/data") bytes of the file, and the end" \
    cmp -s "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/back"
  finish server
  seen tried
  same 'status' 0 "$status"
}
compared() {
  printf '%s bytes\n' "$(wc -c <"$BATS_TEST_TMPDIR/back")"
  cmp "$BATS_TEST_TMPDIR/back" "$BATS_TEST_TMPDIR/data" 2>/dev/null | sed 's/.*differ:/the first wrong one:/'
  everything
}
# reports_loss: the program says that the connection is lost; status 1
reports_loss() {
  seen everything
  finish server
  seen tried
  must 'status 1' test "$status" -eq 1
  must '"connection lost: REASON" on standard error' \
    complained server 'Connection reset by peer|Broken pipe'
}
