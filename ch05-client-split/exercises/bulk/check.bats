#!/usr/bin/env bats
load ../../../tests/grade/checks
# uses: ch05-client-split/exercises/bulk/faulty_server

bulk() { # MEGABYTES: runs it to its end
  start client ./bulk 127.0.0.1 "$port" "$1"
  seen connection
  finish client
  seen everything
}
connection() { ss -tan "( sport = :$port or dport = :$port )" | grep -v LISTEN || echo 'no connection'; }
all_back() { # MEGABYTES
  local size=${1}000000
  bulk "$1"
  must "\"$size bytes came back, every one as it was sent\", printed, and nothing else" \
    eval '[[ $output == "$size bytes came back, every one as it was sent" ]]'
  same 'exit status' 0 "$status"
  soon "a server that has received $size bytes and the FIN" \
    printed server "^$size bytes came, and then a FIN\$"
}
complains() { # BYTES: which byte number may be complained of, a regular expression
  seen everything
  same 'exit status' 1 "$status"
  same 'what it has printed' '' "$output"
  must "\"bulk: byte ${1//\[0-9]+/N} ...\" on standard error" complained client "^bulk: byte $1([^0-9]|\$)"
}
processes() {
  ps -eo pgid=,pid=,ppid=,stat=,args= | awk -v group="${pid[client]}" '$1 == group { $1 = ""; print }'
}
shown_processes() {
  echo '  PID PPID STAT COMMAND'
  processes
}

# hint small: send a million bytes, half-close (shutdown), read until read() returns 0, compare each byte with
#   the one that was sent. Without the FIN the server waits for more. Read shutdown(2).
# bats test_tags=id:small,points:1,hint:small
@test "a megabyte is sent, comes back, and is said to be as it was" {
  start_server ./faulty_server 0
  all_back 1
}

# hint deadlock: Who writes all before he reads fills four buffers: then the server waits in write() for his
#   read(), and he in write() for the server's. Somebody has to read meanwhile. See bulk_client.
#   (A system call for each byte is no deadlock, but too slow as well.)
# bats test_tags=id:no_deadlock,points:2,needs:small,hint:deadlock
@test "24 megabytes come back: no deadlock" {
  start_server ./faulty_server 0
  all_back 24
}

# hint changed: That as many bytes came as were sent does not say that they are the same. Compare each one, and
#   know its number on the connection, not in the buffer.
# bats test_tags=id:changed,points:2,needs:small,hint:changed
@test "one byte comes back changed: its number, and status 1" {
  where=$((500000 + SEED % 1000))
  start_server ./faulty_server 0 127.0.0.1 change "$where"
  bulk 1
  complains "$where"
}

# hint lost: Behind a lost byte, each comes in the place of the one before it: bytes that are all alike do not
#   show that; then at least one is missing at the end, where the FIN comes too early. Who waits for a full buffer
#   before he compares, and sends nothing meanwhile, waits for ever.
# bats test_tags=id:lost,points:1,needs:small,hint:lost
@test "one byte is lost: a byte number, and status 1" {
  start_server ./faulty_server 0 127.0.0.1 lose $((500000 + SEED % 1000))
  bulk 1
  complains '[0-9]+'
}

# hint early: The half that reads knows that it is over; the other may wait in write() for ever, and has to be
#   ended, and waited for. Read kill(2), waitpid(2); split() in bulk_client; _exit() ends threads.
# bats test_tags=id:early_end,points:1,needs:no_deadlock,hint:early
@test "the server ends too early, and reads no more: which byte is missing, status 1, and no process is left" {
  where=$((3000000 + SEED % 1000))
  start_server ./faulty_server 0 127.0.0.1 end "$where"
  bulk 24
  complains "$where"
  seen shown_processes
  soon 'no process of the client' none_left client
}

# hint asleep: A program that asks again and again whether it can write uses a whole processor for waiting.
#   Let the kernel wait: in read() and write(), or in poll(). Read poll(2).
# bats test_tags=id:asleep,points:1,needs:no_deadlock,hint:asleep
@test "while the server does nothing, it waits asleep" {
  start_server ./faulty_server 0
  did 'the server stops (SIGSTOP)'
  kill -STOP "$server"
  soon 'the server to be stopped' has_state "$server" T
  start client ./bulk 127.0.0.1 "$port" 24
  soon 'bytes in the queue of the server' some_wait
  seen shown_processes
  soon 'each process and thread of the client asleep (S)' all_asleep
  did 'the server goes on (SIGCONT)'
  kill -CONT "$server"
  seen connection
  finish client
  seen everything
  same 'exit status' 0 "$status"
}
some_wait() { [[ $(ss -Htn "sport = :$port" | awk '{ print $2 }') -gt 0 ]]; }
all_asleep() {
  local states
  states=$(ps -eLo pgid=,stat= | awk -v group="${pid[client]}" '$1 == group { print $2 }')
  grep -q '^S' <<<"$states" && ! grep -q '^[^SZ]' <<<"$states"
}
