#!/usr/bin/env bats
# To a client the echo servers of chapters 2 to 4 are alike, whatever their
# model. Each test is one case and runs it on all of them at once; what failed
# is said under the server's name.
#
#   SERVERS=ch04-select/poll_server tests/run tests/servers.bats    one server
load test_helper

setup() { cd "$ROOT" || return; }

forking=(ch02-fork/{echo_server,zombie_echo_server}
  ch03-signals/{echo_server,nocldwait_server,shutdown_server})
chapter4=(ch04-select/{select,poll,epoll,thread,prefork,pselect}_server)

# on SCENARIO SERVER...: starts each server, with $before in front, and calls
# SCENARIO. Each has a shell and a directory of its own, so that there $server,
# $port and the names given to start are those of this server.
on() {
  local scenario=$1 name log failed=0
  local -A shell=()
  shift
  for name; do
    [[ -z ${SERVERS-} || " $SERVERS " == *" $name "* ]] || continue
    log=$BATS_TEST_TMPDIR/${name//\//.}.log
    (
      exec >"$log" 2>&1 3>&-
      set -e
      trap - DEBUG ERR
      # bash gives back the old standard output before it runs a trap
      # shellcheck disable=SC2064 # the log's name is known now
      trap "teardown >>'$log' 2>&1" EXIT
      BATS_TEST_TMPDIR+=/${name//\//.}
      mkdir "$BATS_TEST_TMPDIR"
      start_server "${before[@]}" "./$name" 0
      "$scenario"
    ) &
    shell[$name]=$!
  done
  [[ ${#shell[@]} -gt 0 ]] || skip "for others than $SERVERS"
  for name in "${!shell[@]}"; do
    wait "${shell[$name]}" && continue
    failed=1
    echo "=== $name:"
    cat "$BATS_TEST_TMPDIR/${name//\//.}.log"
  done
  [[ $failed -eq 0 ]]
}

before=()
start_probe() { start "$1" "$ROOT/tests/probe" "$2" "$address" "$port" "${@:3}"; }
succeeds() {
  finish "$1"
  [[ $status -eq 0 ]] || fail "$1: status $status: $stderr"
}
# the server and its children
family() { echo "$server $(children "$server" | xargs)"; }

# nanoseconds of CPU that they have used
used() {
  for p in $(family); do cat /proc/"$p"/task/*/schedstat; done | awk '{ sum += $1 } END { printf "%d", sum }'
}
# the server has nothing to do, and does nothing
sleeps() {
  local before
  before=$(used)
  ((before > 0)) || fail "no CPU time in /proc/PID/task/*/schedstat"
  sleep 0.5 # is no waiting for something, but how long we look
  used=$((($(used) - before) / 1000000))
  ((used < 25)) || fail "it spins: $used ms of CPU in 500 ms"
}
# the server has closed all that it accepted
no_clients() { ! sockets "$port" | grep -qE '^(ESTAB|CLOSE-WAIT)'; }

@test "many clients at once; one that writes a byte at a time holds up none of them" {
  scenario() {
    start_probe many hold 50
    wait_until printed many ' served, '
    assert_equal "$(out many)" '50 served, 0 refused'
    start_probe slow slow 2000
    probe echo 1000000
    end_input many
    succeeds many
    succeeds slow
  }
  on scenario "${forking[@]}" "${chapter4[@]}"
}

@test "every byte comes back: lines of 1 MiB and of one byte, NUL and all others, in any pieces" {
  scenario() {
    probe lines 2 1048576
    probe lines 300 1
    probe echo 3000000
    probe echo 20000 7
  }
  on scenario "${forking[@]}" "${chapter4[@]}"
}

@test "a half-close with 8 MiB under way: all bytes, and then the end" {
  scenario() { probe halfclose 8388608; }
  on scenario "${forking[@]}" "${chapter4[@]}"
}

@test "a reset, in whatever phase, ends one client and nothing else; a stop and a go do neither" {
  scenario() {
    connect other
    ask other before
    probe reset connect sent midread idle halfclosed blocked
    ask other after
    kill -STOP -- "-$server" # Ctrl-Z and fg
    wait_until has_state "$server" T
    probe reset connect sent closed # all comes before the server reads any of it
    kill -CONT -- "-$server"
    ask other again
    probe echo 1000
  }
  on scenario "${forking[@]}" "${chapter4[@]}"
}

@test "one that never reads: ten others are served, little is held for it, and it can leave" {
  # kilobytes of the server and its children, but of libraries
  memory() { sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' /proc/"$server"/status; }
  scenario() {
    connect other
    ask other before
    local before grown n others
    before=$(memory)
    start_probe stalled stall
    wait_until printed stalled 'blocked after'
    for n in {1..10}; do
      probe pingpong 200 &
      others[n]=$!
    done
    for n in {1..10}; do wait "${others[n]}"; done
    grown=$(($(memory) - before))
    # (a sanitizer keeps more than that for itself)
    sanitized "./$name" || ((grown < 1024)) ||
      fail "grew by $grown kB for one that does not read"
    sleeps
    end_input stalled
    succeeds stalled
    ask other after
  }
  on scenario "${forking[@]}" "${chapter4[@]}"
}

@test "500 connections that come and go at random leave nothing behind" {
  open_files() { for p in $(family); do ls /proc/"$p"/fd; done | wc -l; }
  threads() { for p in $(family); do ls /proc/"$p"/task; done | wc -l; }
  as_before() { [[ "$(open_files) $(threads)" == "$1" ]]; }
  scenario() {
    probe echo 1 # what is made for the first client and kept does not count
    wait_until no_clients
    local before
    before="$(open_files) $(threads)"
    probe churn 500
    wait_until as_before "$before"
  }
  on scenario ch03-signals/{echo_server,nocldwait_server,shutdown_server} "${chapter4[@]}"
}

@test "the table of files is full: it neither exits nor spins, and serves again when there is room" {
  scenario() {
    # UndefinedBehaviorSanitizer looks at an object's memory through a pipe, and
    # takes none for sound while there is no room for one; but it remembers
    probe echo 1
    # four children have room for 4 * 60, and leave the others in the queue
    local clients=100 expected='(59|60) served, (40|41) refused'
    if [[ $name == */prefork_server ]]; then
      clients=250 expected='240 served, 0 refused, 10 waiting'
    fi
    start_probe many hold "$clients"
    wait_until printed many ' served, '
    [[ $(out many) =~ ^("told: too many clients"$'\n')?$expected$ ]] ||
      fail "with 64 descriptors, $clients clients: $(out many)"
    sleeps
    end_input many
    succeeds many
    wait_until no_clients
    run probe hold 50
    assert_output '50 served, 0 refused'
  }
  before=("${bare[@]}" prlimit --nofile=64)
  on scenario "${chapter4[@]}"
}

@test "SIGTERM: the server and its children end, its clients see that, the port is free" {
  scenario() {
    connect one
    ask one before
    local processes
    processes=$(family)
    kill -TERM "$server"
    finish server
    if [[ $name == */@(prefork|pselect|shutdown)_server ]]; then
      assert_equal "$status" 0
    else
      assert_equal "$status" 143 # 128 + 15: killed by the signal
    fi
    for p in $processes; do gone "$p" || fail "$p is left: $(ps -o pid,ppid,stat,args -p "$p")"; done
    refused one
    start again "./$name" "$port"
    wait_until eval 'printed again "^listening on .*:$port$" || ended again'
    printed again "^listening on .*:$port$"
  }
  servers=(ch03-signals/shutdown_server "${chapter4[@]}")
  # the last is pselect_server: see no_tsan
  ! sanitized ch04-select/pselect_server tsan || unset 'servers[-1]'
  on scenario "${servers[@]}"
}
