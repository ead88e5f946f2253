#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint no_answer: A FIN without the whole answer is no answer: nobody knows how much came. Compare the answer with
#   what was sent; if it is another one, say so and end with status 1.
# bats test_tags=id:no_answer,points:1,needs:answer,hint:no_answer
@test "the server ends in the middle of its answer: a message, and status 1" {
  random_text 1233 >"$BATS_TEST_TMPDIR/letter"
  give letter
  start_server ./count_server 0 127.0.0.1 "$BATS_TEST_TMPDIR/came" step
  start client ./send_file letter 127.0.0.1 "$port"
  seen everything
  soon 'a server that has all 1234 bytes' printed server '^1234 bytes came$'
  did 'the server sends the first byte of its answer, and ends'
  echo >&"${input[server]}"
  soon 'this byte, sent' eval 'ended client || sent_one'
  kill -KILL "$server"
  finish client
  seen everything
  same 'exit status' 1 "$status"
  same 'what it has printed' '' "$output"
  must 'a message on standard error' complained client '^send_file: '
}
sent_one() { ss -Htni "dport = :$port" | tr '\n' ' ' | grep -q ' bytes_received:1 '; }

# hint stopped: write() may take less than it was given: for instance when the program is stopped in the middle,
#   by Ctrl-Z, and goes on. What it returns counts; send the rest. Read write(2); write_all() in basics.hpp.
# bats test_tags=id:stopped,points:1,needs:big,hint:stopped
@test "stopped while it sends, as by Ctrl-Z, and continued: every byte comes" {
  letters=$(random_text 60)
  truncate -s 24000000 "$BATS_TEST_TMPDIR/big"
  printf %s "$letters" >>"$BATS_TEST_TMPDIR/big"
  give big
  start_server ./count_server 0 127.0.0.1 "$BATS_TEST_TMPDIR/came"
  did 'the server reads nothing for a while (SIGSTOP)'
  kill -STOP "$server"
  soon 'the server to be stopped' has_state "$server" T
  start client ./send_file big 127.0.0.1 "$port"
  seen everything
  soon 'a client that waits in write()' blocked
  did 'the client is stopped (SIGSTOP), and continued (SIGCONT)'
  kill -STOP "${pid[client]}"
  soon 'the client to be stopped' has_state "${pid[client]}" T
  kill -CONT "${pid[client]}"
  soon 'the client to go on' eval 'ended client || ! has_state "${pid[client]}" T'
  kill -CONT "$server"
  finish client
  seen everything
  must '"24000060 bytes came", printed, and nothing else' eval '[[ $output == "24000060 bytes came" ]]'
  same 'exit status' 0 "$status"
  seen cmp "$BATS_TEST_TMPDIR/big" "$BATS_TEST_TMPDIR/came"
  must 'the same bytes at the server' cmp "$BATS_TEST_TMPDIR/big" "$BATS_TEST_TMPDIR/came"
}
# the server's queue is full, the client's too: nothing has changed since the last look
queues=''
blocked() {
  local last=$queues
  queues=$(ss -Htn state established "( sport = :$port or dport = :$port )")
  [[ $queues == "$last" && $(ss -Htn "sport = :$port" | awk '{ print $2 }') -gt 0 ]] && has_state "${pid[client]}" S
}

# hint read_error: read() returns 0 at the end of the file and -1 when it could not read: that is not the end.
#   Then not all was sent: say so, and end with status 1. Read read(2), Errors.
# bats test_tags=id:directory,points:1,needs:answer,hint:read_error
@test "FILE is a folder, which can be opened but not read: the reason, and status 1" {
  mkdir "$BATS_TEST_TMPDIR/folder"
  give folder
  start_server ./count_server 0
  try ./send_file folder 127.0.0.1 "$port"
  same 'exit status' 1 "$status"
  same 'what it has printed' '' "$output"
  seen tried
  must 'a message on standard error' grep -q '^send_file: ' <<<"$stderr"
}
