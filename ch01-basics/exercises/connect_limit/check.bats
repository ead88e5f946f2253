#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch01-basics/daytime_server
# uses: ch01-basics/backlog

# hint connects: A non-blocking connect() returns -1 with EINPROGRESS: that is no error, the handshake is
#   under way. poll() for POLLOUT ends when it is made, whether or not the server sends anything; and
#   nothing is gained by waiting longer. It prints "connected" at once: into a pipe, stdout is buffered until it is
#   flushed. Read connect(2), "Errors"; setbuf(3).
# bats test_tags=id:connects,points:1,hint:connects
@test "it is connected at once to a server that says nothing yet" {
  silent_server
  start program ./connect_limit 60 127.0.0.1 "$port"
  seen everything
  soon 'the line "connected"' eval 'says_connected || ended program'
  must 'the line "connected"' says_connected
  seen ss -Htan "sport = :$port"
  must "a connection in the server's queue (LISTEN, Recv-Q 1)" is_queued
}
is_queued() { ss -Htln "sport = :$port" | grep -q '^LISTEN *1 '; }

# hint refused: poll() says that the socket is writable when connect() has ended, well or not. How it ended
#   is for SO_ERROR to say. Read connect(2) on EINPROGRESS, socket(7) on SO_ERROR.
# bats test_tags=id:refused,points:1,needs:connects,hint:refused
@test "refused is refused, and not connected" {
  start program ./connect_limit 60 127.77.0.1 1 # where nobody listens
  seen everything
  finish program
  seen tried
  same 'on standard output, nothing' '' "$output"
  must '"Connection refused" on standard error' complained program 'Connection refused'
  must 'status 1' test "$status" -eq 1
}

# hint times_out: A connect() that gets no answer goes on for two minutes. poll() has a limit of its own,
#   and returns 0 when that is over: this is neither success nor an error in errno. See backlog.
# bats test_tags=id:times_out,points:2,needs:connects,hint:times_out
@test "nobody answers: timed out, with status 3" {
  no_answer
  start program ./connect_limit 0.3 127.0.0.1 "$port"
  times_out
}

# hint waits: SECONDS are seconds, with fractions; poll() counts milliseconds. And to wait is to sleep in
#   poll(), not to ask again and again.
# bats test_tags=id:waits,points:1,needs:times_out,hint:waits
@test "it waits as many seconds as it was given" {
  no_answer
  start patient ./connect_limit 60 127.0.0.1 "$port"
  waits patient
  did 'a third of a second goes by'
  pause 0.34
  must 'it to sleep, with 60 s to wait' asleep patient
  begun=${EPOCHREALTIME/./}
  start program ./connect_limit 0.5 127.0.0.1 "$port"
  times_out
  took=$(((${EPOCHREALTIME/./} - begun) / 1000))
  [[ $took -ge 480 ]] || wrong 'its end after 500 ms' "its end after $took ms"
}

# hint signals: A signal ends poll() with EINTR, always. Nothing else has changed: poll() again, but only
#   for what is left of the limit; so note when it will be over. Read signal(7), "Interruption of system
#   calls"; clock_gettime(2) on CLOCK_MONOTONIC, which is std::chrono::steady_clock.
# bats test_tags=id:signals,points:2,needs:waits,hint:signals
@test "signals neither end its wait nor prolong it" {
  no_answer
  start patient ./connect_limit 60 127.0.0.1 "$port"
  waits patient
  interrupt patient
  must 'it to sleep again, with 60 s to wait' asleep patient

  start program ./connect_limit 1 127.0.0.1 "$port"
  seen watched # a busy machine may let us look only when it has ended
  soon 'it to send its SYN, and to sleep' eval 'waiting program || ended program'
  over=$((${EPOCHREALTIME/./} + 1000000)) # its limit is over by then
  did "kill -USR1 ${pid[program]}   (ten times a second, until its second is over)"
  until ended program || [[ ${EPOCHREALTIME/./} -ge $over ]]; do
    kill -USR1 "${pid[program]}" 2>/dev/null || true
    pause 0.1
  done
  for _ in 1 2 3 4 5; do ended program || interrupt program; done
  must 'its end: its second was over before the last signals came' ended program
  times_out
}
# interrupt NAME: a signal; kill() has woken the program when it returns
interrupt() {
  did "kill -USR1 ${pid[$1]}   (\"$1\")"
  kill -USR1 "${pid[$1]}" 2>/dev/null || true
  seen watched
  soon 'it to sleep again, or to end' eval "asleep $1 || ended $1"
}

# hint blocking: O_NONBLOCK stays until it is taken away: a read() then fails with EAGAIN where it should
#   wait. Put the flags back as they were. Read fcntl(2) on F_GETFL and F_SETFL.
# bats test_tags=id:blocking,points:2,needs:times_out,hint:blocking
@test "connected, it waits for a slow server as long as it takes" {
  silent_server
  start program ./connect_limit 60 127.0.0.1 "$port"
  seen everything
  soon 'the line "connected"' eval 'says_connected || ended program'
  soon 'it to sleep until the server sends something' eval 'asleep program || ended program'
  must 'it to sleep until the server sends something' asleep program
  did "kill -CONT $server   (the server goes on)"
  kill -CONT "$server"
  finish program
  seen tried
  must "the server's line with the time" printed program '[0-9]{2}:[0-9]{2}:[0-9]{2}'
  must 'status 0' test "$status" -eq 0
}

# A server that is stopped: the kernel completes the handshake, and nothing else happens.
silent_server() {
  start_server ./daytime_server 0
  did "kill -STOP $server   (the server is stopped: it will say nothing)"
  kill -STOP "$server"
  soon 'the server to be stopped' has_state "$server" T
}
# A server with a full queue: the kernel drops every further SYN.
no_answer() {
  start_server ./backlog 0 0
  seen ss -Htan "( sport = :$port or dport = :$port )"
  soon 'its queue to be full, a SYN without an answer' queue_is_full
}
queue_is_full() { [[ -n $(ss -Htn state syn-sent "dport = :$port") ]]; }

says_connected() { printed program '^connected$'; }
asleep() { has_state "${pid[$1]}" S; }
watched() {
  everything
  ps -o pid,stat,args -p "$(IFS=,; echo "${pid[*]}")"
}
pause() { read -r -t "$1" -u "$never" || true; }

# waits NAME: until it sleeps, its SYN being sent
waits() {
  seen watched
  soon 'it to send its SYN, and to sleep' eval "waiting $1 || ended $1"
  must 'it to sleep until there is an answer' waiting "$1"
}
waiting() { asleep "$1" && ss -Htnp state syn-sent "dport = :$port" | grep -q "pid=${pid[$1]},"; }

# the end of "program": timed out
times_out() {
  seen everything
  finish program
  seen tried
  must 'status 3' test "$status" -eq 3
  must '"Connection timed out" on standard error' complained program 'Connection timed out'
}
