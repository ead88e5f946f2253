#!/usr/bin/env bats
# The contract that every program keeps: its arguments, its usage, its errors,
# a server's first line. The programs are found in the tree, and what their
# arguments are is read from their usage lines: nothing here names a program.
load test_helper

setup_file() { # what each program says of itself, once for all tests
  set +T
  cd "$BATS_TEST_DIRNAME/.." || return
  for program in ch[0-9]*/*.cpp; do
    program=${program%.cpp}
    "$program" --help >"$BATS_FILE_TMPDIR/${program//\//-}"
  done
}

setup() {
  set +T # without Bats' trap on every command this takes half the time
  cd "$ROOT" || return
  sources=(ch[0-9]*/*.cpp)
  programs=("${sources[@]%.cpp}")
  [[ ${#programs[@]} -ge 2 ]] || fail 'no programs found'
}

# synopsis PROGRAM: its usage line's words after the name, into $usage; without
# brackets and defaults, into the array words
synopsis() {
  read -r usage <"$BATS_FILE_TMPDIR/${1//\//-}"
  usage=${usage#"usage: ./${1##*/}"}
  local line=${usage//[\[\]]/}
  while [[ $line =~ =[^\ ]* ]]; do line=${line/"${BASH_REMATCH[0]}"/}; done
  read -ra words <<<"$line"
}
# before_word WORD: arguments that are right for those before it, into the array
# before; false if there is no WORD
before_word() {
  before=()
  local word
  for word in "${words[@]}"; do
    [[ $word != "$1" ]] || return 0
    good "$word"
    before+=("$right")
  done
  return 1
}
is_client() { [[ " ${words[*]} " == *' HOST PORT '* ]]; }

# good WORD: an argument that is right for that word, into $right
good() {
  case $1 in
    PORT) is_client && right=1 || right=0 ;; # 0: refused for being 0
    ADDRESS | HOST) right=127.0.0.1 ;;
    *'|'*) right=${1%%|*} ;;
    *) right=1 ;;
  esac
}

# refuses PROGRAM ARGUMENT...: usage on standard error, nothing on standard
# output, status 2. Says what is wrong with it otherwise.
refuses() {
  local said status=-1 ended
  while [[ $status -eq -1 ]]; do # Bash loses that of a process substitution, once in 10,000
    said='' status=0
    exec {ended}< <(exec "$@" 2>&1 >"$BATS_TEST_TMPDIR/stdout" </dev/null)
    IFS= read -r -d '' -t "$patience" -u "$ended" said || [[ $? -eq 1 ]] || kill -KILL $!
    exec {ended}<&-
    wait $! || status=$?
  done
  [[ $status -eq 2 ]] || complain "status $status instead of 2: ${*@Q}"
  [[ $said == "${1##*/}: "*$'\n'"usage: ./${1##*/}"* ]] ||
    complain "no usage on standard error, but '$said': ${*@Q}"
  [[ ! -s $BATS_TEST_TMPDIR/stdout ]] || complain "wrote to standard output: ${*@Q}"
}
complain() {
  echo "$1"
  wrong=1
}

# try_words PATTERN VALUE... [-- VALUE...]: every program with a word like PATTERN
# in its synopsis refuses each VALUE in that place. Those behind -- are tried on
# the first of them only: all have the same basics.hpp.
try_words() {
  local pattern=$1 program word value tried=0 before values=() once=()
  shift
  while [[ $# -gt 0 && $1 != -- ]]; do values+=("$1") && shift; done
  once=("${@:2}")
  wrong=0
  for program in "${programs[@]}"; do
    before=()
    synopsis "$program"
    for word in "${words[@]}"; do
      # shellcheck disable=SC2053 # it is a pattern
      if [[ $word == $pattern ]]; then
        for value in "${values[@]}" "${once[@]}"; do
          refuses "$program" "${before[@]}" "$value"
        done
        once=()
        tried=$((tried + 1))
      fi
      good "$word"
      before+=("$right")
    done
  done
  [[ $tried -gt 0 ]] || fail "no program has an argument $pattern"
  [[ $wrong -eq 0 ]]
}

@test "--help: the usage and what the program shows, on standard output, status 0" {
  wrong=0
  for program in "${programs[@]}"; do
    run --separate-stderr limit "$program" --help
    [[ $status -eq 0 && -z $stderr ]] || complain "status $status, '$stderr': $program --help"
    [[ ${lines[0]} =~ ^'usage: ./'"${program##*/}"( |$) ]] || complain "no usage: $program --help"
    [[ -n ${lines[1]-} ]] || complain "does not say what it shows: $program --help"
    [[ ${lines[0]} != *' ' ]] || complain "a space at the end: $program --help"
  done
  [[ $wrong -eq 0 ]]
}

@test "--help: lost output is an error, status 1" {
  for program in "${programs[@]}"; do
    run limit sh -c '"$1" --help >/dev/full' sh "$program"
    assert_equal "$program $status" "$program 1"
    assert_output "${program##*/}: cannot write its output"
  done
}

@test "an option that does not exist is refused" {
  wrong=0
  for program in "${programs[@]}"; do
    refuses "$program" --no-such-option
    refuses "$program" -x
  done
  [[ $wrong -eq 0 ]]
}

@test "one argument too many is refused, and one too few" {
  wrong=0
  for program in "${programs[@]}"; do
    synopsis "$program"
    before_word '' || true
    [[ ${words[*]} == *... ]] || refuses "$program" "${before[@]}" 1
    read -ra required <<<"${usage%%\[*}"
    [[ ${#required[@]} -eq 0 ]] || refuses "$program" "${before[@]:0:${#required[@]}-1}"
  done
  [[ $wrong -eq 0 ]]
}

@test "a PORT that is not a whole number from 0 to 65535 is refused" {
  try_words PORT -1 65536 99999999999999999999 80x '' -- ' 80' '80 ' +80 0x50 8.0 http
}

@test "a client refuses PORT 0" {
  wrong=0
  clients=0
  for program in "${programs[@]}"; do
    synopsis "$program"
    is_client || continue
    before_word PORT
    refuses "$program" "${before[@]}" 0
    clients=$((clients + 1))
  done
  [[ $clients -gt 0 && $wrong -eq 0 ]]
}

@test "a malformed ADDRESS or HOST is refused" {
  try_words '@(ADDRESS|HOST)' '' 1.2.3 256.0.0.1 '127.0.0.1 ' nowhere -- 127.0.0.1. 1.2.3.4.5 0x7f.0.0.1 ::1
}

@test "a number of SECONDS that is negative, endless or followed by something is refused" {
  try_words '*SECONDS' -1 1x '' nan 1e99 -- -0.5 x inf ' 1'
}

@test "a word out of a list is refused when it is not in the list" {
  try_words '*|*' nonsense '' 2 01
}

@test "a server's first line is 'listening on ADDRESS:PORT', and it listens there" {
  servers=(ch[0-9]*/*_server)
  for program in "${servers[@]}"; do
    for where in 127.0.0.1 127.0.0.2 0.0.0.0; do
      server_on "$program" "$where"
      assert_equal "$program $address" "$program $where"
      [[ $(ss -Htuln "sport = :$port") == *" $where:$port "* ]] ||
        fail "$program said $where:$port, but listens on: $(ss -Htuln "sport = :$port")"
      stop_server
    done
  done
}

@test "a server whose port is in use says so: bind, status 1" {
  servers=(ch[0-9]*/*_server)
  for program in "${servers[@]}"; do
    server_on "$program" 127.0.0.1
    run --separate-stderr limit "$program" "${before[@]}" "$port" 127.0.0.1
    assert_equal "$program $status" "$program 1"
    assert_equal "$stderr" "${program##*/}: bind: Address already in use (127.0.0.1:$port)"
    assert_output ''
    stop_server
  done
}

# server_on PROGRAM ADDRESS: start_server with whatever it wants before PORT
server_on() {
  synopsis "$1"
  before_word PORT
  start_server "$1" "${before[@]}" 0 "$2"
}

@test "a client without a server says so: status 1, the call, the reason, the address" {
  clients=0
  for program in "${programs[@]}"; do
    synopsis "$program"
    is_client || continue
    before_word HOST
    # nobody listens on port 1 of this one of the 16 million loopback addresses
    run --separate-stderr limit "$program" "${before[@]}" 127.201.13.7 1 <<<hello
    assert_equal "$program $status" "$program 1"
    [[ $stderr == "${program##*/}: "*": Connection refused (127.201.13.7:1)" ]] ||
      fail "$program said: $stderr"
    clients=$((clients + 1))
  done
  [[ $clients -gt 0 ]]
}
