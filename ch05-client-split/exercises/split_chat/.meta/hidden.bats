#!/usr/bin/env bats
load ../../../../tests/grade/checks

hour=3600000 # milliseconds: an answer that does not come during a check
processes() {
  ps -eo pgid=,pid=,ppid=,stat=,args= | awk -v group="${pid[client]}" '$1 == group { $1 = ""; print }'
}
shown_processes() {
  echo '  PID PPID STAT COMMAND'
  processes
}
server_end() { ss -Htn state established "sport = :$port"; }

# hint reset: A server that dies before it has read all sends a reset: read() returns -1, with ECONNRESET, and
#   not 0. That is an error, and said with its reason. Both halves end, as at a FIN. Read read(2), errno(3).
# bats test_tags=id:reset,points:1,needs:no_orphan,hint:reset
@test "the connection is reset: the reason is said, status 1, and no process is left" {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  start client ./split_chat 127.0.0.1 "$port"
  seen everything
  soon 'a connection' has_children "$server" 1
  serving=$(children "$server" | tr -d ' ')
  did 'the server stops, and is killed when it has something to read'
  kill -STOP "$serving"
  soon 'the server to be stopped' has_state "$serving" T
  say client hello
  soon '6 bytes in the queue of the server' eval '[[ $(server_end) == 6\ * ]]'
  kill -KILL "$serving"
  finish client
  seen everything
  same 'exit status' 1 "$status"
  must '"split_chat: ... Connection reset by peer" on standard error' \
    complained client '^split_chat: .*Connection reset by peer'
  seen shown_processes
  soon 'no process of the client' none_left client
}

# hint output: When nobody reads its output any more, write() fails with EPIPE, and SIGPIPE would end one half
#   and leave the other. With stdio or cout look at ferror(stdout), too: where stdout is line-buffered, fflush() may
#   say nothing. Read signal(7) on SIGPIPE; how split_client deals with it.
# bats test_tags=id:output,points:1,needs:no_orphan,hint:output
@test "nobody reads its output any more: a message, status 1, and no process is left" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  start client bash -c "exec ./split_chat 127.0.0.1 $port >$BATS_TEST_TMPDIR/pipe"
  exec {reader}<"$BATS_TEST_TMPDIR/pipe"
  say client one
  first=''
  read -r -t "$patience" first <&"$reader" || true
  same 'the first line in the pipe' one "$first"
  did 'the pipe is closed by its reader'
  exec {reader}<&-
  say client two || true # it may have noticed, and ended
  finish client
  seen everything
  same 'exit status' 1 "$status"
  must 'a message on standard error' complained client '^split_chat: '
  seen shown_processes
  soon 'no process of the client' none_left client
}
