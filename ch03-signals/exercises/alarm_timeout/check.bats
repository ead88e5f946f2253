#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch03-signals/echo_server
# uses: ch05-client-split/slow_echo_server

# hint replies: What the client did before, it still does: a line out, its reply back and printed at once, and
#   at the end of its input it ends with status 0.
# bats test_tags=id:replies,points:1,hint:replies
@test "each line is answered in time: the replies are printed, status 0" {
  start_server ./echo_server 0
  start client ./alarm_timeout 1000 "$address" "$port"
  exchange "$(random_text 20)"
  exchange "$(random_text 10)"
  seen ss -Htin state established "sport = :$port"
  must 'both lines, 32 bytes, to have come to the server' received 32
  seen everything
  end_input client
  finish client
  same 'status 0' 0 "$status"
}
exchange() {
  say_line "$1"
  seen everything
  soon "its reply: $1" printed client "^$1$"
}
say_line() { say client "$1" || wrong 'a client that reads the line' "$(everything)"; }
slow_server() { start_server ./slow_echo_server 0 127.0.0.1 3600000; }

# hint timeout: SIGALRM ends a program that has no handler for it. With a handler it ends read(), with EINTR, but
#   not where signal() installed it: that asks for SA_RESTART. And a program that only tries again after EINTR
#   waits for ever. Read signal(7), sigaction(2); the programs restart and timeout_client.
# bats test_tags=id:timeout,points:2,needs:replies,hint:timeout
@test "no reply for SECONDS: the client says so, not sooner, and its status is 3" {
  slow_server
  start client ./alarm_timeout 1 "$address" "$port"
  begin=${EPOCHREALTIME/./}
  say_line hello
  seen everything
  soon 'a line "no reply"' printed client '^no reply$'
  took=$(((${EPOCHREALTIME/./} - begin) / 1000))
  end_input client
  finish client
  same 'status 3' 3 "$status"
  seen echo "it came after $took ms"
  must '"no reply" after 1000 ms or more' test "$took" -ge 1000
}

# hint fraction: alarm() takes a whole number of seconds, and alarm(0) sets no alarm at all: a limit of 0.2 s
#   becomes none. Read setitimer(2).
# bats test_tags=id:fraction,points:1,needs:timeout,hint:fraction
@test "a limit of 0.2 s is one, too" {
  slow_server
  start client ./alarm_timeout 0.2 "$address" "$port"
  say_line hello
  seen everything
  soon 'a line "no reply"' printed client '^no reply$'
}

# hint goes_on: When the time is over, the handler returns, the program leaves its read() and goes on with the
#   next line. On the old connection, the reply that is late would be taken for that of the next line.
# bats test_tags=id:goes_on,points:1,needs:fraction,hint:goes_on
@test "after a line without reply, the next ones are sent on a new connection" {
  start_server ./echo_server 0
  start client ./alarm_timeout 0.5 "$address" "$port"
  stop_child
  say_line first
  seen everything
  soon 'a line "no reply"' printed client '^no reply$'
  # several tries: a reply may be too late where the machine is busy
  for n in {2..9}; do
    say_line "line $n"
    soon "$n lines from the client" has_lines "$n"
    ! printed client "^line $n$" || break
  done
  must 'a reply to one of the lines after the first' printed client '^line'
}
has_lines() { [[ $(out client | wc -l) -ge $1 ]]; }
# the process that serves the client is stopped
stop_child() {
  soon 'a child of the server' has_children "$server" 1
  child=$(children "$server" | tr -d ' ')
  did "kill -STOP $child   (the process that serves the client)"
  kill -STOP "$child"
  soon 'it to be stopped' has_state "$child" T
}

# hint cancelled: An alarm that is still set when the reply is there goes off later, in another call: it breaks
#   into the wait for the next line. Read setitimer(2) on a time of 0.
# bats test_tags=id:cancelled,points:1,needs:fraction,hint:cancelled
@test "after a reply, the next line may take longer than SECONDS to come" {
  start_server ./echo_server 0
  start client ./alarm_timeout 0.2 "$address" "$port"
  say_line first
  seen everything
  # on a busy machine that may be "no reply", and is as good
  soon 'its reply' has_lines 1
  did 'half a second goes by'
  read -r -t 0.5 -u "$never" || true
  must 'a client that waits for its next line' eval '! ended client'
  say_line second
  soon 'its reply' has_lines 2
}

# hint closed: read() returns 0 when the server has closed the connection. That is no timeout, and waiting or
#   reading on would not help. Read read(2), "Return value".
# bats test_tags=id:closed,points:1,needs:timeout,hint:closed
@test "the server closes instead of replying: status 1 and a message, at once" {
  slow_server
  start client ./alarm_timeout 1000 "$address" "$port"
  soon 'a child of the server' has_children "$server" 1
  child=$(children "$server" | tr -d ' ')
  say_line hello
  soon 'the line to be read by the server' received 6
  did "kill -KILL $child   (the process that serves the client)"
  kill -KILL "$child"
  seen everything
  finish client
  same 'status 1' 1 "$status"
  must 'a message on standard error' test -n "$stderr"
}
# received N: the server has received N bytes from its client, and read them
received() {
  local socket
  socket=$(ss -Htin state established "sport = :$port")
  [[ $socket == 0\ * && $socket == *" bytes_received:$1 "* ]]
}

# hint blocked: The time is over while the client still sends. If that signal was the only one, or if what
#   sends only tries again after EINTR (as write_all does), then nothing ends the wait after it. Let the
#   timer go off again and again, and have each wait look whether the time is over. See timeout_client.cpp.
# bats test_tags=id:blocked,points:1,needs:fraction,hint:blocked
@test "the server does not even take the line: no reply, after SECONDS" {
  start_server ./echo_server 0
  start client ./alarm_timeout 0.2 "$address" "$port"
  stop_child
  sent 'a line of 16,000,000 bytes   (to "client")'
  (head -c 16000000 /dev/zero | tr '\0' x && echo) >&"${input[client]}" || true
  seen everything
  soon 'a line "no reply"' printed client '^no reply$'
}
