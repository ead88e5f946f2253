#!/usr/bin/env bats
# The demos of slides/demos: each runs through, and shows what it claims; and
# the library that they are written in keeps its promises.
load test_helper
setup() { cd "$ROOT/slides/demos" || return; }

# NAME [WORD=VALUE...]: runs it as a stream. A demo that cannot run is skipped.
demo() {
  run limit env "${@:2}" "./$1.sh"
  [[ $status -ne 77 ]] || skip "$output"
  assert_success
  refute_output --regexp '(^|: )line [0-9]+: ' # of bash
}

@test "zombie: ps shows it with its parent's PPID, killed or not, until the parent has gone" {
  demo zombie
  [[ $output =~ 'parent '([0-9]+)': my child is '([0-9]+) ]]
  local zombie="^ +${BASH_REMATCH[2]} +${BASH_REMATCH[1]} Z[<N]? +\[zombie\] <defunct>$"
  assert_equal "$(grep -cE "$zombie" <<<"$output")" 2
  assert_line '=> The zombie has gone with its parent.'
}

@test "orphan: ps shows its adopter as its parent, and the zombie is gone" {
  demo orphan
  [[ $output =~ 'child '([0-9]+)': now my parent is '([0-9]+) ]]
  assert_line --regexp "^ +${BASH_REMATCH[1]} +${BASH_REMATCH[2]} [SR].* ./orphan 1000$"
  assert_line --regexp 'zombie [0-9]+ is gone: [0-9]+ \(.*\) waited for it$'
}

@test "wait: both statuses, and no zombie while the parent lives" {
  demo wait
  assert_line 'wait   | Child sent one: 3'
  assert_line 'wait   | Child sent two: 7'
  refute_output --partial defunct
}

@test "waitpid: asks several times, then has the status; and picks children" {
  demo waitpid
  assert_line 'waitpid | Child sent 24'
  assert_line --partial 'waitpid(0), again: No child processes'
}

@test "concurrent-echo: two clients are served side by side; zombies until the next" {
  demo concurrent-echo
  assert_line 'bob    | hello from bob'
  assert_line 'ann    | and from ann'
  assert_equal "$(grep -c '\[echo_server\] <defunct>$' <<<"$output")" 2
  assert_equal "$(grep -c '^server | child [0-9]* has ended$' <<<"$output")" 2
}

@test "signal: each Ctrl-C runs the handler and ends one sleep" {
  no_tsan "$ROOT/ch03-signals/signal"
  demo signal
  assert_equal "$(grep -c '^signal . CTRL+C pressed$' <<<"$output")" 3
  assert_line --regexp '^signal . sleep 3: over after [0-9.]+ s$'
}

@test "sigaction: a masked signal waits; one-shot handlers" {
  demo sigaction
  assert_line '  SA_RESETHAND: the second SIGUSR1 kills the process'
}

@test "lost-signals: one signal for five children: four zombies, or none" {
  demo lost-signals
  assert_line --regexp 'one wait\(\): .* 4 zombies left$'
  assert_line --regexp 'waitpid loop: .* 0 zombies left$'
}

@test "reap: both are waited for as they end, and ps shows the parent alone" {
  demo reap
  assert_line 'reap   | Child sent: 12'
  assert_line 'reap   | Child sent: 24'
  refute_output --partial defunct
}

@test "single-wait: as many zombies as it says, and none with the loop" {
  demo single-wait
  [[ $output =~ 'SIGCHLD: '([0-9]+)' zombies this time' ]]
  assert_equal "$(grep -c '<defunct>$' <<<"$output")" "${BASH_REMATCH[1]}"
  assert_line --regexp '^=> None, every time'
}

@test "shutdown: nobody new, the old client served; the second SIGTERM ends it, status 0" {
  demo shutdown
  assert_line --partial 'connect: Connection refused'
  assert_line 'client | two'
  assert_line 'server | 1 are left: SIGKILL'
  assert_line 'client | select_client: server terminated prematurely'
}

@test "select: one process and one thread serve two clients" {
  demo select
  assert_line --regexp '^ +[0-9]+ +[0-9]+ [SR][^ ]* +1 ./select_server( 0)?$'
  assert_line 'bob    | hello from bob'
  assert_line 'bob    | still there?'
}

@test "thread: a thread more for each client" {
  no_tsan "$ROOT/ch04-select/thread_server"
  demo thread
  assert_equal "$(grep -cE '^ +[0-9]+ +[0-9]+ [SR][^ ]*l[^ ]* +./thread_server( 0)?$' <<<"$output")" 3
}

@test "split: what is typed before an answer has come is answered too" {
  demo split
  assert_line 'client | Message from server: two'
  assert_line 'client | Message from server: three'
}

@test "stop-and-wait: five round trips against one" {
  demo stop-and-wait
  assert_equal "$(grep -c '^  Message from server: ' <<<"$output")" 10
  [[ $output =~ 'another: '([0-9]+) ]]
  assert [ "${BASH_REMATCH[1]}" -ge 2 ]
}

@test "bulk-deadlock: 64 MB written before any is read, and while it is read" {
  demo bulk-deadlock
  assert_line --partial 'deadlock: all buffers are full'
  assert_line --regexp '^  64000000 bytes there and back'
}

# ---- The library -----------------------------------------------------------

@test "make demo plays the tour, or one; make demos has a line for each" {
  run limit make -n -s -C "$ROOT" demo NAME=zombie
  assert_line slides/demos/zombie.sh
  run limit make -n -s -C "$ROOT" lecture NAME=zombie
  assert_line 'slides/demos/zombie.sh --panes'
  run limit make -n -s -C "$ROOT" demo
  assert_line slides/demos/tour.sh
  run limit make -s -C "$ROOT" demos
  assert_success
  assert_line --regexp '^zombie +a child that has ended'
  assert_equal "${#lines[@]}" "$(find . -name '*.sh' | wc -l)"
  refute_line --regexp '^[^ ]+ *$'
  refute_line --regexp '^.{81}'
}

@test "in a terminal, DEMO_ENTER=no ends each line that is typed; TERM=dumb has no colours" {
  run limit env TERM=dumb DEMO_ENTER=no DEMO_PACE=0 script -qec ./wait.sh /dev/null
  assert_success
  output=${output//$'\r'/} && readarray -t lines <<<"$output"
  assert_line 'wait   $ ./wait 1000'
  assert_line --regexp '^wait   \| parent [0-9]+: I forked'
  refute_output --partial $'\e'
}

@test "what cannot be written is said in one line, and is a failure" {
  for command in './tour.sh --list' ./tour.sh ./wait.sh; do
    run limit bash -c "$command >/dev/full"
    assert_failure 1
    assert_output --regexp '^[^[:cntrl:]]*: write error: No space left on device$'
  done
}

@test "every demo is run by a test, and its second line says what it is" {
  local file name
  for file in *.sh; do
    name=${file%.sh}
    assert_regex "$(sed -n 2p "$file")" "^# $name: "
    [[ $name == tour ]] ||
      grep -qE "^ +demo $name( |$)" "$BATS_TEST_DIRNAME"/{demos,scenarios}.bats ||
      fail "no test runs $name"
  done
}

# A demo of our own, beside the library, of the lines given.
written() {
  mkdir -p "$BATS_TEST_TMPDIR/slides/demos"
  cp "$ROOT/slides/demos/lib.bash" "$BATS_TEST_TMPDIR/slides/demos/"
  ln -sfn "$ROOT"/ch0* "$BATS_TEST_TMPDIR/"
  cd "$BATS_TEST_TMPDIR/slides/demos" || return
  printf '%s\n' '#!/usr/bin/env bash' '# mine: a demo' '. "${0%/*}/lib.bash"' "$@" >mine.sh
  chmod +x mine.sh
}

@test "a claim that does not hold ends the demo: status 1, and what was expected" {
  local world
  for world in '' no; do
    written 'run "echo 5"' 'expect "It is 6." shown 6' 'say "not reached"'
    run limit env DEMO_NAMESPACES="$world" ./mine.sh
    assert_failure 1
    assert_line 'mine: NOT AS EXPECTED: It is 6. (shown 6)'
    assert_line 5
    refute_output --partial '=>'
    refute_output --partial 'not reached'
  done
}

@test "a state that does not come ends the demo, and so does a line that fails" {
  written 'chapter ch02-fork' 'start zombie "./zombie 1000"' 'expect "It says so." printed zombie "^parent"' \
    DEMO_DEADLINE=1 'expect "Two." has_zombies "${pid[zombie]}" 2'
  run limit ./mine.sh
  assert_failure 1
  assert_line --regexp 'NOT AS EXPECTED: waited in vain for: has_zombies [0-9]+ 2'
  assert_line --regexp '^parent [0-9]+: my child is' # what the program said
  written 'no_such_verb' 'say "not reached"'
  run limit ./mine.sh
  assert_failure 1
  assert_line --partial 'NOT AS EXPECTED: line 4: no_such_verb'
  refute_line 'not reached'
}

@test "without namespaces: the same demo; one that needs them says why it is skipped, status 77" {
  demo concurrent-echo DEMO_NAMESPACES=no
  assert_line --regexp '^server \$ ./echo_server 0$'
  written 'needs namespaces' 'say "not reached"'
  run limit env DEMO_NAMESPACES=no ./mine.sh
  assert_failure 77
  assert_line --regexp '^mine: skipped: it needs namespaces, .*DEMO_NAMESPACES=no.* root'
  refute_line 'not reached'
  written 'needs no_such_tool'
  run limit ./mine.sh
  assert_failure 77
  assert_line 'mine: skipped: no_such_tool is not installed here (sh setup.sh --all installs it)'
}

@test "in a demo's own network a RST does not end TIME-WAIT (RFC 1337), and the host's is as it was" {
  local setting=/proc/sys/net/ipv4/tcp_rfc1337 before
  before=$(<"$setting")
  written 'needs namespaces' "run 'cat $setting'"
  run limit ./mine.sh
  [[ $status -ne 77 ]] || skip "$output"
  assert_success
  assert_line '  1'
  assert_equal "$(<"$setting")" "$before"
}

@test "kill -9 of a demo ends every process of it, also without a terminal" {
  local world
  export TERMINAL_MARK=$BATS_TEST_TMPDIR
  written 'chapter ch02-fork' 'start zombie "./zombie 1000"' \
    'start sleeper "sh -c \"(trap : HUP TERM; sleep 1000) & sleep 1000\""' 'say "ready"' 'read -r -u "$never"'
  for world in yes no; do
    start "in_$world" env DEMO_NAMESPACES="$world" ./mine.sh
    wait_until printed "in_$world" '^ready$'
    wait_until running 5 # the sleepers start in their own time
    # shellcheck disable=SC2154 # start() sets it
    kill -KILL "${pid[in_$world]}"
    wait_until all_gone
  done
}

# ---- In a terminal, which is tmux's ----------------------------------------

# COMMAND...: in a terminal of 80 by 24. The demo's processes carry our mark.
terminal() {
  command -v tmux >/dev/null || skip 'tmux is not installed'
  unset TMUX # of whoever runs the tests
  terminals=$((${terminals-0} + 1)) # a socket of its own: the last may yet be there
  tm -f /dev/null new-session -d -x 80 -y 24 sleep 1000 3>&-
  tm set -g status off
  tm set -g remain-on-exit on
  tm respawn-pane -k -e DEMO_PACE=0 -e "TERMINAL_MARK=$BATS_TEST_TMPDIR" "exec $*"
}
tm() { tmux -S "$BATS_TEST_TMPDIR/tmux$terminals" "$@"; }
keys() { tm send-keys "$@"; }
screen() { tm capture-pane -p -S -; }
on_screen() { screen | grep -qE -- "$1"; }
off_screen() { ! on_screen "$1"; }
# STATUS: the pane's process has ended with it. tmux 3.3 now and then loses a
# SIGCHLD, and has a zombie then: another one makes it look.
over() {
  kill -CHLD "$(tm display -p '#{pid}')"
  on_screen "^Pane is dead \\(status $1"
}
of_the_demo() { grep -lsza "^TERMINAL_MARK=$BATS_TEST_TMPDIR\$" /proc/[0-9]*/environ; }
running() { [[ $(of_the_demo | wc -l) -ge $1 ]]; }
all_gone() { [[ -z $(of_the_demo) ]]; }
# a server and its child are there, and the demo waits for Enter
on_the_way() {
  wait_until on_screen 'echo_server'
  keys Enter
  wait_until on_screen 'echo_client'
  keys Enter
  wait_until on_screen 'child [0-9]+ serves'
  wait_until running 4
}
teardown() {
  [[ -n ${terminals-} ]] || return 0
  [[ -n ${BATS_TEST_COMPLETED-} ]] || screen
  tm kill-server 2>/dev/null || true
}

@test "in a terminal: each command waits for Enter" {
  terminal ./wait.sh
  wait_until on_screen '^wait +\$ ./wait 1000$'
  refute on_screen 'Child sent'
  keys Enter
  wait_until on_screen '^\$ ps '
  on_screen 'Child sent two: 7$'
  refute on_screen 'PID '
  keys Enter
  wait_until over 0
  on_screen '^=> wait\(\) blocks'
}

@test "Ctrl-C, a closed terminal and kill -9 end every process of a demo" {
  local world how
  for world in yes no; do
    for how in interrupt close kill; do
      terminal env DEMO_NAMESPACES="$world" ./concurrent-echo.sh
      on_the_way
      case $how in
        interrupt) keys C-c ;;
        close) tm kill-server ;;
        kill) kill -KILL "$(tm display -p '#{pane_pid}')" ;;
      esac
      wait_until all_gone
      tm kill-server 2>/dev/null || true
    done
  done
}

@test "in panes: the same demo, letter by letter, on Enter; nothing is left" {
  local world typed
  for world in yes no; do
    terminal env DEMO_NAMESPACES="$world" ./concurrent-echo.sh --panes
    on_the_way
    on_screen '^.. server .* ann '
    # each is typed, and on Enter it happens
    for typed in ' bob .*' 'hello from bob' 'and from ann' '^\$ ps ' '^\$ ss '; do
      wait_until on_screen "$typed"
      keys Enter
    done
    wait_until on_screen '^=> Two connections'
    keys Enter Enter # Ctrl-D for both
    wait_until on_screen '^\$ ps .*[0-9]$'
    keys Enter
    wait_until on_screen '^ +[0-9]+ +[0-9]+ Z[<N]?\+? +\[echo_server\] <defunct>$'
    wait_until on_screen 'wakes it up'
    keys Enter
    wait_until on_screen 'Enter closes the panes'
    on_screen 'child [0-9]+ has ended'
    on_screen '^=> The zombies are gone'
    keys Enter
    wait_until over 0
    wait_until all_gone
    tm kill-server
  done
}

@test "in panes: what is watched has a pane that follows" {
  command -v tmux >/dev/null || skip 'tmux is not installed'
  run limit ./host-crash.sh
  [[ $status -ne 77 ]] || skip "$output"
  terminal ./host-crash.sh --panes
  for typed in '^\$ sysctl' 'echo_server' 'echo_client' ' one|.one' '^\$ ip link set lo down'; do
    wait_until on_screen "$typed"
    keys Enter
  done
  wait_until on_screen "ss -tno 'dport = :9877'"
  wait_until on_screen '^ESTAB 0 +0 '
  wait_until on_screen '[x│]two'
  keys Enter
  wait_until on_screen '^ESTAB 0 +4 .*timer:\(on,'
  wait_until on_screen 'Enter closes the panes'
  on_screen 'Connection timed out'
  wait_until off_screen '^ESTAB'
}

@test "in panes: Ctrl-C, a closed terminal and kill -9 end everything" {
  local world how
  for how in interrupt close kill kill_without_namespaces; do
    [[ $how == kill_* ]] && world=no || world=yes
    terminal env DEMO_NAMESPACES="$world" ./concurrent-echo.sh --panes
    on_the_way
    case $how in
      interrupt) keys C-c ;;
      close) tm kill-server ;;
      kill*) kill -KILL "$(tm display -p '#{pane_pid}')" ;;
    esac
    wait_until all_gone
    tm kill-server 2>/dev/null || true
  done
}

@test "in panes: a claim that does not hold is on the terminal when they have closed" {
  written 'run "echo 5"' 'expect "It is 6." shown 6'
  terminal ./mine.sh --panes
  wait_until on_screen 'echo 5'
  keys Enter
  wait_until on_screen 'Enter closes the panes'
  keys Enter
  wait_until over 1
  on_screen '^mine: NOT AS EXPECTED: It is 6'
}
