#!/usr/bin/env bats
# Every server under Valgrind: memcheck finds no error and no leak, and a server
# that has had more clients holds no more memory and no more descriptors; for
# thread_server also Helgrind and DRD. It takes minutes, and so is no part of
# make test: make test-valgrind.
load test_helper

setup() {
  cd "$ROOT" || return
  set +T # without Bats' trap on every command
  command -v valgrind >/dev/null || skip 'valgrind is not installed (sh setup.sh --all)'
  ! sanitized ch01-basics/echo_server || skip 'a sanitizer is in the programs'
}

# under TOOL SERVER ROUNDS: starts it, sends it clients, ends it with SIGTERM.
# $blocks and $bytes are what it still has in memory then.
under() {
  local tool=$1 name=$2 rounds=$3 arguments=(0) files log round
  case $name in
    */slow_*) arguments=(0 127.0.0.1 0) ;;
    */reuseaddr_server) arguments=(1 0) ;;
  esac
  echo "$tool $name ${arguments[*]}: $rounds rounds of clients"
  log=$BATS_TEST_TMPDIR/${name//\//.}.$tool.$rounds
  start_server "${bare[@]}" valgrind --tool="$tool" --log-file="$log.%p" \
    "${options[@]}" "./$name" "${arguments[@]}"
  files=$(open_files)
  for ((round = 0; round < rounds; ++round)); do
    clients "$name"
    wait_until closed
  done
  kill -TERM "$server"
  finish server
  [[ $status -eq 0 || $status -eq 143 ]] || fail "status $status"
  wait_until eval '[[ -z $(group "$server") ]]' # its children write a report too
  for log in "$log".*; do
    grep -q 'ERROR SUMMARY: 0 errors' "$log" || fail "$(cat "$log")"
  done
  [[ $tool != memcheck ]] || read -r bytes blocks < <(sed -nE 's/.* in use at exit: ([0-9,]+) bytes in ([0-9,]+) blocks/\1 \2/p' "${log%.*}.$server" | tr -d ,)
  stop_server # what start_server has of it
}
closed() { [[ $(open_files) -eq $files ]]; }
open_files() { find "/proc/$server/fd" -mindepth 1 | wc -l; }

clients() {
  local host=127.0.0.1
  case $1 in
    */udp_echo_server)
      run limit ch01-basics/udp_echo_client "$host" "$port" <<<line
      assert_output line
      ;;
    */daytime_server | */shift_server | */reuseaddr_server)
      limit "${1%server}client" "$host" "$port"
      probe reset connect sent
      ;;
    *)
      probe echo 100000
      probe halfclose 100000
      probe reset connect sent midread idle halfclosed
      ;;
  esac
}

# Eight rounds more are 8 datagrams, 24 clients or 56. What is kept is not to the
# byte the same: a table of clients is as long as there were clients at once, and
# glibc keeps some of the stacks of ended threads for the next.
memcheck() {
  local name kinds few_blocks few_bytes
  for name in "$1"*/*_server.cpp; do
    name=${name%.cpp}
    kinds=definite,indirect,possible
    [[ $name != */thread_server ]] || kinds=definite,indirect # those stacks
    options=(--leak-check=full --errors-for-leak-kinds="$kinds")
    under memcheck "$name" 1
    few_blocks=$blocks few_bytes=$bytes
    under memcheck "$name" 9
    ((blocks < few_blocks + 8 && bytes < few_bytes + 4000)) ||
      fail "$few_bytes bytes in $few_blocks blocks, after more clients $bytes in $blocks"
  done
}
@test "memcheck: the servers of chapter 1" { memcheck ch01; }
@test "memcheck: the servers of chapter 2" { memcheck ch02; }
@test "memcheck: the servers of chapter 3" { memcheck ch03; }
@test "memcheck: the servers of chapter 4" { memcheck ch04; }
@test "memcheck: the servers of chapter 5" { memcheck ch05; }

@test "Helgrind and DRD: thread_server" {
  options=()
  for tool in helgrind drd; do under "$tool" ch04-select/thread_server 3; done
}
