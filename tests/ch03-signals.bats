#!/usr/bin/env bats
# shellcheck disable=SC2154 # variables of test_helper.bash
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

@test "handlers call only what signal-safety(7) lists" {
  # all functions that take a signal's number and no more: one line, or to a }
  bodies=$(sed -nE '/^static void [a-z_]+\(int( number)?\) \{/{
                      :more
                      /\}( *\/\/.*)?$/!{ N; b more }
                      p }' ./*.cpp)
  handlers=$(sed -nE 's/^static void ([a-z_]+)\(int( number)?\) .*/\1/p' <<<"$bodies" | sort -u | xargs)
  assert_equal "$handlers" 'again inner interrupt key_control note on_alarm once one_wait outer reap time_out wait_loop'
  # say() is write(); end() is connect(), getsockname(), read() or write()
  run grep -vwE "${handlers// /|}|if|while|_exit|end|load|raise|say|sysv_signal|wait|waitpid|write" \
    < <(grep -oE '[a-z_:]+\(' <<<"$bodies")
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

@test "job_control: its own alarm after SECONDS; SIGKILL always works" {
  run limit ./job_control 0.1
  assert_success
  assert_line --index -1 'SIGALRM (14) arrived'
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
  for ((round = $(many 20 200); round > 0; round--)); do
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
  kill -KILL "$(children "$server" | tr -d ' ')"
  finish server
  assert_equal "$status" 0
}
@test "nocldwait_server: 10,000 signals while 20 clients echo: no byte lost, no zombie, no deadlock" {
  storm ./nocldwait_server
}
