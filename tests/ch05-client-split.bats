#!/usr/bin/env bats
load test_helper
setup() { in_chapter ch05-client-split; }

hour=3600000 # milliseconds: a reply that does not come during a test

start_client() { start client "./$1" 127.0.0.1 "$port"; }
all_bytes() { # lines of every kind: empty, nearly q, with a NUL byte, long...
  seq 200
  printf 'q \n\nquit\n q\nnul \0 byte\n'
  head -c 1000000 /dev/zero | tr '\0' x
  printf 'q\nqQ\nno newline'
}
# what ss says of the server's end of the connection, and of the client's, in a state
server_end() { ss -Htni state established "sport = :$port"; }
client_end() { ss -Htn state "$1" "dport = :$port"; }
# whether the server has read N bytes, and none wait to be read
has_read() { server_end | tr '\n' ' ' | grep -qE "^0 .* bytes_received:$1 "; }
seconds() { # of time that the command took, as microseconds in $took
  local start=${EPOCHREALTIME/./}
  "$@"
  took=$((${EPOCHREALTIME/./} - start))
}
# --- slow_echo_server ---

@test "slow_echo_server: reads on while earlier lines wait for their time" {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  start_client split_client
  say client one
  wait_until has_read 4
  say client two
  say client three
  wait_until has_read 14
  run out client
  assert_output ''
}

@test "slow_echo_server: lines sent together come back together, one delay later" {
  start_server ./slow_echo_server 0 127.0.0.1 200
  seq 40 >"$BATS_TEST_TMPDIR/40"
  seconds limit ./split_client 127.0.0.1 "$port" \
    <"$BATS_TEST_TMPDIR/40" >"$BATS_TEST_TMPDIR/replies"
  [[ $took -ge 200000 && $took -lt 4000000 ]] || fail "took $took microseconds"
  run cat "$BATS_TEST_TMPDIR/replies"
  assert_output "$(sed 's/^/Message from server: /' "$BATS_TEST_TMPDIR/40")"
}

@test "slow_echo_server: every byte, half-closed or not, more than its queue holds" {
  start_server ./slow_echo_server 0 127.0.0.1 20
  probe echo 9000000
  probe halfclose 300000
  probe echo 2000 1
}

@test "slow_echo_server: a child for each client, who does not stall the others by never reading" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  start stalled "$ROOT/tests/probe" stall 127.0.0.1 "$port"
  wait_until printed stalled '^blocked after'
  start second ./echo_client 127.0.0.1 "$port"
  start_client split_client
  say second hello
  say client hello
  wait_until printed second 'hello'
  wait_until printed client 'hello'
  has_children "$server" 3
  end_input stalled
  end_input second
  end_input client
  wait_until has_children "$server" 0
}

@test "slow_echo_server: lets go of a client that was reset, and leaves no zombie" {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  probe reset connect sent halfclosed
  wait_until has_children "$server" 0
}

@test "slow_echo_server: MILLISECONDS is a whole number that is not negative" {
  for wrong in -1 1.5 1s '' 3600001; do
    run limit ./slow_echo_server 0 127.0.0.1 "$wrong"
    assert_equal "$status" 2
    assert_line --partial usage
  done
}

# --- the three clients behave alike, but for what they do meanwhile ---

@test "all clients: every byte comes back, each line whole and once marked" {
  start_server ./slow_echo_server 0 127.0.0.1 1
  all_bytes >"$BATS_TEST_TMPDIR/sent"
  for each in echo split thread; do
    limit "./${each}_client" 127.0.0.1 "$port" \
      <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/printed"
    sed 's/^Message from server: //' "$BATS_TEST_TMPDIR/printed" |
      cmp - "$BATS_TEST_TMPDIR/sent"
    assert_equal "$(grep -ac '^Message from server: ' "$BATS_TEST_TMPDIR/printed")" 208
  done
}

@test "all clients: a line that is q or Q ends them, and what follows is not sent" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  for each in echo split thread; do
    for end in q Q; do
      run limit "./${each}_client" 127.0.0.1 "$port" <<<$'one\nqq\n'"$end"$'\ntwo'
      assert_success
      assert_output $'Message from server: one\nMessage from server: qq'
    done
  done
  wait_until has_children "$server" 0
}

@test "all clients: no server" {
  start_server ./slow_echo_server 0
  kill "$server"
  finish server
  for each in echo split thread; do
    run limit "./${each}_client" 127.0.0.1 "$port" </dev/null
    assert_equal "$status" 1
    assert_output "${each}_client: connect: Connection refused (127.0.0.1:$port)"
  done
}

@test "all clients: input that cannot be read ends them with an error" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  for each in echo thread split; do
    [[ $each != split ]] || no_tsan ./split_client # its SIGCHLD
    run -1 --separate-stderr limit "./${each}_client" 127.0.0.1 "$port" </
    assert_equal "$stderr" "${each}_client: read: Is a directory (standard input)"
  done
  wait_until has_children "$server" 0
}

@test "all clients: output that cannot be written ends them with an error" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  for each in echo split thread; do
    start "$each" bash -c "./${each}_client 127.0.0.1 $port >/dev/full"
    say "$each" one
    finish "$each"
    assert_equal "$status" 1
    assert_equal "$stderr" "${each}_client: cannot write its output"
  done
}

@test "all clients: output into a pipe that nobody reads any more ends them" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  for each in echo split thread; do
    # shellcheck disable=SC2016 # PIPESTATUS is the inner shell's
    start "$each" bash -c "./${each}_client 127.0.0.1 $port | head -n 1
      exit \${PIPESTATUS[0]}"
    say "$each" one
    wait_until printed "$each" 'Message from server: one'
    wait_until eval '! ps -o args= --ppid "${pid[$each]}" | grep -q ^head'
    say "$each" two
    finish "$each"
    assert_equal "$status" 1
    assert_equal "$stderr" "${each}_client: cannot write its output"
  done
  wait_until has_children "$server" 0 # no process has the connection any more
}

@test "echo_client: one line under way at a time" {
  start_server ./slow_echo_server 0 127.0.0.1 100
  seconds limit ./echo_client 127.0.0.1 "$port" <<<$'1\n2\n3\n4' \
    >"$BATS_TEST_TMPDIR/replies"
  [[ $took -ge 400000 ]] || fail "took $took microseconds"
}

@test "echo_client: does not hear of the server's end before its next line" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  start_client echo_client
  say client one
  wait_until printed client one
  kill -KILL "$(children "$server")"
  wait_until eval '[[ -n $(client_end close-wait) ]]'
  run ! ended client
  say client two
  finish client
  assert_equal "$status" 1
  assert_equal "$stderr" 'echo_client: server terminated prematurely'
}

# --- both split clients: $1 is the client ---

split() { # starts a client, whose other half, if it is a process, is $child
  start_client "$1"
  wait_until eval '[[ -n $(server_end) ]]'
  if [[ $1 == split_client ]]; then
    wait_until has_children "${pid[client]}" 1
    child=$(children "${pid[client]}" | tr -d ' ')
  fi
}
all_gone() { [[ -z $(group "${pid[client]}") ]]; }
# the client's end: its status, message, and neither half nor a zombie left
ends_with() {
  finish client
  [[ -z ${child-} ]] || gone "$child" || fail "left: $(ps -o pid,stat,args -p "$child")"
  all_gone || fail "left: $(group "${pid[client]}")"
  assert_equal "$stderr" "$2"
  assert_equal "$status" "$1"
}

half_closes() { # $2: q, Q or eof
  start_server ./slow_echo_server 0 127.0.0.1 0
  split "$1"
  wait_until has_children "$server" 1
  serving=$(children "$server" | tr -d ' ')
  kill -STOP "$serving" # until the FIN has been seen
  say client one
  say client two
  if [[ $2 == eof ]]; then end_input client; else say client "$2"; fi
  wait_until eval '[[ -n $(client_end fin-wait-2) ]]'
  kill -CONT "$serving"
  ends_with 0 ''
  assert_output $'Message from server: one\nMessage from server: two'
}
@test "split_client: q half-closes, and every reply is printed" { half_closes split_client q; }
@test "split_client: Q half-closes, and every reply is printed" { half_closes split_client Q; }
@test "split_client: EOF half-closes, and every reply is printed" { half_closes split_client eof; }
@test "thread_client: q half-closes, and every reply is printed" { half_closes thread_client q; }
@test "thread_client: Q half-closes, and every reply is printed" { half_closes thread_client Q; }
@test "thread_client: EOF half-closes, and every reply is printed" { half_closes thread_client eof; }

server_dies() { # while the client waits for input, of which there is none
  start_server ./slow_echo_server 0 127.0.0.1 0
  split "$1"
  say client one
  wait_until printed client one
  kill -KILL "$(children "$server")"
  ends_with 1 "$1: server terminated prematurely"
}
@test "split_client: a server that dies is noticed at once" { server_dies split_client; }
@test "split_client: the same, started with SIGTERM ignored" { trap '' TERM; server_dies split_client; }
@test "thread_client: a server that dies is noticed at once" { server_dies thread_client; }

replies_missing() { # the server has read all, and ends after the half-close
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  split "$1"
  say client one
  wait_until has_read 4 # so a FIN, not a RST
  end_input client
  wait_until eval '[[ -n $(client_end fin-wait-2) ]]'
  kill -KILL "$(children "$server")"
  ends_with 1 "$1: server terminated prematurely"
  assert_output ''
}
@test "split_client: a server that ends with replies missing" { replies_missing split_client; }
@test "thread_client: a server that ends with replies missing" { replies_missing thread_client; }

server_resets() {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  split "$1"
  wait_until has_children "$server" 1
  kill -STOP "$(children "$server")"
  say client one
  wait_until eval '[[ $(server_end) == 4\ * ]]' # not read: so a RST, not a FIN
  kill -KILL "$(children "$server")"
  ends_with 1 "$1: read: Connection reset by peer"
}
@test "split_client: a server that dies with our bytes unread resets" { server_resets split_client; }
@test "thread_client: a server that dies with our bytes unread resets" { server_resets thread_client; }

dies_during_write() { # the writer is in write(), not in read()
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  start client bash -c "exec ./$1 127.0.0.1 $port < <(yes)"
  wait_until eval '[[ $(server_end) == [1-9]* ]]' # the server's queue is full
  kill -KILL "$(children "$server")"
  finish client
  assert_equal "$status" 1
  assert_regex "$stderr" "^$1: (read: Connection reset by peer|server terminated prematurely)$"
  wait_until all_gone
}
@test "split_client: a server that dies while the child writes" { dies_during_write split_client; }
@test "thread_client: a server that dies while a thread writes" { dies_during_write thread_client; }

input_breaks_off() { # with two lines under way
  local typist file each
  start_server ../ch01-basics/echo_server 0
  exec {file}<>"/dev/tcp/$address/$port" # the input: what comes back there
  typist=$server pid[typist]=$server
  end_input server
  unset 'pid[server]'
  for each in out err; do mv "$BATS_TEST_TMPDIR"/{server,typist}."$each"; done
  start_server ./slow_echo_server 0 127.0.0.1 0
  start client bash -c "exec ./$1 127.0.0.1 $port <&$file $file>&-"
  wait_until has_children "$server" 1
  serving=$(children "$server" | tr -d ' ')
  kill -STOP "$serving" # until the FIN has been seen
  printf 'one\ntwo\n' >&"$file"
  wait_until eval '[[ $(server_end) == 8\ * ]]'
  kill -STOP "$typist"
  wait_until has_state "$typist" T
  printf 'three\n' >&"$file" # not read: so a RST
  kill -KILL "$typist"
  wait_until eval '[[ -n $(client_end fin-wait-2) ]]'
  kill -CONT "$serving"
  exec {file}>&-
  ends_with 1 "$1: read: Connection reset by peer (standard input)"
  assert_output $'Message from server: one\nMessage from server: two'
}
@test "split_client: input that breaks off: what is under way is still printed" {
  no_tsan ./split_client # its SIGCHLD
  input_breaks_off split_client
}
@test "thread_client: input that breaks off: what is under way is still printed" {
  input_breaks_off thread_client
}

closes_first() { # with input still open
  start_server "$ROOT/ch01-basics/daytime_server" 0
  start_client "$1"
  ends_with 1 "$1: server terminated prematurely"
  assert_output --regexp '^Message from server: .*[0-9]{2}:[0-9]{2}'
}
@test "split_client: a server that closes first" { closes_first split_client; }
@test "thread_client: a server that closes first" { closes_first thread_client; }

interrupted() { # as the terminal does it: the signal goes to the whole group
  start_server ./slow_echo_server 0 127.0.0.1 0
  split "$1"
  say client one
  wait_until printed client one
  kill -INT -- "-${pid[client]}"
  finish client
  assert_equal "$status" 130
  assert_output 'Message from server: one'
  assert_equal "$stderr" ''
  wait_until all_gone
}
@test "split_client: Ctrl-C ends both processes" { interrupted split_client; }
@test "thread_client: Ctrl-C ends both threads" { interrupted thread_client; }

@test "split_client: when the parent is killed, the child does not live on" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  split split_client
  say client one
  wait_until printed client one
  kill -KILL "${pid[client]}"
  finish client
  wait_until all_gone
  wait_until has_children "$server" 0
}

# Beside a shell in its process group: that of the child alone is orphaned when the
# parent ends, and the kernel has what is stopped in it go on.
@test "split_client: when the parent is killed, a child that is stopped does not live on" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  # shellcheck disable=SC2016 # $1 is the inner shell's
  start shell sh -c 'exec 3<&0; ./split_client 127.0.0.1 "$1" <&3 3<&- & wait; exec cat' sh "$port"
  wait_until has_children "${pid[shell]}" 1
  parent=$(children "${pid[shell]}" | tr -d ' ')
  wait_until has_children "$parent" 1
  child=$(children "$parent" | tr -d ' ')
  say shell one
  wait_until printed shell one
  kill -STOP "$child"
  wait_until has_state "$child" T
  kill -KILL "$parent"
  wait_until gone "$child"
  wait_until has_children "$server" 0
}

child_killed() { # $1: the signal; $2: its text
  no_tsan ./split_client
  start_server ./slow_echo_server 0 127.0.0.1 200
  split split_client
  say client one
  wait_until has_read 4
  kill -"$1" "$child"
  ends_with 1 "split_client: child: $2"
  assert_output 'Message from server: one'
}
@test "split_client: when the child is killed, the parent gets the last replies and ends" {
  child_killed KILL Killed
}
@test "split_client: the same with SIGTERM, by which the parent ends it, too" {
  child_killed TERM Terminated
}

@test "split_client: a child that is stopped is ended, too" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  split split_client
  kill -STOP "$child"
  wait_until has_state "$child" T
  run ! ended client
  kill -KILL "$(children "$server")"
  ends_with 1 'split_client: server terminated prematurely'
}

@test "split_client: two processes share the connection; thread_client: two threads" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  start split ./split_client 127.0.0.1 "$port"
  start thread ./thread_client 127.0.0.1 "$port"
  wait_until has_children "${pid[split]}" 1
  run ss -Htnp "dport = :$port"
  assert_output --partial "pid=${pid[split]},"
  assert_output --partial "pid=$(children "${pid[split]}" | tr -d ' '),"
  assert_equal "$(ls "/proc/${pid[split]}/task" | wc -l)" 1
  local threads=2
  ! sanitized ./thread_client tsan || threads=3 # it starts one itself
  wait_until eval "[[ \$(ls /proc/${pid[thread]}/task | wc -l) -eq $threads ]]"
  has_children "${pid[thread]}" 0
}

# In a terminal: it is left as it was, and the next line goes to the shell,
# not to a half of the client that was left behind.
terminal() { # $1: the client; $2: what happens; $3: the status expected
  start_server ./slow_echo_server 0 127.0.0.1 0
  cat >"$BATS_TEST_TMPDIR/session" <<END
trap : INT
stty -g
./$1 127.0.0.1 $port
echo "status \$?"
stty -g
read -r line && echo "the shell gets: \$line"
END
  start terminal script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null
  say terminal hello
  wait_until printed terminal '^Message from server: hello'
  case $2 in
  dies) kill -KILL "$(children "$server")" ;;
  *) printf '%b' "$2" >&"${input[terminal]}" ;;
  esac
  wait_until printed terminal "status $3"
  say terminal next
  finish terminal
  assert_line --partial 'the shell gets: next'
  modes=$(grep -aE '^[0-9a-f]+:[0-9a-f]+:' <<<"$output" | sort -u | wc -l)
  assert_equal "$modes" 1
}
@test "split_client in a terminal: Ctrl-C" { terminal split_client '\003' 130; }
@test "split_client in a terminal: Ctrl-D" { terminal split_client '\004' 0; }
@test "split_client in a terminal: the server dies" { terminal split_client dies 1; }
@test "thread_client in a terminal: Ctrl-C" { terminal thread_client '\003' 130; }
@test "thread_client in a terminal: the server dies" { terminal thread_client dies 1; }

# --- bulk_client ---

@test "bulk_client: split, every byte comes back; so does what fits into the buffers" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  run limit ./bulk_client 127.0.0.1 "$port" 20 split
  assert_success
  assert_output --regexp '^20000000 bytes there and back, every one as it was, in [0-9.]+ s$'
  wait_until has_children "$server" 0
}

@test "bulk_client: written first, read later: deadlock, with every buffer full" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  start client ./bulk_client 127.0.0.1 "$port" 100 sequential 0
  queues() { ss -Htn state established "( sport = :$port or dport = :$port )"; }
  all_full() { [[ $(queues | awk '$1 > 0 && $2 > 0' | wc -l) -eq 2 ]]; }
  wait_until all_full
  full='' equal=0
  stands_still() { # three looks, and nothing has moved
    local last=$full
    full=$(queues)
    [[ $full == "$last" ]] && equal=$((equal + 1)) || equal=0
    [[ $equal -ge 2 ]]
  }
  wait_until stands_still
  has_state "${pid[client]}" S
  has_state "$(children "$server" | tr -d ' ')" S
}

@test "bulk_client: the time limit says deadlock, status 1" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  run --separate-stderr limit ./bulk_client 127.0.0.1 "$port" 100 sequential 0.2
  assert_equal "$status" 1
  assert_output ''
  [[ $stderr =~ ^'bulk_client: deadlock: all buffers are full, at byte '[0-9]+$ ]]
}

@test "bulk_client: split does not wait for ever for a server that says nothing" {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  run --separate-stderr limit ./bulk_client 127.0.0.1 "$port" 1 split 0.2
  assert_equal "$status" 1
  assert_equal "$stderr" 'bulk_client: stuck at byte 0'
}

@test "bulk_client: the server dies" {
  start_server ./slow_echo_server 0 127.0.0.1 $hour
  for how in split sequential; do
    start "$how" ./bulk_client 127.0.0.1 "$port" 100 "$how" 0
    wait_until has_children "$server" 1
    child=$(children "$server" | tr -d ' ')
    kill -STOP "$child" # so that bytes stay unread: then a RST, not a FIN
    wait_until has_state "$child" T
    wait_until eval '[[ $(server_end) == [1-9]* ]]'
    kill -KILL "$child"
    finish "$how"
    assert_equal "$status" 1
    # split: the reset may have been told to the child that writes, then the other reads 0
    assert_regex "$stderr" "bulk_client: ((read|send): (Connection reset by peer|Broken pipe)|server terminated prematurely)"
    [[ -z $(group "${pid[$how]}") ]]
    wait_until has_children "$server" 0
  done
}

# Where a time limit is set, they end a call on a socket with EINTR (signal(7)).
@test "bulk_client: Ctrl-Z and fg while it waits in read() or send(): it goes on" {
  start_server ./slow_echo_server 0 127.0.0.1 0
  for how in split sequential; do
    kill -STOP "$server" # the client connects, and fills the buffers
    wait_until has_state "$server" T
    start "$how" ./bulk_client 127.0.0.1 "$port" 20 "$how" 1000
    queue=''
    stands_still() {
      local last=$queue
      queue=$(client_end established)
      [[ $queue =~ ^0\ +[1-9] && $queue == "$last" ]]
    }
    wait_until stands_still
    for _ in 1 2 3; do # the first may end a send() with a short count
      wait_until has_state "${pid[$how]}" S
      kill -STOP -- "-${pid[$how]}"
      wait_until has_state "${pid[$how]}" T
      kill -CONT -- "-${pid[$how]}"
    done
    wait_until has_state "${pid[$how]}" S
    [[ $how == sequential ]] || kill -CONT "$server"
    [[ $how == split ]] || kill -KILL "$server"
    finish "$how"
    [[ $how == sequential ]] || assert_equal "$status $stderr" '0 '
    [[ $how == split ]] || assert_equal "$stderr" 'bulk_client: send: Connection reset by peer'
  done
}

@test "bulk_client: arguments" {
  for wrong in '0' '1.5' '64 both' '64 split -1' '64 split 1s'; do
    # shellcheck disable=SC2086
    run ./bulk_client 127.0.0.1 9877 $wrong
    assert_equal "$status" 2
    assert_line --partial usage
  done
}
