#!/usr/bin/env bats
# Chapter 4, program by program. What the servers have in common is tested in
# servers.bats.
load test_helper
setup() { in_chapter ch04-select; }

start_probe() { start "$1" "$ROOT/tests/probe" "$2" "$address" "$port" "${@:3}"; }
# files N: sets the array files to a command that runs another one with 0, 1, 2
# and room for N descriptors in all
files() {
  files=("${bare[@]}" prlimit --nofile="$1")
  run "${files[@]}" true
  [[ $status -eq 0 ]] || skip "no room for $1 descriptors here: $output"
}
threads() { find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l; }
has_threads() { [[ $(threads "$1") -eq $2 ]]; }
# threads of thread_server's own: ThreadSanitizer starts one, with the first client
own_threads() { sanitized ./thread_server tsan && echo 2 || echo 1; }
# with_others_stopped CHILD COMMAND: so that the client that
# COMMAND connects, its name being CHILD, is served by that child
with_others_stopped() {
  local child
  for child in $(children "$server"); do
    [[ $child -eq $1 ]] || kill -STOP "$child"
    [[ $child -eq $1 ]] || wait_until has_state "$child" T
  done
  "${@:2}"
  ask "$1" 'who serves me?'
  for child in $(children "$server"); do kill -CONT "$child"; done
}

@test "fd_sets: the bits of descriptors 1, 4 and 7; FD_SETSIZE is refused" {
  run -0 ./fd_sets 0
  assert_line --index 0 'descriptor             0 1 2 3 4 5 6 7'
  assert_line --index 1 'FD_ZERO                0 0 0 0 0 0 0 0'
  assert_line --index 2 'FD_SET 1, 4, 7         0 1 0 0 1 0 0 1'
  assert_line --index 3 'FD_CLR 4               0 1 0 0 0 0 0 1'
  assert_line 'FD_ISSET(1): yes'
  assert_line 'FD_ISSET(4): no'
  assert_line 'FD_ISSET(7): yes'
  assert_line 'descriptor 1023: FD_SET'
  assert_line 'descriptor 1024: refused, an fd_set has no bit for it'
}

@test "fd_sets: select() overwrites the sets with its answer" {
  run -0 ./fd_sets 0
  assert_line 'to be read, before     0 0 0 0 1 0 0 1'
  assert_line 'to be written, before  0 1 0 0 0 0 0 0'
  assert_line 'select(nfds = 8) = 2 ready'
  assert_line 'to be read, after      0 0 0 0 0 0 0 1'
  assert_line 'to be written, after   0 1 0 0 0 0 0 0'
}

@test "fd_sets: the three time-outs, and what Linux leaves of a timeval" {
  # a second: the byte comes halfway, and a loaded machine may be late
  run -0 ./fd_sets 1
  assert_line --regexp '^time-out 0: 0 ready after 0\.[0-4].* s, timeval is now \{0, 0\}$'
  assert_line --regexp '^limited, nothing comes: 0 ready after [1-9].* s, timeval is now \{0, 0\}$'
  assert_line --regexp '^limited, a byte comes: 1 ready after [0-9.]* s, timeval is now \{0, [1-9][0-9]*\}$'
  assert_line --regexp '^no limit, a byte comes: 1 ready after [0-9.]* s$'
}

@test "select, poll, epoll, pselect: many clients, and no child and no thread" {
  for name in select poll epoll pselect; do
    start_server "./${name}_server" 0
    start_probe "$name" hold 20
    wait_until printed "$name" '^20 served, 0 refused$'
    assert_equal "$name $(threads "$server") $(children "$server")" "$name 1 "
    stop_server
  done
}

# A table of 1,024 descriptors is full when select's sets are; of 1,100 is not.
@test "select_server: 1,020 clients, FD_SETSIZE less 4; the next ones are told and closed, the others go on" {
  for room in 1024 1100; do
    files "$room"
    start_server "${files[@]}" ./select_server 0
    connect one
    ask one before
    start_probe "many$room" hold 1030
    wait_until printed "many$room" ' served, '
    assert_equal "$(out "many$room")" $'told: too many clients\n1019 served, 11 refused'
    ask one after
    end_input "many$room"
    finish "many$room"
    leave one
    stop_server
  done
}

# 3 to 1,099 were open before: the numbers that are left are too high for an fd_set.
@test "select_server, pselect_server, select_client, io_models: no descriptor below FD_SETSIZE" {
  files 1200
  files+=(bash -c 'for fd in {3..1099}; do eval "exec $fd</dev/null"; done; exec "$@"' many)
  start_server ./poll_server 0
  for command in 'select_server 0' 'pselect_server 0' 'pselect_server 0 127.0.0.1 pipe' \
    "select_client 127.0.0.1 $port" 'io_models 0'; do
    read -ra words <<<"$command"
    run -1 --separate-stderr limit "${files[@]}" "./${words[0]}" "${words[@]:1}" </dev/null
    assert_regex "$stderr" "^${words[0]}: descriptor 110[02]: an fd_set has no bit for it$"
    refute_output --partial listening
  done
}

@test "select, poll, epoll, thread, pselect: the spare descriptor is taken back, also where no file can be opened any more" {
  command -v strace >/dev/null || skip 'strace is not installed'
  run strace -DD -o /dev/null true
  [[ $status -eq 0 ]] || skip "strace may not trace here: $output"
  for each in select poll epoll thread pselect; do
    # -P: of its calls to open(), those for the spare; the first one succeeds
    start_server strace -f -qq -DD -o "$BATS_TEST_TMPDIR/trace" -P /dev/null -e trace=openat \
      -e inject=openat:error=ENFILE:when=2+ "./${each}_server" 0
    local free=0
    while [[ -e /proc/$server/fd/$free ]]; do free=$((free + 1)); done
    prlimit --pid "$server" --nofile=$((free + 1)):
    connect "one$each"
    ask "one$each" before
    for name in two three; do
      connect "$name$each"
      read -r -t $((3 * patience)) reply <&"${client[$name$each]}"
      assert_equal "$name: $reply" "$name: too many clients"
      refused "$name$each"
      leave "$name$each"
    done
    ask "one$each" after
    leave "one$each"
    stop_server
  done
}

@test "poll_server, epoll_server, thread_server, prefork_server: 2,000 clients" {
  local many=2000
  ! sanitized ./thread_server || many=200 # its threads cost more
  for name in poll epoll thread prefork; do
    files 2020
    start_server "${files[@]}" "./${name}_server" 0
    start_probe "$name" hold "$many"
    wait_until printed "$name" ' served, '
    assert_equal "$name $(out "$name")" "$name $many served, 0 refused"
    stop_server
  done
}

@test "thread_server: ps -L shows a thread for each client, and one for main" {
  start_server ./thread_server 0
  has_threads "$server" 1
  local own
  own=$(own_threads)
  start_probe clients hold 3
  wait_until printed clients '^3 served'
  run ps -L -o pid=,lwp=,nlwp= -p "$server"
  assert_equal "${#lines[@]}" $((own + 3))
  assert_line --regexp "^ *$server +$server +$((own + 3))$"
  assert_equal "$(children "$server")" ''
  end_input clients
  wait_until has_threads "$server" "$own"
}

@test "thread_server: no thread to be had: that client is told and closed, the others go on" {
  local own
  own=$(own_threads)
  few $((own + 2))
  start_server "${few[@]}" ./thread_server 0
  connect one
  ask one hello
  connect two
  ask two hello
  connect three
  read -r -t $((3 * patience)) reply <&"${client[three]}"
  assert_equal "$reply" 'too many clients'
  refused three
  assert_equal "$(err server)" 'thread_server: thread: Resource temporarily unavailable'
  ask one 'still there'
  leave two
  wait_until has_threads "$server" $((own + 1))
  connect four
  ask four hello
}

@test "prefork_server: four children by default, or CHILDREN, which all accept on one socket" {
  start_server ./prefork_server 0
  wait_until has_children "$server" 4
  listener=$(ss -Htlnpe "sport = :$port")
  for child in $(children "$server"); do
    [[ $listener == *"pid=$child,"* ]] || fail "$child has not the listener: $listener"
  done
  stop_server
  start_server ./prefork_server 0 127.0.0.1 2
  wait_until has_children "$server" 2
  for child in $(children "$server"); do
    with_others_stopped "$child" connect "$child"
    ask "$child" hello
    [[ $(ss -Htnp "sport = :$port") == *"pid=$child,"* ]] || fail "$child serves nobody"
  done
}

@test "prefork_server: a child that comes to accept() too late does not wait there" {
  command -v strace >/dev/null || skip 'strace is not installed'
  run strace -DD -o /dev/null true
  [[ $status -eq 0 ]] || skip "strace may not trace here: $output"
  # so slow that both children come to it for the first client
  start_server strace -f -qq -DD -o "$BATS_TEST_TMPDIR/trace" -e trace=accept4 \
    -e inject=accept4:delay_enter=100000 ./prefork_server 0 127.0.0.1 2
  wait_until has_children "$server" 2
  for name in one two; do
    connect "$name"
    ask "$name" hello
  done
  ask one again
  ask two again
}

@test "prefork_server: CHILDREN that are no number from 1 to 100" {
  for children in 0 101 -1 2x ''; do
    run -2 --separate-stderr limit ./prefork_server 0 127.0.0.1 "$children"
    assert_equal "$stderr" "prefork_server: not a number of children from 1 to 100: '$children'"$'\n'"usage: ./prefork_server [PORT [ADDRESS [CHILDREN=4]]]"
  done
}

@test "prefork_server: a child that is killed is replaced, and the clients of the others stay" {
  start_server ./prefork_server 0 127.0.0.1 2
  wait_until has_children "$server" 2
  read -r victim other < <(children "$server" | xargs)
  for child in "$victim" "$other"; do with_others_stopped "$child" connect "$child"; done
  kill "$victim" # SIGTERM, which its parent has blocked
  refused "$victim"
  wait_until printed server "^child $victim is gone$"
  wait_until has_children "$server" 2
  has_zombies "$server" 0
  ask "$other" hello
  probe echo 10000
}

@test "prefork_server: SIGTERM ends all, also a child that is stopped, also if it was started with SIGTERM ignored" {
  for trap in - "''"; do
    start_server sh -c "trap $trap TERM; exec ./prefork_server 0 127.0.0.1 2"
    wait_until has_children "$server" 2
    read -r stopped _ < <(children "$server" | xargs)
    kill -STOP "$stopped"
    wait_until has_state "$stopped" T
    kill "$server"
    finish server
    assert_equal "$status" 0
    [[ -z $(group "$server") ]] || fail "left: $(group "$server")"
    stop_server
  done
}

@test "prefork_server: killed with SIGKILL, it leaves no children and the port is free" {
  start_server ./prefork_server 0
  wait_until has_children "$server" 4
  children=$(children "$server")
  kill -KILL "$server"
  for child in $children; do wait_until gone "$child"; done
  nobody_listens
}

# Beside a shell in its process group: that of the others is orphaned when the parent
# ends, and the kernel has what is stopped in it go on.
@test "prefork_server: killed with SIGKILL, it leaves no child that is stopped" {
  start shell sh -c './prefork_server 0 127.0.0.1 2 & wait; exec cat'
  wait_until printed shell '^listening on '
  server=$(children "${pid[shell]}" | tr -d ' ')
  wait_until has_children "$server" 2
  read -r stopped other < <(children "$server" | xargs)
  kill -STOP "$stopped"
  wait_until has_state "$stopped" T
  kill -KILL "$server"
  for child in "$stopped" "$other"; do wait_until gone "$child"; done
}

@test "prefork_server: fork() fails: it serves with the children that it has" {
  no_tsan ./prefork_server
  few 3
  start_server "${few[@]}" ./prefork_server 0
  wait_until complained server '^prefork_server: fork: Resource temporarily unavailable$'
  has_children "$server" 2
  probe echo 1000
  kill -KILL "$(children "$server" | head -n 1)"
  wait_until printed server 'is gone$'
  wait_until has_children "$server" 2
  probe echo 1000
}

@test "pselect_server: SIGTERM at the worst moment: lost by select(), seen by pselect() and by the self-pipe" {
  no_tsan ./pselect_server
  start_server ./pselect_server 0 127.0.0.1 select now
  # it has the signal, has asked the flag before, and waits
  wait_until has_state "$server" S
  connect one # its next turn finds the flag
  finish server
  assert_equal "$status" 0
  assert_line 'Terminated: closing the listener and all clients'
  for way in pselect pipe; do
    start "$way" ./pselect_server 0 127.0.0.1 "$way" now
    finish "$way"
    assert_equal "$way $status" "$way 0"
    assert_line 'Terminated: closing the listener and all clients'
  done
}

@test "pselect_server: SIGINT or SIGTERM while it is busy or idle ends it, status 0" {
  no_tsan ./pselect_server
  for way in pselect pipe select; do
    for signal in INT TERM; do
      start_server ./pselect_server 0 127.0.0.1 "$way"
      if [[ $signal == TERM ]]; then
        start_probe "busy$way" echo 200000000
        wait_until eval '[[ $(sockets "$port" | grep -c ESTAB) -gt 0 ]]'
      fi
      # select() alone may miss it: that is its fault, and the next turn mends it
      kill -"$signal" "$server"
      [[ $way != select ]] || (connect nudge) 2>/dev/null || true
      finish server
      assert_equal "$way $signal $status" "$way $signal 0"
      unset 'pid[server]'
      rm "$BATS_TEST_TMPDIR"/server.{out,err}
    done
  done
}

@test "pselect_server: started without descriptor 0, the self-pipe works all the same" {
  no_tsan ./pselect_server
  start_server sh -c 'exec ./pselect_server 0 127.0.0.1 pipe <&-'
  connect one
  ask one hello
  wait_until has_state "$server" S # idle
  kill "$server"
  finish server
  assert_equal "$status" 0
  assert_equal "${lines[-1]}" 'Terminated: closing the listener and all clients'
}

@test "pselect_server: a way or a moment that does not exist" {
  run -2 --separate-stderr limit ./pselect_server 0 127.0.0.1 poll
  assert_equal "${stderr_lines[0]}" "pselect_server: not pselect, pipe or select: 'poll'"
  run -2 --separate-stderr limit ./pselect_server 0 127.0.0.1 pipe soon
  assert_equal "${stderr_lines[0]}" "pselect_server: not later or now: 'soon'"
}

@test "select_client: sees the server's end at once; echo_client sees it a line later" {
  start_server ./select_server 0
  start client ./select_client 127.0.0.1 "$port"
  start stevens ../ch01-basics/echo_client 127.0.0.1 "$port"
  for name in client stevens; do
    say "$name" hello
    wait_until printed "$name" '^hello$'
  done
  kill -KILL "$server"
  finish client # nothing is typed
  assert_equal "$status" 1
  assert_equal "$stderr" 'select_client: server terminated prematurely'
  # the other one has the FIN too, and sits in read()
  wait_until eval 'sockets "$port" | grep -q "^CLOSE-WAIT"'
  has_state "${pid[stevens]}" S
  say stevens again
  finish stevens
  assert_equal "$status" 1
}

@test "select_client: the end of its input is a half-close; what is under way is still printed" {
  # a server that answers when the client has ended its part
  start_server ./select_server 0
  start client ./select_client 127.0.0.1 "$port"
  kill -STOP "$server"
  wait_until has_state "$server" T
  say client one
  say client two
  end_input client
  wait_until eval 'sockets "$port" | grep -q "^FIN-WAIT-2"'
  run out client
  assert_output ''
  kill -CONT "$server"
  finish client
  assert_equal "$status" 0
  assert_equal "$output" $'one\ntwo'
  assert_equal "$stderr" ''
}

@test "select_client: 10 MB through a pipe come back whole, also when both directions are full" {
  start_server ./poll_server 0
  set -o pipefail
  local data=$BATS_TEST_TMPDIR/data
  head -c 10000000 /dev/urandom >"$data"
  # shellcheck disable=SC2002 # a pipe, not a file
  cat "$data" | limit ./select_client 127.0.0.1 "$port" | cmp - "$data"
  # a server that now and then reads no more before it has sent: all buffers fill
  stop_server
  start_server ../ch05-client-split/slow_echo_server 0 127.0.0.1 100
  cat "$data"{,,} | limit ./select_client 127.0.0.1 "$port" | cmp - <(cat "$data"{,,})
}

@test "select_client: empty input, input without a newline, output that goes nowhere" {
  start_server ./select_server 0
  run -0 limit ./select_client 127.0.0.1 "$port" </dev/null
  assert_output ''
  run -0 limit ./select_client 127.0.0.1 "$port" < <(printf 'no newline')
  assert_output 'no newline'
  run -1 --separate-stderr limit sh -c './select_client 127.0.0.1 "$1" >/dev/full' sh "$port" <<<hello
  assert_equal "$stderr" 'select_client: cannot write its output'
}

@test "select_client: a server that closes first, with bytes missing, is an error" {
  start_server ./select_server 0
  start client ./select_client 127.0.0.1 "$port"
  kill -STOP "$server"
  wait_until has_state "$server" T
  say client lost
  end_input client
  wait_until eval 'sockets "$port" | grep -q "^FIN-WAIT-2"'
  stop_server # a RST, for the line was not read
  finish client
  assert_equal "$status" 1
  assert_equal "$output" ''
  # one that reads all, returns what is before the NUL, and then sends a FIN
  start_server ../ch01-basics/shift_server 0
  kill -STOP "$server"
  start other ./select_client 127.0.0.1 "$port"
  printf 'ab\0lost' >&"${input[other]}"
  end_input other
  wait_until eval 'sockets "$port" | grep -q "^FIN-WAIT-2"'
  kill -CONT "$server"
  finish other
  assert_equal "$status $output $stderr" '1 cd select_client: server terminated prematurely'
}

@test "io_models: the same bytes in five ways, and what the process did meanwhile" {
  no_tsan ./io_models
  run -0 limit ./io_models 0.1
  assert_equal "${#lines[@]}" 5
  local cpu="[0-9.]+ s of CPU; meanwhile it"
  assert_line --index 0 --regexp "^blocking: 'hello', $cpu slept in read\(\)$"
  assert_line --index 1 --regexp "^non-blocking: 'hello', $cpu asked and got EAGAIN [1-9][0-9]* times$"
  assert_line --index 2 --regexp "^multiplexed: 'hello', $cpu slept in select\(\), which could watch others too$"
  assert_line --index 3 --regexp "^signal-driven: 'hello', $cpu did [1-9][0-9]* units of work until SIGIO came$"
  assert_line --index 4 --regexp "^asynchronous: 'hello', $cpu did [1-9][0-9]* units of work, the data was there$"
  # who sleeps uses no CPU
  for sleeper in 0 2; do
    [[ ${lines[sleeper]} =~ ', 0.00'[0-9]' s of CPU' ]] || fail "${lines[sleeper]}"
  done
}

@test "io_models: data that is there already is read in all five ways" {
  no_tsan ./io_models
  for _ in {1..10}; do
    run -0 limit ./io_models 0
    assert_equal "$(grep -c "'hello'" <<<"$output")" 5
  done
}
