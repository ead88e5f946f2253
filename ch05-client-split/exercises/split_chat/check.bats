#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch05-client-split/slow_echo_server

# What the checks below look at: chat starts the client; the server's child for
# it is $serving.
hour=3600000 # milliseconds: an answer that does not come during a check
chat() { # MILLISECONDS, the server's delay
  start_server ./slow_echo_server 0 127.0.0.1 "$1"
  start client ./split_chat 127.0.0.1 "$port"
  seen everything
  soon 'a connection' has_children "$server" 1
  serving=$(children "$server" | tr -d ' ')
}
# the client's processes, also those whose parent has ended
processes() {
  ps -eo pgid=,pid=,ppid=,stat=,args= | awk -v group="${pid[client]}" '$1 == group { $1 = ""; print }'
}
shown_processes() {
  echo '  PID PPID STAT COMMAND'
  processes
}
ends_with() { # STATUS: the client, by itself
  finish client
  seen everything
  same 'exit status' "$1" "$status"
}
# the client's end of the connection, and the server's, as ss shows them
client_end() { ss -Htn "dport = :$port"; }
server_end() { ss -Htni state established "sport = :$port"; }
stopped() { # the server's child reads no more
  did 'the server stops (SIGSTOP)'
  kill -STOP "$serving"
  soon 'the server to be stopped' has_state "$serving" T
}

# hint chats: connect, send what standard input has, print what comes. What is printed must be seen
#   while the program runs: also in a file or a pipe. See split_client, setbuf(3).
# bats test_tags=id:chats,points:1,hint:chats
@test "a line goes to the server, and what comes back is printed, nothing else" {
  chat 0
  text=$(random_text 20)
  say client "$text"
  soon "\"$text\", printed" printed client "^$text\$"
  say client 'next line'
  soon '"next line", printed' printed client '^next line$'
  same 'all that it has printed' "$text"$'\nnext line' "$(out client)"
}

# hint both: Stop-and-wait has one line under way at a time. Here fork() makes two processes, and each
#   has one thing to wait for: in read(), asleep. See split_client; fork(2).
# bats test_tags=id:both,points:1,needs:chats,hint:both
@test "two processes: lines go out although no answer has come" {
  chat $hour
  for text in one two three; do say client "$text"; done
  seen server_end
  soon 'a server that has received all 14 bytes' has_received 14
  seen shown_processes
  soon 'the client and a child of it, both asleep' two_asleep
}
has_received() { server_end | tr '\n' ' ' | grep -qE "^0 .* bytes_received:$1 "; }
two_asleep() { # whatever process group the child is in
  all_of ps -o stat= -p "${pid[client]}" --ppid "${pid[client]}"
  [[ $REPLY == S*$'\n'S* && $REPLY != *$'\n'*$'\n'* ]]
}

# hint at_once: Neither half may wait for a newline: a server's "name: " has none. getline() and fgets()
#   wait for one, and so does stdout. read() returns what is there. Read fflush(3), stdout(3), read(2).
# bats test_tags=id:at_once,points:1,needs:chats,hint:at_once
@test "what is typed is sent at once, and what comes is printed at once, also without a newline" {
  chat 0
  typed=$(random_text 10)
  sent "$typed   (without a newline, to \"client\")"
  printf %s "$typed" >&"${input[client]}"
  soon "\"$typed\", printed" eval '[[ $(out client) == "$typed" ]]'
}

# hint half_close: The end of the input is the end of one direction: shutdown(SHUT_WR) sends a FIN. close() does
#   not, while the other process has the socket open. The other half reads on until the server's FIN.
# bats test_tags=id:half_close,points:1,needs:chats,hint:half_close
@test "at the end of its input it half-closes, prints the rest, and ends with status 0" {
  chat 0
  stopped
  say client 'one'
  say client 'two'
  end_input client
  seen client_end
  soon 'FIN-WAIT-2: the client has sent its FIN' half_closed
  did 'the server goes on (SIGCONT)'
  kill -CONT "$serving"
  ends_with 0
  same 'all that it has printed' $'one\ntwo' "$output"
  must 'no message of an error' eval '! complained client "^split_chat: .*(prematurely|reset)"'
}
half_closed() { [[ $(client_end) == FIN-WAIT-2* ]]; }

# hint zombie: The half that has done its work ends, and then somebody has to wait for it, also if the
#   other half is busy for long. Read waitpid(2), and sigaction(2) on SIGCHLD; chapter 3, reap.
# bats test_tags=id:no_zombie,points:1,needs:half_close,hint:zombie
@test "half-closed, while the rest is still to come, it has no zombie" {
  chat 0
  stopped
  say client 'one'
  end_input client
  soon 'FIN-WAIT-2: the client has sent its FIN' half_closed
  seen shown_processes
  soon 'the client to be at rest' at_rest
  soon 'no zombie' has_zombies "${pid[client]}" 0
  did 'the server goes on (SIGCONT)'
  kill -CONT "$serving"
  ends_with 0
  same 'all that it has printed' one "$output"
}
# each asleep, or a zombie: nothing is going to happen
at_rest() {
  states_of client
  [[ " ${states[*]}" != *' '[!SZ]* ]]
}

# hint bytes: TCP and chat know no strings: a NUL byte is one like any other, a line may be longer than
#   any buffer, the last one may have no newline, and q is just a letter. Read read(2), fgets(3) on NUL.
# bats test_tags=id:bytes,points:1,needs:half_close,hint:bytes
@test "every byte goes out and comes back as it is" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  {
    printf 'q\nquit\n\nnul \0 byte\n'
    for byte in {0..255}; do printf '%b' "\\0$(printf %o "$byte")"; done
    printf '\nq\n%0300000d\n' 0
    random_text 50 | tr -d '\n'
  } >"$BATS_TEST_TMPDIR/typed"
  try bash -c "cat $BATS_TEST_TMPDIR/typed | ./split_chat 127.0.0.1 $port"
  sent "$(wc -c <"$BATS_TEST_TMPDIR/typed") bytes"
  seen cmp "$BATS_TEST_TMPDIR/typed" "$BATS_TEST_TMPDIR/try.out"
  must 'the same bytes, printed' cmp "$BATS_TEST_TMPDIR/typed" "$BATS_TEST_TMPDIR/try.out"
}

# hint server_first: The half that reads from the server gets 0 at its FIN, although nobody types anything. If
#   the user has not ended his input, that is too early: say so, end both halves, status 1. See split_client.
# bats test_tags=id:server_first,points:1,needs:chats,hint:server_first
@test "the server ends first: the client says so and ends, although nothing is typed" {
  chat 0
  say client hello
  soon '"hello", printed' printed client '^hello$'
  did 'the server ends'
  kill -KILL "$serving"
  ends_with 1
  must '"split_chat: server terminated prematurely", once, on standard error' says_premature
  same 'all that it has printed' hello "$output"
}
says_premature() { [[ $(grep -cx 'split_chat: server terminated prematurely' <<<"$stderr") -eq 1 ]]; }

# hint orphan: A half that waits in read() for the user does not learn that the other has ended. It must be
#   told, by a signal for instance, and waited for. Read kill(2), waitpid(2); end_child() in split_client.
# bats test_tags=id:no_orphan,points:1,needs:server_first,hint:orphan
@test "the server ends first: no process of the client is left, to take the user's next line" {
  chat 0
  say client hello
  soon '"hello", printed' printed client '^hello$'
  did 'the server ends'
  kill -KILL "$serving"
  finish client
  seen shown_processes
  soon 'no process of the client' none_left client
}
