#!/usr/bin/env bats
load test_helper
setup() { in_chapter ch02-fork; }

parent_of() { ps -o ppid= -p "$1" | tr -d ' '; }
name_of() { cat "/proc/$1/comm" 2>/dev/null || echo unknown; }

# The parent of zombie $1 has died. Waits until the zombie is gone, or skips
# the test if the process that has adopted it, as PID 1 of many a container,
# does not wait for its children.
adopter_waits() {
  local deadline=$((SECONDS + 20)) adopter
  until gone "$1"; do
    if ((SECONDS > deadline)); then
      adopter=$(parent_of "$1")
      skip "process $adopter ($(name_of "$adopter")) adopts here and never waits"
    fi
    read -r -t 0.05 -u "$never" || true
  done
}

# in_namespace COMMAND...: starts it as PID 1 of a PID namespace, its PID seen
# from outside is $init; skips the test where that is not allowed.
in_namespace() {
  local new=(unshare --user --map-root-user --pid --fork --kill-child --mount-proc)
  run "${new[@]}" true
  [[ $status -eq 0 ]] || skip "no namespaces of our own here: $output"
  start inside "${new[@]}" "$@"
  wait_until has_children "${pid[inside]}" 1
  init=$(children "${pid[inside]}" | tr -d ' ')
}

# --- fork ---

@test "fork: one call, two returns: the PIDs agree, each has its variable, both write one file" {
  start fork ./fork
  finish fork
  assert_equal "$status" 0
  local parent=${pid[fork]} child file
  [[ ${lines[1]} =~ ^([0-9]+)', child of ' ]]
  child=${BASH_REMATCH[1]}
  [[ ${lines[0]} =~ ' at '(0x[0-9a-f]+)$ ]]
  local at="at ${BASH_REMATCH[1]}"
  [[ ${lines[3]} =~ 'descriptor '([0-9]+): ]]
  file=${BASH_REMATCH[1]}
  assert_not_equal "$child" "$parent"
  assert_equal "$output" "\
$parent, child of $BASHPID: before fork(), number is 10 $at
$child, child of $parent: fork() returned 0, number is 17 $at
$parent, child of $BASHPID: fork() returned $child, number is 3 $at
the file at descriptor $file: $parent wrote this. $child wrote this. $parent wrote this. "
}

@test "fork: leaves no file" {
  export TMPDIR=$BATS_TEST_TMPDIR/files
  mkdir "$TMPDIR"
  limit ./fork
  assert_equal "$(ls -A "$TMPDIR")" ''
}

@test "fork and wait_status: a TMPDIR that does not exist" {
  for name in fork wait_status; do
    run -1 --separate-stderr limit env TMPDIR=/nonexistent "./$name"
    assert_equal "$stderr" "$name: temp_directory_path: No such file or directory (\$TMPDIR)"
  done
}

# --- zombie ---

@test "zombie: the dead child stays Z, <defunct>, with the parent's PPID, until the parent has gone" {
  start zombie ./zombie 1000
  wait_until has_zombies "${pid[zombie]}" 1
  ps_says() { ps -o ppid=,pid=,stat=,args= --ppid "${pid[zombie]}"; }
  before=$(ps_says)
  child=$(children "${pid[zombie]}" | tr -d ' ')
  assert_regex "$before" "^ *${pid[zombie]} +$child Z.* \[zombie\] <defunct>$"

  # SIGKILL is accepted and changes nothing; nor do others
  kill -KILL "$child"
  kill -TERM "$child"
  assert_equal "$(ps_says)" "$before"

  kill -TERM "${pid[zombie]}"
  wait_until ended zombie
  [[ $(parent_of "$child") != "${pid[zombie]}" ]]
  adopter_waits "$child"
}

@test "zombie: both say who they are, the parent ends after SECONDS, its zombie with it" {
  start zombie ./zombie 0.1
  finish zombie
  assert_equal "$status" 0
  assert_line --regexp "^parent ${pid[zombie]}: my child is [0-9]+"
  assert_line "parent ${pid[zombie]}: I exit too"
  child=$(sed -n 's/^child \([0-9]*\): I exit now$/\1/p' <<<"$output")
  assert_line --partial "my child is $child,"
  adopter_waits "$child"
}

# --- orphan ---

@test "orphan: the PPID before and after, the name of the adopter, which waits for the zombie" {
  start orphan ./orphan 1000
  finish orphan
  assert_equal "$status" 0
  wait_until printed orphan 'now my parent is'
  local parent=${pid[orphan]}
  [[ $(out orphan) =~ 'child '([0-9]+)": my parent is $parent (orphan), as is that of zombie "([0-9]+) ]]
  local child=${BASH_REMATCH[1]} zombie=${BASH_REMATCH[2]}

  local adopter name # what ps says of the orphan, which lives on
  adopter=$(parent_of "$child")
  name=$(name_of "$adopter")
  assert_not_equal "$adopter" "$parent"
  run out orphan
  assert_line "parent $parent: I exit"
  assert_line "child $child: now my parent is $adopter ($name)"

  adopter_waits "$zombie"
  wait_until printed orphan "^child $child: zombie $zombie is gone: $adopter \($name\) waited for it$"
  refute [ -z "$(parent_of "$child")" ]
}

@test "orphan: an adopter that waits, a shell as PID 1: the zombie vanishes" {
  in_namespace bash -c './orphan 1000; read'
  wait_until printed inside ': now my parent is 1 \(bash\)$'
  wait_until printed inside '^child [0-9]+: zombie [0-9]+ is gone: 1 \(bash\) waited for it$'
  wait_until has_children "$init" 1 # the orphan
  has_zombies "$init" 0
}

@test "orphan: an adopter that never waits, sleep as PID 1: the zombies stay until it dies" {
  in_namespace sh -c '{ until grep -q sleep /proc/1/comm; do :; done
                        exec ./orphan 0.1; } & exec sleep 1000'
  wait_until printed inside '^child [0-9]+: zombie [0-9]+ is still there: 1 \(sleep\) did not wait$'
  run out inside
  assert_line --regexp ': now my parent is 1 \(sleep\)$'
  # the zombie, and the parent and the orphan, which are zombies now as well
  wait_until has_zombies "$init" 3
  run ps -o stat=,args= --ppid "$init"
  refute_line --regexp '^[^Z]'
  zombies=$(children "$init")
  kill -KILL "$init"
  for zombie in $zombies; do wait_until gone "$zombie"; done
}

# --- wait and waitpid ---

@test "wait: 3 and 7 in order of exit, and no zombie while the parent lives on" {
  start wait ./wait 1000
  wait_until printed wait '^a third wait'
  run out wait
  assert_line --index 0 --regexp "^parent ${pid[wait]}: I forked [0-9]+, then [0-9]+$"
  assert_line --index 1 'Child sent one: 3'
  assert_line --index 2 'Child sent two: 7'
  assert_line --index 3 'a third wait(): No child processes'
  has_children "${pid[wait]}" 0
  wait_until has_state "${pid[wait]}" S
  has_children "${pid[wait]}" 0
}

@test "wait: the parent ends after SECONDS" {
  run limit ./wait 0.1
  assert_success
}

@test "waitpid: polls with WNOHANG each fifth of SECONDS, then Child sent 24" {
  # On a very busy machine the child may end before the parent has looked twice:
  # then another run tells.
  for _ in {1..10}; do
    begun=${EPOCHREALTIME/./}
    run limit ./waitpid 0.5
    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
    assert_success
    [[ ${lines[1]} == *' runs: I sleep '* ]] && break
  done
  assert_line --index 0 --regexp '^child [0-9]+ runs: I sleep 0\.1 s$'
  assert_line --index 1 "${lines[0]}"
  assert_line 'Child sent 24'
  # all that is said before is that it runs
  polls=$(grep -n '^Child sent' <<<"$output" | cut -d: -f1)
  for line in "${lines[@]:0:polls-1}"; do assert_equal "$line" "${lines[0]}"; done
  ((polls - 1 <= took / 100 + 1)) || fail "in $took ms it looked $((polls - 1)) times"
}

@test "waitpid: the parent runs while the child does" {
  start waitpid ./waitpid 1000
  wait_until printed waitpid 'runs: I sleep 200 s'
  has_children "${pid[waitpid]}" 1
  run out waitpid
  refute_output --partial 'Child sent'
}

@test "waitpid: a child that is killed sends nothing" {
  # the child is killed as soon as it is there, long before its 10 s are over
  start waitpid bash -c './waitpid 10 & until pkill -KILL -P $!; do :; done; wait $!'
  finish waitpid
  assert_equal "$status" 0
  assert_line 'Child was killed by signal 9'
  refute_output --partial 'Child sent'
}

@test "waitpid: what pid > 0, 0, < -1 and -1 select" {
  start waitpid ./waitpid 0
  finish waitpid
  local group=${pid[waitpid]} a b c d
  [[ $output =~ "group $group: "([0-9]+)' '([0-9]+)', group '([0-9]+)': '[0-9]+', group '([0-9]+) ]]
  a=${BASH_REMATCH[1]} d=${BASH_REMATCH[2]} b=${BASH_REMATCH[3]} c=${BASH_REMATCH[4]}
  run sed '0,/^Child sent 24$/d' <<<"$output"
  assert_output "\
group $group: $a $d, group $b: $b, group $c: $c
waitpid($d), pid > 0, this child: $d, which sent 4
waitpid(0), pid = 0, any of our group: $a, which sent 1
waitpid(0), again: No child processes
waitpid(-$c), pid < -1, any of this group: $c, which sent 3
waitpid(-1), pid = -1, any child: $b, which sent 2
waitpid(-1), again: No child processes"
}

# --- wait_status ---

# whether a core is dumped into the current folder if it may have a MiB
core_is_expected() {
  [[ $(</proc/sys/kernel/core_pattern) =~ ^[^|/]+$ ]] &&
    [[ $(ulimit -Hc) == unlimited || $(ulimit -Hc) -ge 1024 ]]
}

@test "wait_status: exit, signal, core dump, stop and continue, by the macros" {
  pattern=$(</proc/sys/kernel/core_pattern)
  export TMPDIR=$BATS_TEST_TMPDIR/cores
  mkdir "$TMPDIR"
  run limit ./wait_status
  assert_success
  core="not WCOREDUMP"
  if core_is_expected; then
    core=WCOREDUMP
  elif [[ $output == *"'Aborted', WCOREDUMP"* ]]; then
    core=WCOREDUMP
    echo "# core_pattern '$pattern', limit $(ulimit -Hc): a core was dumped" >&3
  else
    echo "# core_pattern '$pattern', limit $(ulimit -Hc): no core was dumped" >&3
  fi
  byte=$([[ $core == WCOREDUMP ]] && echo 86 || echo 06)
  assert_equal "$(grep -v core_pattern <<<"$output")" "\
_exit(24)            0x1800  WIFEXITED, WEXITSTATUS 24
_exit(256 + 7)       0x0700  WIFEXITED, WEXITSTATUS 7
abort() without core 0x0006  WIFSIGNALED, WTERMSIG 6 'Aborted', not WCOREDUMP
abort() with core    0x00$byte  WIFSIGNALED, WTERMSIG 6 'Aborted', $core
kill(SIGSTOP)        0x137f  WIFSTOPPED, WSTOPSIG 19 'Stopped (signal)'
kill(SIGCONT)        0xffff  WIFCONTINUED
kill(SIGKILL)        0x0009  WIFSIGNALED, WTERMSIG 9 'Killed', not WCOREDUMP"
  assert_line --partial "core_pattern is '$pattern', the limit "
  # and no core is left lying about
  assert_equal "$(ls -A "$TMPDIR")" ''
  assert_equal "$(find . -name '*core*')" ''
}

@test "wait_status: no core where the limit is too low, be it for a file or for a pipe" {
  export TMPDIR=$BATS_TEST_TMPDIR
  run limit prlimit --core=1:1 ./wait_status
  assert_line --regexp "^abort\(\) with core +0x0006  WIFSIGNALED, WTERMSIG 6 'Aborted', not WCOREDUMP"
  assert_line --partial 'the limit too low'
}

# --- shared_descriptors and stdio_buffer ---

@test "shared_descriptors: the last close() sends the FIN, shutdown() at once; a forgotten close() leaks" {
  start shared ./shared_descriptors
  finish shared
  assert_equal "$status" 0
  assert_equal "$(sed 1d <<<"$output" | grep -v '^descriptors')" "\
the parent closes, the child still has the socket
  the client reads a byte, so no FIN was sent before it
the child ends: that was the last descriptor
  the client reads 0: the FIN
the child ends, but the parent forgot to close
  the client reads nothing: it would wait for ever
the parent closes: that was the last descriptor
  the client reads 0: the FIN
the parent calls shutdown(), both still have the socket
  the client reads 0: the FIN"
  [[ ${lines[-2]} =~ 'each of three clients, if the parent closes: '([0-9]+), ]]
  n=${BASH_REMATCH[1]}
  assert_line --index 11 "descriptors before and after each of three clients, if the parent closes: $n, $n, $n, $n"
  assert_line --index 12 "descriptors before and after each of three clients, if the parent forgets to close: $n, $((n + 1)), $((n + 2)), $((n + 3))"
}

@test "shared_descriptors: ESTAB while one descriptor is left, FIN when its holder dies" {
  start shared ./shared_descriptors 1000
  wait_until printed shared '^  stopping for 1000 s'
  port=$(sed -n '1s/.*://p' "$BATS_TEST_TMPDIR/shared.out")
  child=$(children "${pid[shared]}" | tr -d ' ')
  holds() { find "/proc/$1/fd" -lname 'socket:*' | wc -l; }
  assert_equal "$(holds "${pid[shared]}")" 2 # the listener, the client's end
  assert_equal "$(holds "$child")" 1         # the server's end
  run sockets "$port"
  assert_line --regexp "^ESTAB .*:$port +[0-9.:]+ *$"
  assert_line --regexp "^ESTAB .*:[0-9]+ +127.0.0.1:$port *$"

  kill -KILL "$child"
  got_fin() { sockets "$port" | grep -qE "^CLOSE-WAIT .*:[0-9]+ +127.0.0.1:$port *$"; }
  wait_until got_fin
  run sockets "$port"
  assert_line --regexp "^FIN-WAIT-2 .*:$port +[0-9.:]+ *$"
}

@test "stdio_buffer: the line comes twice into a pipe and a file, once with a cure" {
  no_tsan ./stdio_buffer
  start stdio_buffer ./stdio_buffer # into a file
  finish stdio_buffer
  p=${pid[stdio_buffer]}
  assert_equal "$output" "\
1 with no care: printed once, by $p
1 with no care: printed once, by $p
2 fflush() before fork(): printed once, by $p
3 _exit() in the child: printed once, by $p"
  piped=$(limit ./stdio_buffer | cat)
  assert_equal "$(tr -d 0-9 <<<"$piped")" "$(tr -d 0-9 <<<"$output")"
}

@test "stdio_buffer: the line comes once on a terminal" {
  run limit script -qec ./stdio_buffer /dev/null </dev/null
  assert_success
  assert_equal "${#lines[@]}" 3
  assert_line --index 0 --partial '1 with no care'
  assert_line --index 1 --partial '2 fflush() before fork()'
  assert_line --index 2 --partial '3 _exit() in the child'
}

# --- the servers ---

# the child that serves NAME, by what the server has printed
child_of() {
  local inode end peer
  inode=$(readlink "/proc/self/fd/${client[$1]}" | tr -dc 0-9)
  end=$(ss -Htane "dport = :$port" | awk -v i="ino:$inode" 'index($0, i " ") { print $4 }')
  peer=${end##*:}
  wait_until printed server "^child [0-9]+ serves 127.0.0.1:$peer$"
  sed -n "s/^child \([0-9]*\) serves 127.0.0.1:$peer$/\1/p" "$BATS_TEST_TMPDIR/server.out"
}

side_by_side() {
  start_server "$1" 0
  connect one
  connect two
  ask two 'first, though the other came before'
  ask one 'and now the other'
  has_children "$server" 2
  assert_not_equal "$(child_of one)" "$(child_of two)"
  run ps -o pid= --ppid "$server"
  assert_output --partial "$(child_of one)"
  assert_output --partial "$(child_of two)"
}
@test "zombie_echo_server: clients are served side by side, each by a child" {
  side_by_side ./zombie_echo_server
}
@test "echo_server: clients are served side by side, each by a child" {
  side_by_side ./echo_server
}

@test "zombie_echo_server: each client that has finished leaves a zombie" {
  start_server ./zombie_echo_server 0
  for name in one two three four; do
    connect $name
    ask $name hello
  done
  has_zombies "$server" 0
  first=$(child_of one)
  leave one
  wait_until has_zombies "$server" 1
  has_state "$first" Z
  leave two
  wait_until has_zombies "$server" 2
  leave three
  wait_until has_zombies "$server" 3
  connect five
  ask five 'a new client changes nothing'
  ask four 'nor does an old one'
  has_zombies "$server" 3
  has_children "$server" 5
}

@test "echo_server: a client that comes ends the zombies, the last one stays until then" {
  start_server ./echo_server 0
  connect one
  ask one hello
  child=$(child_of one)
  leave one
  wait_until has_zombies "$server" 1
  has_state "$child" Z
  connect two
  ask two 'now it is gone'
  has_zombies "$server" 0
  gone "$child"
  printed server "^child $child has ended$"

  connect three
  ask three hello
  leave three
  leave two
  wait_until has_zombies "$server" 2
  connect four
  ask four 'both at once'
  has_zombies "$server" 0
  has_children "$server" 1
}

each_its_descriptors() {
  start_server "$1" 0
  local child
  descriptors() { find "/proc/$1/fd" -lname "${2:-*}" | wc -l; }
  before=$(descriptors "$server")
  for name in one two three; do
    connect $name
    ask $name hello
  done
  assert_equal "$(descriptors "$server")" "$before"
  child=$(child_of two)
  assert_equal "$(descriptors "$child" 'socket:*')" 1
  assert_equal "$(descriptors "$child" "socket:\[${listener//[^0-9]/}\]")" 0
  # a child's end is its client's end
  kill -KILL "$child"
  refused two
  # no child keeps the port when the server has gone; they serve on
  kill -KILL "$server"
  wait_until ended server
  nobody_listens
  ask one 'still served'
}
@test "zombie_echo_server: the parent closes the connection, the child the listener" {
  each_its_descriptors ./zombie_echo_server
}
@test "echo_server: the parent closes the connection, the child the listener" {
  each_its_descriptors ./echo_server
}

echoes_all() {
  start_server "$1" 0
  probe echo 1000000
  probe slow 20
  probe halfclose 8388608
  probe reset connect sent midread idle halfclosed
  start blocked "$ROOT/tests/probe" stall "$address" "$port"
  wait_until printed blocked '^blocked after'
  connect other
  ask other 'not held up by one that never reads'
  # its child, the last but one, sleeps in send()
  has_state "$(out server | grep ' serves ' | tail -n 2 | awk '{ print $2; exit }')" S
  end_input blocked
  finish blocked
  ask other 'nor by its leaving'
  wait_until has_state "$server" S
  assert_equal "$(err server)" ''
}
@test "zombie_echo_server: every byte comes back; resets, half-close, and one that never reads" {
  echoes_all ./zombie_echo_server
}
@test "echo_server: every byte comes back; resets, half-close, and one that never reads" {
  echoes_all ./echo_server
}

full_table_of_files() {
  start_server "$1" 0
  connect one
  ask one before
  local free=0 began count seconds
  while [[ -e /proc/$server/fd/$free ]]; do free=$((free + 1)); done
  prlimit --pid "$server" --nofile="$free:"
  connect two
  printf 'later\n' >&"${client[two]}"
  complaints() { grep -c "^${server_name}: accept: Too many open files$" "$BATS_TEST_TMPDIR/server.err"; }
  server_name=${1#./}
  wait_until eval '(($(complaints) > 0))'
  ask one 'served on'
  # it goes on trying, but not in a hurry: not more often than every 0.1 s
  began=${EPOCHREALTIME/./}
  count=$(complaints)
  wait_until eval "((\$(complaints) >= count + 2))"
  count=$(($(complaints) - count))
  seconds=$((${EPOCHREALTIME/./} - began))
  ((count <= seconds / 100000 + 1)) || fail "$count tries in $seconds microseconds"
  # and serves the client that had to wait, when it can
  prlimit --pid "$server" --nofile=64:
  read -r -t $((3 * patience)) reply <&"${client[two]}"
  assert_equal "$reply" later
}
@test "zombie_echo_server: a full table of files (EMFILE)" {
  full_table_of_files ./zombie_echo_server
}
@test "echo_server: a full table of files (EMFILE)" {
  full_table_of_files ./echo_server
}

full_table_of_processes() {
  few 2
  start_server "${few[@]}" "$1" 0
  connect one
  ask one 'has the one child'
  connect two
  refused two
  wait_until complained server "^${1#./}: fork: Resource temporarily unavailable \(127.0.0.1:[0-9]+\)$"
  ask one 'served on'
  leave one
  wait_until has_zombies "$server" 1
  connect three
}
@test "zombie_echo_server: a full table of processes (EAGAIN from fork), and zombies fill it" {
  full_table_of_processes ./zombie_echo_server
  refused three
  wait_until has_state "$server" S
  assert_equal "$(err server | grep -c .)" 2 # one for each client
}
@test "echo_server: a full table of processes (EAGAIN from fork), until the zombies are gone" {
  full_table_of_processes ./echo_server
  ask three 'has the place of the first'
  assert_equal "$(err server | grep -c .)" 1
}
