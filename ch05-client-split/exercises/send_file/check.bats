#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch05-client-split/exercises/send_file/count_server

# Starts the client for a file that it was given; the server keeps what comes in $came_file.
came_file=$BATS_TEST_TMPDIR/came
send() { # FILE [COMMAND before the client...]
  start client "${@:2}" ./send_file "$1" 127.0.0.1 "$port"
  seen everything
}
all_came() { # FILE
  local size
  size=$(wc -c <"$BATS_TEST_TMPDIR/$1")
  finish client
  seen everything
  must "\"$size bytes came\", printed, and nothing else" eval '[[ $output == "$size bytes came" ]]'
  same 'exit status' 0 "$status"
  seen cmp "$BATS_TEST_TMPDIR/$1" "$came_file"
  must 'the same bytes at the server' cmp "$BATS_TEST_TMPDIR/$1" "$came_file"
}

# hint sends: open the file, connect, and write() what read() returns, as many bytes as it returns, until
#   it returns 0. Read open(2), read(2).
# bats test_tags=id:sends,points:1,hint:sends
@test "the bytes of the file come to the server" {
  random_text 1000 >"$BATS_TEST_TMPDIR/letter"
  give letter
  start_server ./count_server 0
  did 'the server stops (SIGSTOP)'
  kill -STOP "$server"
  soon 'the server to be stopped' has_state "$server" T
  send letter
  seen queue
  soon '1001 bytes in the queue of the server' eval '[[ $(queue) =~ ^(1001|1002)$ ]]'
}
queue() { ss -Htn "sport = :$port" | awk '{ print $2 }'; } # a FIN counts as one

# hint answer: The server answers when it has the last byte, and what tells it is a FIN: shutdown(SHUT_WR) sends
#   it and leaves the other direction open; close() ends both. Read shutdown(2).
# bats test_tags=id:answer,points:1,needs:sends,hint:answer
@test "it half-closes, and prints how many bytes came" {
  random_text 700 >"$BATS_TEST_TMPDIR/letter"
  give letter
  start_server ./count_server 0 127.0.0.1 "$came_file"
  send letter
  all_came letter
}

# hint bytes: A file is bytes, and no strings or lines: a NUL byte is one like any other, and the last line may
#   have no newline. What read() returned is the length, not strlen(). Read read(2), strlen(3).
# bats test_tags=id:bytes,points:1,needs:answer,hint:bytes
@test "bytes of every value come, also NUL bytes, and no newline at the end" {
  # shellcheck disable=SC2059 # a format that makes a format
  printf "$(printf '\\x%02x' 13 10 {0..255})" >"$BATS_TEST_TMPDIR/bytes"
  give bytes
  start_server ./count_server 0 127.0.0.1 "$came_file"
  send bytes
  all_came bytes
}

# hint empty: A file without a byte is a file: read() returns 0 at once, and 0 bytes came is the right answer.
# bats test_tags=id:empty,points:1,needs:answer,hint:empty
@test "an empty file: 0 bytes came" {
  : >"$BATS_TEST_TMPDIR/empty"
  give empty
  start_server ./count_server 0 127.0.0.1 "$came_file"
  send empty
  all_came empty
}

# hint big: A file may be larger than any buffer and than the memory: send a piece before reading the next one
#   into the same buffer. Here the program may have 20 MB, with 4 MB for the stack of each thread
#   (prlimit), and some seconds: a system call for each byte takes longer.
# bats test_tags=id:big,points:1,needs:bytes,hint:big
@test "a file of 24 MB comes, although the program may have no more than 20 MB of memory" {
  big_file
  start_server ./count_server 0 127.0.0.1 "$came_file"
  send big prlimit --data=20000000 --stack=4000000 # a thread has as much
  all_came big
}
big_file() { # 24 million bytes with holes, and letters here and there
  local letters n
  letters=$(random_text 500)
  truncate -s 24000000 "$BATS_TEST_TMPDIR/big"
  for n in 0 1 2 3 4 5 6 7; do
    printf %s "${letters:n*60:60}" | dd of="$BATS_TEST_TMPDIR/big" conv=notrunc bs=1 seek=$((n * 3000007)) status=none
  done
  give big
}

# hint pieces: TCP knows no messages: a short answer, too, may come a byte at a time. It has its end where
#   read() returns 0. Read read(2); short_counts in chapter 1.
# bats test_tags=id:pieces,points:1,needs:answer,hint:pieces
@test "the answer comes a byte at a time: it reads on until the end" {
  random_text 1233 >"$BATS_TEST_TMPDIR/letter"
  give letter
  start_server ./count_server 0 127.0.0.1 "$came_file" step
  send letter
  soon 'a server that has all 1234 bytes' printed server '^1234 bytes came$'
  did 'the server sends the first byte of its answer'
  next_byte
  seen client_end
  soon 'a client that has read this byte, or waits for more of them, and has not ended' has_read_one
  did 'the server sends the rest'
  for n in 2 3 4 5; do next_byte; done
  all_came letter
}
next_byte() { echo >&"${input[server]}"; }
client_end() { ss -Htni "dport = :$port" | grep . || echo 'no connection any more'; }
has_read_one() {
  client_end | tr '\n' ' ' | grep -qE '^FIN-WAIT-2 +[01] .* bytes_received:1 ' && has_state "${pid[client]}" S
}

# hint missing: open() fails: say the reason and the file's name, and end with status 1. See die() in basics.hpp.
# bats test_tags=id:missing,points:1,needs:answer,hint:missing
@test "a file that is not there: the reason and its name, and status 1" {
  start_server ./count_server 0
  try ./send_file no_such_file 127.0.0.1 "$port"
  same 'exit status' 1 "$status"
  same 'what it has printed' '' "$output"
  seen tried
  must '"send_file: ... No such file or directory ...", with the name of the file, on standard error' \
    says_missing
}
says_missing() { # on one line or on two
  [[ $stderr == *no_such_file* ]] && grep -q '^send_file: .*No such file or directory' <<<"$stderr"
}
