#!/usr/bin/env bats
# shellcheck disable=SC2154 # variables of test_helper.bash
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and that is well
load test_helper
setup() { in_chapter ch03-signals; }

# many FEW ALL: how often to do what only many tries make sure of; ALL if FULL=1
many() { [[ ${FULL-} == 1 ]] && echo "$2" || echo "$1"; }
# waits NAME REGEX: has printed that, and now sleeps
waits() { printed "$@" && has_state "${pid[$1]}" S; }
# What happens until `kill -CONT`, happens at once for the server.
stop_server_process() {
  kill -STOP "$server"
  wait_until has_state "$server" T
}
# The clients' ends of connections to the server: how many are in STATE
ends() { ss -Htan state "$1" "dport = :$port" | wc -l; }
has_ends() { [[ $(ends "$1") -eq $2 ]]; }

@test "handlers call only what signal-safety(7) lists, and keep errno" {
  # all functions that take a signal's number and no more
  bodies=$(awk '/^static void [a-z_]+\(int( number)?\) \{/ { inside = 1 }
    inside { print }
    /^\}/ || /^static.*\}/ { inside = 0 }' ./*.cpp)
  handlers=$(sed -nE 's/^static void ([a-z_]+)\(int( number)?\) .*/\1/p' <<<"$bodies" | sort -u | xargs)
  assert_equal "$handlers" 'again inner interrupt key_control note on_alarm once one_wait outer reap time_out wait_loop'
  # say() is write(); end() is connect(), getsockname(), read() or write()
  run grep -vwE "${handlers// /|}|if|while|_exit|end|load|raise|say|sysv_signal|wait|waitpid|write" \
    < <(grep -oE '[a-z_:]+\(' <<<"$bodies")
  assert_output ''
  # those that make calls which may change errno put it back (that it is lost
  # shows too seldom to be waited for); say() does so for those that call it
  says=$(sed -n '/^static void say(std::string_view/,/^}/p' ./*.cpp)
  run awk 'function look() { if (f ~ /(wait|waitpid|write|end)\(/ &&
             !(f ~ /const int saved = errno;.*\(.*errno = saved;/)) print f }
           /^static/ { look(); f = "" } { f = f $0 } END { look() }' <<<"$bodies"$'\n'"$says"
  assert_output ''
}

# --- signal and sigaction ---

three_sleeps_end_by_alarm() {
  run limit "$1" 0.1
  assert_success
  assert_equal "$(grep '^sleep [0-9]: 100 s$' <<<"$output")" "\
sleep 1: 100 s
sleep 2: 100 s
sleep 3: 100 s"
  (($(grep -c '^Time out!$' <<<"$output") >= 3))
  refute_line 'CTRL+C pressed'
}
three_sleeps_end_by_interrupt() {
  start sleeper "$1" 0
  for n in 1 2 3; do
    wait_until waits sleeper "^sleep $n: 100 s"
    assert_equal "$(grep -c 'CTRL+C pressed' "$BATS_TEST_TMPDIR/sleeper.out")" $((n - 1))
    kill -INT "${pid[sleeper]}"
  done
  finish sleeper
  assert_equal "$status" 0
  assert_equal "$(grep -c '^CTRL+C pressed$' <<<"$output")" 3
  refute_line 'Time out!'
}

@test "signal: SIGALRM every SECONDS ends three long sleeps, and each says how long it was" {
  three_sleeps_end_by_alarm ./signal
  run grep -cE '^sleep [123]: over after [0-9]\.[0-9]{2} s$' <<<"$output"
  assert_output 3
}
@test "signal: SIGINT ends a sleep" {
  three_sleeps_end_by_interrupt ./signal
}
@test "sigaction: SIGALRM ends three long sleeps" {
  three_sleeps_end_by_alarm ./sigaction
}
@test "sigaction: SIGINT ends a sleep" {
  three_sleeps_end_by_interrupt ./sigaction
}

@test "signal and sigaction, side by side: one-shot, restart, mask" {
  no_tsan ./signal
  start signal ./signal 0
  start sigaction ./sigaction 0
  wait_until printed signal '^sleep 1'
  wait_until printed sigaction '^sleep 1'
  assert_equal "$(out signal | head -n 2)
$(out sigaction | head -n 3)" "\
signal():      one-shot: no   restarts calls: yes  lets itself in: no
sysv_signal(): one-shot: yes  restarts calls: no   lets itself in: yes
SA_RESTART:    one-shot: no   restarts calls: yes  lets itself in: no   lets SIGINT in: yes
SA_RESETHAND:  one-shot: yes  restarts calls: no   lets itself in: no   lets SIGINT in: yes
0, and a mask: one-shot: no   restarts calls: no   lets itself in: no   lets SIGINT in: no"
}

@test "sigaction: sa_mask makes the second signal wait; a one-shot handler serves once" {
  no_tsan ./sigaction
  run limit ./sigaction 0.1
  assert_success
  assert_equal "$(sed '1,/^sleep 3/d; /^Time out!$/d' <<<"$output")" "\
SIGUSR2 comes while the handler of SIGUSR1 runs:
  the handler of SIGUSR1 begins
  the handler of SIGUSR2 runs
  the handler of SIGUSR1 ends
the same with SIGUSR2 in sa_mask:
  the handler of SIGUSR1 begins
  the handler of SIGUSR1 ends
  the handler of SIGUSR2 runs
SA_RESETHAND: the second SIGUSR1 kills the process
SA_RESETHAND, and the handler installs itself again: the second SIGUSR1 is handled too
without SA_RESETHAND: the second SIGUSR1 is handled too"
}

@test "sigaction: an alarm as often as can be does not disturb the rest" {
  no_tsan ./sigaction
  for _ in 1 2 3; do
    run limit ./sigaction 0.0001
    assert_success
    assert_line 'without SA_RESETHAND: the second SIGUSR1 is handled too'
  done
}

@test "signal: output that is lost in a handler is an error" {
  run limit sh -c './signal 0.01 >/dev/full'
  assert_equal "$status" 1
}

# --- restart and job_control ---

@test "restart: EINTR without SA_RESTART; with it the call goes on, but for poll()" {
  no_tsan ./restart
  run limit ./restart 0.02
  assert_success
  # more signals may come than are counted on, under load
  assert_equal "$(sed -E 's/after [0-9]+ signals?$/after signals/' <<<"$output" |
    sed -E '/^(accept|waitpid)/s/returned [0-9]+/returned N/')" "\
read()    no SA_RESTART   EINTR after signals
read()    SA_RESTART      returned 1 after signals
write()   no SA_RESTART   EINTR after signals
write()   SA_RESTART      returned 1 after signals
accept()  no SA_RESTART   EINTR after signals
accept()  SA_RESTART      returned N after signals
waitpid() no SA_RESTART   EINTR after signals
waitpid() SA_RESTART      returned N after signals
poll()    SA_RESTART      EINTR after signals"
  # those that went on did so twice and more
  run grep -cE ' SA_RESTART +returned [0-9]+ after ([3-9]|[0-9]{2,}) signals$' <<<"$output"
  assert_output 4
}

@test "restart: listens on 127.0.0.1, where only this machine can end its wait" {
  start restart ./restart 1000
  listens() { ss -Htlnp | grep "pid=${pid[restart]},"; }
  wait_until listens
  run listens
  assert_output --regexp ' 127\.0\.0\.1:[0-9]+ '
  assert_equal "${#lines[@]}" 1
}

@test "restart: refuses what is no length of time" {
  for seconds in 0 0.0001; do
    run limit ./restart "$seconds"
    assert_equal "$status" 2
  done
}

@test "job_control: each signal by name and number, what it does by default, what arrived" {
  start jobs ./job_control 0
  wait_until waits jobs '^SIGCHLD \(17\) arrived$' # its child has ended
  local job=${pid[jobs]}
  assert_equal "$(out jobs | sed 's/ [0-9]\{3,\}/ N/g')" "\
SIGINT    2  ends the process       Ctrl-C
SIGTERM  15  ends the process       kill, shutdown
SIGTSTP  20  stops the process      Ctrl-Z
SIGCONT  18  continues the process  fg, bg
SIGCHLD  17  is ignored             kernel: a child ended or stopped
SIGALRM  14  ends the process       kernel: alarm()
SIGKILL   9  cannot be caught: sigaction: Invalid argument
SIGSTOP  19  cannot be caught: sigaction: Invalid argument
process N waits for them; child N ends
SIGCHLD (17) arrived"
  has_children "$job" 0
  kill -INT "$job"
  wait_until waits jobs '^SIGINT \(2\) arrived$'
  kill -TERM "$job"
  wait_until waits jobs '^SIGTERM \(15\) arrived$'
  kill -TSTP "$job" # says so, and stops all the same
  wait_until printed jobs '^SIGTSTP \(20\) arrived$'
  wait_until has_state "$job" T
  kill -CONT "$job"
  wait_until waits jobs '^SIGCONT \(18\) arrived$'
  kill -STOP "$job" # stops without a word
  wait_until has_state "$job" T
  kill -CONT "$job"
  times() { [[ $(out jobs | grep -c "^$1 .* arrived$") -eq $2 ]]; }
  wait_until times SIGCONT 2
  kill -TSTP "$job" # it can be stopped a second time
  wait_until times SIGTSTP 2
  wait_until has_state "$job" T
  kill -CONT "$job"
  wait_until times SIGCONT 3
  kill -ALRM "$job"
  finish jobs
  assert_equal "$status" 0
  assert_equal "${lines[-1]}" 'SIGALRM (14) arrived'
}

# A full pipe holds it where SIGTSTP has come and it has not stopped yet. In
# sigsuspend() it blocks no signal, in write() it does.
@test "job_control: a SIGCONT that comes before it has stopped is not lost" {
  local pipe=$BATS_TEST_TMPDIR/pipe ends line=''
  mkfifo "$pipe"
  exec {ends}<>"$pipe"
  start jobs bash -c "exec ./job_control 0 >'$pipe' $ends>&-"
  until [[ $line == 'SIGCHLD (17) arrived' ]]; do read -r -t $((3 * patience)) -u "$ends" line; done
  dd if=/dev/zero of="$pipe" bs=4096 oflag=nonblock 2>/dev/null || true # until it is full
  kill -TSTP "${pid[jobs]}"
  writes() { grep -q '^SigBlk:.*[1-9a-f]' "/proc/${pid[jobs]}/status" && has_state "${pid[jobs]}" S; }
  wait_until writes
  kill -CONT "${pid[jobs]}"
  start reader bash -c "exec cat '$pipe' $ends>&-"
  wait_until printed reader 'SIGTSTP \(20\) arrived$'
  wait_until printed reader '^SIGCONT \(18\) arrived$'
  wait_until has_state "${pid[jobs]}" S
}

@test "job_control: its own alarm after SECONDS; SIGKILL always works" {
  before=${EPOCHREALTIME/./}
  run limit ./job_control 0.5 # more than it takes to start it on a busy machine
  assert_success
  assert_line --index -1 'SIGALRM (14) arrived'
  ((${EPOCHREALTIME/./} - before >= 500000))
  start jobs ./job_control 1000
  wait_until printed jobs '^process'
  kill -KILL "${pid[jobs]}"
  finish jobs
  assert_equal "$status" 137
}

@test "job_control: the default actions that it names are those of a program that does not care" {
  runs_sleep() { [[ $(ps -o comm= -p "${pid[$1]}") == sleep ]]; }
  for signal in INT TERM ALRM; do
    start "$signal" env --default-signal sleep 1000 # some runners ignore ALRM
    wait_until runs_sleep "$signal"
    kill -"$signal" "${pid[$signal]}"
    finish "$signal"
    assert_equal "$signal $status" "$signal $((128 + $(kill -l "$signal")))"
  done
  start other sleep 1000
  wait_until runs_sleep other
  kill -CHLD "${pid[other]}"
  kill -TSTP "${pid[other]}"
  wait_until has_state "${pid[other]}" T
  kill -CONT "${pid[other]}"
  wait_until has_state "${pid[other]}" S
}

# --- reap and lost_signals ---

@test "reap: two children end, their statuses are known, and no zombie remains" {
  start reap ./reap 0.05 1000
  wait_until printed reap '^both are gone'
  local parent=${pid[reap]}
  run out reap
  [[ ${lines[0]} =~ ^'Child proc id: '([0-9]+)$ ]]
  local first=${BASH_REMATCH[1]}
  [[ ${lines[1]} =~ ^'Child proc id: '([0-9]+)$ ]]
  local second=${BASH_REMATCH[1]}
  assert_equal "$(sed 1,2d <<<"$output")" "\
Removed proc id: $first
Child sent: 12
Removed proc id: $second
Child sent: 24
both are gone; I stay for 1000 s"
  has_state "$parent" S
  has_children "$parent" 0
}

@test "reap: children that end at once, at the same moment, or by a signal" {
  for _ in {1..20}; do # some end before fork() has returned in the parent
    run limit ./reap 0 0
    assert_success
    assert_equal "$(grep -c '^Removed' <<<"$output")" 2
    assert_line 'Child sent: 12'
    assert_line 'Child sent: 24'
  done
  start one ./reap 1000 0
  wait_until has_children "${pid[one]}" 2
  first=$(children "${pid[one]}" | head -n 1 | tr -d ' ')
  kill -KILL "$first"
  wait_until printed one "^Removed proc id: $first$" # the other runs on
  start reap ./reap 1000 0
  wait_until has_children "${pid[reap]}" 2
  kill -STOP "${pid[reap]}"
  wait_until has_state "${pid[reap]}" T
  for child in $(children "${pid[reap]}"); do kill -KILL "$child"; done
  wait_until has_zombies "${pid[reap]}" 2
  kill -CONT "${pid[reap]}"
  finish reap
  assert_equal "$status" 0
  assert_equal "$(grep -c '^Removed' <<<"$output")" 2
  assert_equal "$(grep -c '^Killed by signal: 9$' <<<"$output")" 2
}

@test "lost_signals: one SIGCHLD for N children: a wait() leaves N-1 zombies, a loop none" {
  for n in 1 2 5 200; do
    run limit ./lost_signals "$n"
    assert_success
    assert_output "\
one wait(): $n children ended, the handler ran 1 time, 1 removed, $((n - 1)) zombies left
waitpid loop: $n children ended, the handler ran 1 time, $n removed, 0 zombies left"
  done
  run limit ./lost_signals
  assert_line --regexp '^one wait\(\): 5 children .* 4 zombies left$'
}

@test "lost_signals: ps sees the zombies" {
  start lost ./lost_signals 5 1000
  wait_until printed lost '4 zombies left$'
  run ps -o stat=,args= --ppid "${pid[lost]}"
  assert_equal "$(grep -c '^Z.* \[lost_signals\] <defunct>$' <<<"$output")" 4
  assert_equal "${#lines[@]}" 4
}

@test "lost_signals and many_clients: N is a whole number from 1" {
  for program in ./lost_signals ./many_clients; do
    for n in 0 -1 5x '' 1.5 1000000; do
      run limit "$program" "$n"
      assert_equal "$program $n: $status" "$program $n: 2"
    done
  done
}

# --- the three cures for zombies, and the one that is none ---

# Five clients leave while the server is stopped, so that all five children
# have ended before it can handle the first SIGCHLD.
five_end_at_once() {
  start_server "$1" 0
  start clients ./many_clients 5 127.0.0.1 "$port" 1000
  wait_until printed clients '^5 clients: each has its line back$'
  has_children "$server" 5
  stop_server_process
  kill "${pid[clients]}"
  wait_until "$2"
  kill -CONT "$server"
  connect after
  ask after 'the server is back, and has handled its signals'
}
five_zombies() { has_zombies "$server" 5; }
no_child() { has_children "$server" 0; }

@test "single_wait_server: five clients leave at once: exactly four zombies" {
  five_end_at_once ./single_wait_server five_zombies
  has_zombies "$server" 4
  has_children "$server" 5
  run ps -o args= --ppid "$server"
  assert_equal "$(grep -c '^\[single_wait_ser.*\] <defunct>$' <<<"$output")" 4
}
@test "echo_server: five clients leave at once: no zombie" {
  five_end_at_once ./echo_server five_zombies
  has_zombies "$server" 0
  has_children "$server" 1
}
@test "nocldwait_server: five clients leave at once: no zombie, not even while it is stopped" {
  five_end_at_once ./nocldwait_server no_child
  has_zombies "$server" 0
  has_children "$server" 1
}
@test "shutdown_server: five clients leave at once: no zombie" {
  five_end_at_once ./shutdown_server five_zombies
  has_zombies "$server" 0
  has_children "$server" 1
}

@test "nocldwait_server: the exit status of its child is lost" {
  start_server ./nocldwait_server 0
  wait_until printed server '^child [0-9]+ exited with 3, but waitpid: No child processes$'
  has_children "$server" 0
}

@test "echo_server: rounds of 50 clients leave no zombie" {
  start_server ./echo_server 0
  for ((round = $(many 20 50); round > 0; round--)); do
    run limit ./many_clients 50 127.0.0.1 "$port"
    assert_output '50 clients: each has its line back'
  done
  wait_until no_child
}

@test "many_clients: its lines are its own; a server that sends others is found out" {
  start_server ../ch01-basics/daytime_server 0
  run limit ./many_clients 1 127.0.0.1 "$port"
  assert_failure 1
  assert_output 'many_clients: another line came back'
}

# --- EINTR, and a storm of signals ---

interrupted() {
  start_server "$@"
  for n in 1 2 3; do
    wait_until has_state "$server" S
    kill -CHLD "$server"
    connect "$n"
    ask "$n" 'accept() was interrupted, and called again'
    leave "$n"
    wait_until has_zombies "$server" 0
  done
  connect idle
  ask idle 'now in read()'
  for _ in 1 2 3; do
    child=$(children "$server" | tr -d ' ')
    wait_until has_state "$child" S
    kill -CHLD "$child"
  done
  ask idle 'read() was interrupted, and called again'
  assert_equal "$(err server)" ''
}
@test "single_wait_server: EINTR on accept() and read()" {
  interrupted ./single_wait_server 0
}
@test "echo_server: EINTR on accept() and read()" {
  interrupted ./echo_server 0
}
@test "nocldwait_server: SIGCHLD in accept() and read()" {
  interrupted ./nocldwait_server 0
}
@test "shutdown_server: SIGCHLD in poll() and read()" {
  interrupted ./shutdown_server 0
}

# The child sits in write(), with a client that does not read.
interrupted_write() {
  start_server "$1" 0
  start client "$ROOT/tests/probe" late "$address" "$port"
  wait_until printed client '^blocked after'
  child=$(children "$server" | tr -d ' ')
  for _ in 1 2 3; do
    wait_until has_state "$child" S
    kill -CHLD "$child"
  done
  end_input client
  finish client
  assert_equal "$status" 0
  assert_output --regexp 'all [0-9]+ bytes came back$'
}
@test "echo_server: EINTR on write(), and a short count" {
  interrupted_write ./echo_server
}
@test "shutdown_server: SIGCHLD in write()" {
  interrupted_write ./shutdown_server
}

# Ten of the clients make the server's write() wait, ten its read(). All signals
# go to the server, every twentieth to each of its children, too.
storm() {
  start_server "$1" 0
  clients=()
  for _ in {1..10}; do
    probe halfclose 1000000 3>&- &
    clients+=($!)
    probe lines 300 3>&- &
    clients+=($!)
  done
  bash -c 'for ((n = 1; n <= 10000; n++)); do # in Bats itself, a loop is slow
             if ((n % 20)); then kill -CHLD "$1"; else kill -CHLD -- "-$1"; fi
           done' storm "$server"
  for client in "${clients[@]}"; do
    wait "$client" || fail 'a client did not get back what it sent'
  done
  wait_until no_child
  connect after
  ask after 'alive and well'
  assert_equal "$(err server)" ''
}
@test "echo_server: 10,000 signals while 20 clients echo: no byte lost, no zombie, no deadlock" {
  storm ./echo_server
}
@test "shutdown_server: 10,000 signals while 20 clients echo: no byte lost, no zombie, no deadlock" {
  storm ./shutdown_server
  kill "$server"
  kill -KILL "$(children "$server" | tr -d ' ')" || true # or its GRACE was over first
  finish server
  assert_equal "$status" 0
}
@test "nocldwait_server: 10,000 signals while 20 clients echo: no byte lost, no zombie, no deadlock" {
  storm ./nocldwait_server
}

# --- what clients do to servers (tests/servers.bats has more of it) ---

survives_its_clients() {
  start_server "$@"
  probe echo 1000000
  probe halfclose 8388608
  probe reset connect sent midread idle halfclosed
  start never_reads "$ROOT/tests/probe" stall "$address" "$port"
  wait_until printed never_reads '^blocked after'
  connect other
  ask other 'not held up'
  end_input never_reads
  finish never_reads
  ask other 'nor by its leaving'
  has_state "$server" S
  assert_equal "$(err server)" ''
}
@test "single_wait_server: every byte comes back; resets, half-close, one that never reads" {
  survives_its_clients ./single_wait_server 0
}
@test "slow_accept_server: every byte comes back; resets, half-close, one that never reads" {
  survives_its_clients ./slow_accept_server 0 127.0.0.1 0
}

full_table_of_files() {
  start_server "$@"
  local free=0 before tries
  while [[ -e /proc/$server/fd/$free ]]; do free=$((free + 1)); done
  prlimit --pid "$server" --nofile="$free:"
  connect one
  printf 'later\n' >&"${client[one]}"
  complaints() { grep -c "^$name: accept: Too many open files$" "$BATS_TEST_TMPDIR/server.err"; }
  name=${1#./}
  before=${EPOCHREALTIME/./}
  wait_until eval '(($(complaints) >= 3))'
  # so many tries take at least so many pauses of 0.1 s less one: it does not spin
  tries=$(complaints)
  (((${EPOCHREALTIME/./} - before) / 100000 >= tries - 2)) || fail "$tries tries"
  prlimit --pid "$server" --nofile=64:
  read -r -t $((3 * patience)) reply <&"${client[one]}"
  assert_equal "$reply" later
}
@test "single_wait_server: a full table of files (EMFILE)" {
  full_table_of_files ./single_wait_server 0
}
@test "slow_accept_server: a full table of files (EMFILE)" {
  full_table_of_files ./slow_accept_server 0 127.0.0.1 0
}

# full_table_of_processes SERVER ARGUMENT...: it and one child are all there may be
full_table_of_processes() {
  few 2
  start_server "${few[@]}" "$@"
  connect one
  ask one 'has the one child'
  connect two
  refused two
  wait_until complained server "^${1#./}: fork: Resource temporarily unavailable$"
  ask one 'served on'
  leave one
  wait_until no_child
  connect three
  ask three 'has the place of the first'
  assert_equal "$(err server | grep -c .)" 1
}
@test "single_wait_server: a full table of processes (EAGAIN from fork)" {
  full_table_of_processes ./single_wait_server 0
}
@test "echo_server: a full table of processes (EAGAIN from fork)" {
  full_table_of_processes ./echo_server 0
}
@test "nocldwait_server: a full table of processes (EAGAIN from fork)" {
  full_table_of_processes ./nocldwait_server 0
}
@test "slow_accept_server: a full table of processes (EAGAIN from fork)" {
  full_table_of_processes ./slow_accept_server 0 127.0.0.1 0
}
@test "shutdown_server: a full table of processes (EAGAIN from fork)" {
  full_table_of_processes ./shutdown_server 0 127.0.0.1 1000
  leave three
  wait_until no_child
  kill "$server" # the client that got no child is not waited for
  finish server
  assert_equal "$status" 0
}
@test "echo_server, single_wait_server, nocldwait_server, slow_accept_server: no child keeps the port" {
  for name in echo single_wait nocldwait 'slow_accept 0 127.0.0.1'; do
    read -ra words <<<"$name"
    start_server "./${words[0]}_server" "${words[@]:1}" 0
    connect one
    ask one hello
    kill -KILL "$server"
    wait_until ended server
    nobody_listens
    ask one 'its child serves on'
    leave one
    stop_server
  done
}

@test "nocldwait_server: no process for its demonstration, yet it serves later" {
  few 1
  start_server "${few[@]}" ./nocldwait_server 0
  wait_until complained server '^nocldwait_server: fork: Resource temporarily unavailable$'
  wait_until has_state "$server" S
}

# --- a reset before accept(), a write after a reset ---

@test "abort_client: Linux accepts what was reset; then ECONNRESET, 0, EPIPE; the server goes on" {
  start_server ./slow_accept_server 0 127.0.0.1 0
  wait_until has_state "$server" S
  stop_server_process
  run limit ./abort_client 127.0.0.1 "$port"
  assert_success
  [[ $output =~ ^(127.0.0.1:[0-9]+)': connected, sent 0 bytes, reset'$ ]]
  first=${BASH_REMATCH[1]}
  run limit ./abort_client 127.0.0.1 "$port" hello
  [[ $output =~ ^(127.0.0.1:[0-9]+)': connected, sent 5 bytes, reset'$ ]]
  second=${BASH_REMATCH[1]}
  # out of the table of connections, yet in the queue of two
  run sockets "$port"
  assert_output --regexp "^LISTEN 2 +4096 +127.0.0.1:$port +[^ ]+ *$"
  kill -CONT "$server"
  wait_until printed server "^$first: write"
  wait_until printed server "^$second: write"
  assert_equal "$(out server | grep "^$first" | sed '1s/[0-9]*$/N/')" "\
$first: accept returned N
$first: getpeername: Transport endpoint is not connected
$first: read: Connection reset by peer
$first: read returned 0
$first: write: Broken pipe"
  assert_equal "$(out server | grep "^$second" | sed '1s/[0-9]*$/N/')" "\
$second: accept returned N
$second: getpeername: Transport endpoint is not connected
$second: read returned 5
$second: read: Connection reset by peer
$second: read returned 0
$second: write: Broken pipe"
  connect after
  ask after 'the server goes on'
  assert_equal "$(err server)" ''
}

@test "slow_accept_server: a client waits in the queue for SECONDS, connected but not served" {
  start_server ./slow_accept_server 0 127.0.0.1 1000
  connect one
  printf 'hello\n' >&"${client[one]}"
  wait_until printed server '^a client is in the queue$'
  run sockets "$port"
  assert_line --regexp "^LISTEN +1 "
  assert_line --regexp "^ESTAB +6 +0 +127.0.0.1:$port "
  stop_server
  start_server ./slow_accept_server 0 127.0.0.1 0.3
  before=${EPOCHREALTIME/./}
  connect two
  ask two 'and is served then'
  ((${EPOCHREALTIME/./} - before >= 300000))
}

# What POSIX has, and this kernel never does: accept() fails, once.
after_econnaborted() {
  command -v strace >/dev/null || skip 'strace is not installed'
  run strace -DD -o /dev/null true
  [[ $status -eq 0 ]] || skip "strace may not trace here: $output"
  start_server strace -qq -DD -o "$BATS_TEST_TMPDIR/trace" -e trace=accept \
    -e inject=accept:error=ECONNABORTED:when=1 "$@"
  connect one
  ask one 'served by the second accept()'
  run grep -c 'ECONNABORTED .*INJECTED' "$BATS_TEST_TMPDIR/trace"
  assert_output 1
}
@test "slow_accept_server: goes on where accept() fails with ECONNABORTED" {
  after_econnaborted ./slow_accept_server 0 127.0.0.1 0
  printed server '^accept: Software caused connection abort$'
}
@test "echo_server and shutdown_server: go on where accept() fails with ECONNABORTED" {
  after_econnaborted ./echo_server 0
  stop_server
  leave one
  after_econnaborted ./shutdown_server 0
}

after_a_reset() {
  start_server ./echo_server 0
  start client "${@:2}" ./sigpipe_client 127.0.0.1 "$port" "$1"
  wait_until has_children "$server" 1
  wait_until waits client '^connected'
  kill -KILL "$(children "$server" | tr -d ' ')"
  finish client
  assert_equal "$(head -n 4 <<<"$output")" "\
connected: now end the process that serves me
read returned 0: a FIN came
first write returned 6
a RST came: POLLERR yes, POLLHUP yes"
}
@test "sigpipe_client: killed by SIGPIPE, 141 in the shell; also if it was started with it ignored" {
  after_a_reset default
  assert_equal "$status" 141
  assert_equal "${#lines[@]}" 4
  stop_server
  unset 'pid[client]'
  end_input client
  after_a_reset default env --ignore-signal=PIPE
  assert_equal "$status" 141
}
@test "sigpipe_client: EPIPE where SIGPIPE is ignored" {
  after_a_reset ignore
  assert_equal "$status ${lines[4]}" '0 second write: Broken pipe'
}
@test "sigpipe_client: EPIPE with MSG_NOSIGNAL" {
  after_a_reset nosignal
  assert_equal "$status ${lines[4]}" '0 second write: Broken pipe'
}
@test "sigpipe_client: a RST without a FIN: the first write is one too many" {
  start_server ./echo_server 0
  stop_server_process
  start client ./sigpipe_client 127.0.0.1 "$port" ignore
  start killed ./sigpipe_client 127.0.0.1 "$port"
  wait_until has_ends established 2
  wait_until waits client '^connected'
  wait_until waits killed '^connected'
  stop_server # with both in the queue
  finish client
  assert_output "\
connected: now end the process that serves me
read: Connection reset by peer
first write: Broken pipe
a RST came: POLLERR no, POLLHUP yes
second write: Broken pipe"
  finish killed
  assert_equal "$status" 141
  assert_equal "${lines[-1]}" 'read: Connection reset by peer'
}

# --- time limits ---

# the seconds in a line about CALL, limited by LIMIT; at least 0.1
took() {
  local seconds
  seconds=$(sed -n "s/^$1, limited by $2: $3 after \([0-9.]*\) s$/\1/p" <<<"$output")
  [[ $seconds ]] || fail "no line on $1, limited by $2, with $3"
  [[ $3 == 'done' || $seconds != 0.0* ]] || fail "$1, limited by $2, ended after $seconds s"
}

@test "timeout_client: read() is limited by alarm(), EINTR, and SO_RCVTIMEO, EAGAIN" {
  start_server ./echo_server 0
  run limit ./timeout_client 127.0.0.1 "$port" 0.1
  assert_success
  assert_equal "${#lines[@]}" 4
  took connect 'alarm()' 'done'
  took read 'alarm()' EINTR
  took connect SO_SNDTIMEO 'done'
  took read SO_RCVTIMEO EAGAIN
}

@test "timeout_client: connect() is limited by alarm(), EINTR, and SO_SNDTIMEO, EINPROGRESS" {
  start_server ./slow_accept_server 0 127.0.0.1 1000 0
  connect one
  queue_is_full() { sockets "$port" | grep -qE '^LISTEN +1 +0 '; }
  wait_until queue_is_full
  run limit ./timeout_client 127.0.0.1 "$port" 0.1
  assert_success
  assert_equal "${#lines[@]}" 2
  took connect 'alarm()' EINTR
  took connect SO_SNDTIMEO EINPROGRESS
}

@test "timeout_client: no limit is reached where the server answers; 0 is no limit" {
  start_server ../ch01-basics/daytime_server 0
  run limit ./timeout_client 127.0.0.1 "$port" 50
  assert_success
  took connect 'alarm()' 'done'
  took read 'alarm()' 'done'
  took connect SO_SNDTIMEO 'done'
  took read SO_RCVTIMEO 'done'
  for seconds in 0 0.0001; do
    run limit ./timeout_client 127.0.0.1 "$port" "$seconds"
    assert_equal "$seconds $status" "$seconds 2"
  done
}

# --- shutdown_server ---

# It has ended with status 0, and left neither a process nor the port.
ended_well() {
  finish server
  assert_equal "$status" 0
  assert_equal "$(err server)" ''
  # its process group is that of all its children
  [[ -z $(group "$server") ]] || fail "left: $(group "$server")"
  nobody_listens
}

@test "shutdown_server: SIGTERM with no client ends it at once" {
  start_server ./shutdown_server 0 127.0.0.1 1000
  kill "$server"
  ended_well
  assert_line 'SIGTERM: no more clients; 0 have 1000 s to finish'
}

@test "shutdown_server: SIGTERM with one client, who may finish; nobody else may come" {
  start_server ./shutdown_server 0 127.0.0.1 1000
  connect one
  ask one before
  kill "$server"
  wait_until waits server '^SIGTERM: no more clients; 1 have 1000 s to finish$'
  nobody_listens
  run limit ./many_clients 1 127.0.0.1 "$port"
  assert_output "many_clients: connect: Connection refused (127.0.0.1:$port)"
  ask one 'served all the same'
  leave one
  ended_well
  refute_output --partial SIGKILL
}

@test "shutdown_server: SIGTERM with 50 clients, idle, in a line, one that never reads: GRACE, then FIN" {
  start_server ./shutdown_server 0 127.0.0.1 0.5
  start idle ./many_clients 39 127.0.0.1 "$port" 1000
  for n in {1..10}; do
    connect "$n"
    printf 'half a li' >&"${client[$n]}"
    read -r -n 9 -t $((3 * patience)) reply <&"${client[$n]}"
    assert_equal "$reply" 'half a li'
  done
  start never_reads "$ROOT/tests/probe" stall "$address" "$port"
  wait_until printed never_reads '^blocked after'
  wait_until printed idle '^39 clients'
  has_children "$server" 50
  before=${EPOCHREALTIME/./}
  kill "$server"
  finish server
  took=$((${EPOCHREALTIME/./} - before))
  ended_well
  # no longer than a second more, the longer the more others use the processors
  read -r load _ </proc/loadavg
  ((took >= 500000 && took < 1500000 + ${load%.*} * 100000)) || fail "it took $took microseconds"
  assert_line 'SIGTERM: no more clients; 50 have 0.5 s to finish'
  assert_line '50 are left: SIGKILL'
  # a FIN for each, only who has not read is reset: there was more for him
  assert_equal "$(ends close-wait)" 49
  assert_equal "$(ends established)" 0
}

@test "shutdown_server: a second SIGTERM ends it at once" {
  start_server ./shutdown_server 0 127.0.0.1 1000
  start clients ./many_clients 50 127.0.0.1 "$port" 1000
  wait_until printed clients '^50 clients'
  kill "$server"
  wait_until waits server '^SIGTERM: no more clients; 50 '
  has_children "$server" 50
  kill "$server"
  ended_well
  assert_equal "$(ends close-wait)" 50
}

@test "shutdown_server: GRACE_SECONDS 0 is none; a stopped child does not hold it up" {
  start_server ./shutdown_server 0 127.0.0.1 0
  connect one
  ask one hello
  child=$(children "$server" | tr -d ' ')
  kill -STOP "$child"
  wait_until has_state "$child" T
  kill "$server"
  ended_well
  refused one
}

@test "shutdown_server: who was in the queue when SIGTERM came is served" {
  start_server ./shutdown_server 0 127.0.0.1 1000
  wait_until has_state "$server" S
  stop_server_process
  start clients ./many_clients 50 127.0.0.1 "$port" 0
  wait_until has_ends established 50
  kill "$server"
  kill -CONT "$server"
  finish clients
  assert_equal "$output" '50 clients: each has its line back'
  ended_well
}

@test "shutdown_server: SIGTERM while the table of files is full" {
  # a sanitizer's search for leaks at the end would need a descriptor
  start_server env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" ./shutdown_server 0 127.0.0.1 1000
  prlimit --pid "$server" --nofile=3:
  connect one
  wait_until complained server 'accept: Too many open files'
  kill "$server"
  finish server
  assert_equal "$status" 0
  refused one
}

@test "shutdown_server: SIGTERM ends its children, and only them, if it is sent to them" {
  start_server ./shutdown_server 0 127.0.0.1 1000
  connect one
  ask one hello
  kill "$(children "$server" | tr -d ' ')"
  refused one
  wait_until no_child
  connect two
  ask two 'the server goes on'
}

@test "shutdown_server: started with SIGCHLD ignored, it still knows who has finished" {
  start_server env --ignore-signal=CHLD ./shutdown_server 0 127.0.0.1 1000
  connect one
  ask one hello
  leave one
  wait_until no_child
  kill "$server"
  ended_well
}

# While the server is busy with eight clients: SIGTERM comes before accept(),
# between accept() and fork(), and after it.
@test "shutdown_server: SIGTERM at any moment between accept() and fork(): no child, no port is left" {
  local many
  many=$(many 100 250)
  ! sanitized ./shutdown_server || many=50 # its processes cost more
  run limit bash -c '
    set -m 2>/dev/null
    for ((n = 0; n < $1; n++)); do
      coproc SERVER { exec ./shutdown_server 0 127.0.0.1 0; }
      pid=$SERVER_PID
      read -r _ _ where <&"${SERVER[0]}"
      clients=()
      for ((i = n % 8; i < 8; i++)); do
        exec {fd}<>"/dev/tcp/${where/://}"
        clients+=("$fd")
      done
      kill "$pid"
      status=0
      wait "$pid" || status=$?
      [[ $status -eq 0 ]] || echo "try $n: status $status"
      ! kill -0 -- "-$pid" || { echo "try $n: a child is left"; kill -KILL -- "-$pid"; }
      ! : 2>/dev/null <>"/dev/tcp/${where/://}" || echo "try $n: the port is left"
      for fd in "${clients[@]}"; do
        read -r -t 10 -u "$fd" # the end, or a reset
        [[ $? -eq 1 ]] || echo "try $n: a client has not been left"
        exec {fd}>&-
      done
    done 2>/dev/null' race "$many"
  assert_success
  assert_output ''
}
