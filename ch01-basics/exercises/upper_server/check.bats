#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint port: PORT 0 lets the kernel choose, and getsockname() tells what it chose: the first line must name
#   that port, and be written at once, also into a pipe. See announce() in basics.hpp, getsockname(2), setbuf(3).
# bats test_tags=id:upper,points:2,hint:port
@test "a line comes back in upper case" {
  start_server ./upper_server 0
  connect client
  text=$(random_text 20)
  tell client "$text"
  hear client
  same 'the line in upper case' "${text^^}" "$reply"
}

# hint bytes: read() returns bytes, of any value and with no NUL behind them: only what it returned is
#   yours, and a NUL byte among them is one like any other. Read read(2), "Return value"; ascii(7).
# bats test_tags=id:bytes,points:1,needs:upper,hint:bytes
@test "every byte comes back, and only a to z are changed" {
  start_server ./upper_server 0
  for byte in {0..255} 10; do printf '%b' "\\0$(printf %o "$byte")"; done >"$BATS_TEST_TMPDIR/bytes"
  comes_back "$BATS_TEST_TMPDIR/bytes"
}
# comes_back FILE: sends it while reading what comes back, and compares
comes_back() {
  local size
  size=$(wc -c <"$1")
  connect client
  sent "$size bytes"
  cat "$1" >&"${client[client]}" &
  timeout $((patience * 2)) head -c "$size" <&"${client[client]}" >"$BATS_TEST_TMPDIR/back" || true
  tr '[:lower:]' '[:upper:]' <"$1" >"$BATS_TEST_TMPDIR/wanted"
  seen cmp "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/back"
  must "the same $size bytes, a to z in upper case" \
    cmp "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/back"
}

# hint long: TCP has no lines and no messages: what is written at once may be read in any number of
#   pieces, and more may come than a buffer holds. Read until read() returns 0. See short_counts.
# bats test_tags=id:long,points:2,needs:upper,hint:long
@test "a line of 300,000 bytes comes back whole" {
  start_server ./upper_server 0
  random_text 100 | tr -d '\n' >"$BATS_TEST_TMPDIR/part"
  for n in {1..3000}; do echo "$BATS_TEST_TMPDIR/part"; done | xargs cat >"$BATS_TEST_TMPDIR/line"
  echo >>"$BATS_TEST_TMPDIR/line"
  comes_back "$BATS_TEST_TMPDIR/line"
}

# hint pieces: The service knows no lines: what has been read is sent back, without waiting for a newline
#   that may never come.
# bats test_tags=id:pieces,points:1,needs:upper,hint:pieces
@test "single bytes come back at once, without a newline" {
  start_server ./upper_server 0
  connect client
  text=$(random_text 5)
  for n in 0 1 2 3 4; do
    sent "${text:n:1}   (one byte)"
    printf %s "${text:n:1}" >&"${client[client]}"
    reply=''
    read -r -N 1 -t "$patience" reply <&"${client[client]}" || true
    letter=${text:n:1}
    same 'one byte' "${letter^^}" "$reply"
  done
}

# hint end: read() returns 0 when the client has sent its last byte: that is neither an error nor "try
#   again". Close this connection and accept the next. Read read(2), "Return value".
# bats test_tags=id:next,points:1,needs:upper,hint:end
@test "when a client has left, the next one is served" {
  start_server ./upper_server 0
  for name in first second third; do
    connect $name
    tell $name hello
    hear $name
    same 'HELLO' HELLO "$reply"
    leave $name
  done
}

# hint again: The side that closes first keeps its port in TIME_WAIT for a minute. bind() then works only
#   with SO_REUSEADDR, set before it. Read socket(7); the program reuseaddr_server.
# bats test_tags=id:again,points:1,needs:upper,hint:again
@test "started again on the same port at once, it serves" {
  for turn in 1 2 3 4 5; do
    [[ $turn -eq 1 ]] || did 'that TIME-WAIT is gone (a RST after a second ACK, RFC 1337): once more'
    start_server ./upper_server 0
    first=$port
    connect client
    tell client hello
    hear client
    stop_server
    leave client
    seen ss -Htan "sport = :$first"
    soon 'the connection to be in TIME-WAIT, or gone' over
    ! time_wait || break
  done
  soon 'the connection to be in TIME-WAIT' time_wait
  start_server ./upper_server "$first"
  connect client
  tell client hello
  hear client
  same 'HELLO' HELLO "$reply"
}
time_wait() { [[ -n $(ss -Htan state time-wait "sport = :$first") ]]; }
over() {
  local connections
  connections=$(ss -Htan "sport = :$first") || return
  [[ -z $connections || $connections == TIME-WAIT* ]]
}
