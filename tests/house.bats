#!/usr/bin/env bats
# The house: what must be true of every chapter and every program's file.
load test_helper

setup() {
  set +T # without Bats' trap on every command this takes half the time
  cd "$ROOT" || return
  chapters=(ch[0-9]*/)
  chapters=("${chapters[@]%/}")
  sources=(ch[0-9]*/*.cpp)
}

# name_of PATH: $name, as basename says it, without a process for each program
name_of() {
  name=${1##*/}
  name=${name%.cpp}
}

@test "basics.hpp and the Makefile are the same, to the byte, in every chapter" {
  for chapter in "${chapters[@]}"; do
    cmp ch01-basics/basics.hpp "$chapter/basics.hpp"
    cmp ch01-basics/Makefile "$chapter/Makefile"
  done
}

@test "a chapter's Makefile has at most 12 lines" {
  run wc -l <ch01-basics/Makefile
  ((output <= 12)) || fail "$output lines"
}

@test "every program's file begins with a comment: its name, what it shows, how to run it" {
  for source in "${sources[@]}"; do
    name_of "$source"
    header='' length=0
    while IFS= read -r line && [[ $line == //* ]]; do header+=$line$'\n' length=$((length + 1)); done <"$source"
    [[ $header == "// $name: "* ]] || fail "$source does not begin with '// $name: '"
    [[ $header == *"./$name"* ]] || fail "$source does not say how to run it"
    ((length >= 4)) || fail "$source: a header of less than four lines"
  done
}

# measure: the programs' lines: $median and $longest
measure() {
  lengths=$(wc -l "${sources[@]}" | awk '$2 != "total" { print $1 }' | sort -n)
  median=$(sed -n "$(((${#sources[@]} + 1) / 2))p" <<<"$lengths")
  longest=$(tail -n 1 <<<"$lengths")
}

@test "no program is longer than 150 lines, no line than 80 columns; the median is at most 75" {
  measure
  echo "${#sources[@]} programs, median $median lines, longest $longest"
  ((longest <= 150))
  ((median <= 75))
  run grep -nE '^.{81}' "${sources[@]}"
  assert_output ''
}

@test "every program stands in its chapter's README: in the table, and in a transcript" {
  for chapter in "${chapters[@]}"; do
    rows=$(grep -E '^\|' "$chapter/README.md")
    transcripts=$(sed -n '/^```console/,/^```$/p' "$chapter/README.md")
    for source in "$chapter"/*.cpp; do
      name_of "$source"
      [[ $'\n'$rows =~ $'\n|'[^|]*\`"$name"[\`\ ] ]] || fail "$chapter/README.md has no row for $name"
      [[ $transcripts$'\n' =~ [[:space:]\;\&|]\./"$name"[[:space:]\;] ]] ||
        fail "$chapter/README.md has no transcript of $name"
    done
  done
}

@test "every exercise stands in its chapter's README and on its deck" {
  for exercise in ch[0-9]*/exercises/*/; do
    name_of "${exercise%/}"
    chapter=${exercise%%/*}
    grep -q "^| \[$name\](exercises/$name/README.md) |" "$chapter/README.md" || fail "$chapter/README.md: $name"
    sed -n '/^# Exercises$/,$p' "slides/$chapter.md" | grep -qE "\*\*\`?$name\`?\*\*" || fail "slides/$chapter.md: $name"
  done
}

@test "the README's figures are those of the tree" {
  figure() { grep -qF "| $1 |" README.md || fail "README.md has other figures than: $1"; }
  measure
  figure "${#sources[@]}: median $median lines, longest $longest"
  hostile=$(grep -c '^@test' tests/grade-hostile.bats) valgrind=$(grep -c '^@test' tests/valgrind.bats)
  all=$(cat tests/*.bats | grep -c '^@test')
  figure "$((all - hostile - valgrind)), $hostile that attack the grader, $valgrind with Valgrind"
  figure "$(grep -c '^@test' tests/scenarios.bats)"
  figure "$(grep -c '^[^# ]' tests/mutations)"
  exercises=(ch[0-9]*/exercises/*/) wrong=(ch[0-9]*/exercises/*/.meta/wrong/*.cpp)
  figure "${#exercises[@]}, ${#wrong[@]}"
}

@test "every program is run by some test of its own" {
  for chapter in "${chapters[@]}"; do
    words=$'\n'$(grep -ohwE '[a-z0-9_]+' tests/"${chapter%%-*}"*.bats tests/servers.bats | sort -u)$'\n'
    for source in "$chapter"/*.cpp; do
      name_of "$source"
      [[ $words == *$'\n'"$name"$'\n'* ]] || fail "no test runs $chapter/$name"
    done
  done
}

@test "make help fits 80 columns; make says nothing where there is nothing to do" {
  run make -s help
  assert_success
  refute_line --regexp '^.{81}'
  cd "$BATS_TEST_TMPDIR"
  cp "$ROOT/Makefile" .
  mkdir ch02-fork
  cp "$ROOT"/ch02-fork/{Makefile,basics.hpp,fork.cpp} ch02-fork
  touch ch02-fork/fork
  run make
  assert_success
  assert_output ''
}

@test "make grade and grade-class take folders with blanks in their names" {
  unset CHECK SEED JOBS # of the run of the tests
  run make -s -n grade EXERCISE=ch02-fork/fork_server SUBMISSION='her work' OUT='her results'
  assert_output --regexp '^tests/grade/grade +--out "her results" +"ch02-fork/fork_server" "her work"$'
  run make -s -n grade-class EXERCISE=ch02-fork/fork_server SUBMISSIONS='all work' OUT='all results' JOBS=2
  assert_output --regexp '^tests/grade/grade-class +--jobs 2 +--out "all results" +"ch02-fork/fork_server" "all work"$'
}

@test "every fault of tests/mutations still changes its program" {
  faults=$BATS_TEST_TMPDIR/faults
  tests/mutate.sh -n >"$faults" || fail "$(grep -B 1 '^    changes nothing$' "$faults")"
}

@test "each chapter, copied out of the tree, needs nothing that it left behind" {
  cp -r "${chapters[@]}" "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  for chapter in "${chapters[@]}"; do
    while read -r file; do
      [[ $file != */* && -f $chapter/$file ]] || fail "$chapter needs $file"
    done < <(sed -nE 's/^ *# *include *"(.*)".*/\1/p' "$chapter"/*.[ch]pp)
  done
  # all chapters have the same Makefile, and all programs one rule in it
  run make -C ch02-fork clean zombie
  assert_success
  assert_output --partial "${CXX:-g++} -std=c++20"
  run limit ch02-fork/zombie --help
  assert_success
  g++ -std=c++20 ch02-fork/zombie.cpp -o by_hand
  run ./by_hand --help
  assert_success
  run make -C ch02-fork/exercises/fork_server fork_server check
  assert_failure
  assert_output --partial 'make check needs tests/grade, which stands beside the chapters'
  if [[ ${FULL-} == 1 ]]; then
    for chapter in "${chapters[@]}"; do
      programs=("$chapter"/*.cpp)
      name_of "${programs[0]}"
      make -C "$chapter" clean "$name"
    done
  fi
}

@test "every system call is checked: no result of one is thrown away" {
  # A call that is a statement of its own: the line before ends a statement, a
  # block or a comment. close() and shutdown() fail only when there is nothing left to do.
  run awk '
    FNR == 1 { before = ";" }
    before ~ /([;{}]|\/\/.*)$/ &&
      /^ *(socket|bind|listen|accept4?|connect|fork|read|write|send|recv|sendto|recvfrom|[gs]etsockopt|get(sock|peer)name|pipe2?|sigaction|sigprocmask|p?select|p?poll|epoll_(ctl|wait|create1)|fcntl|dup2?|waitpid|setpgid)\(/ {
      print FILENAME ":" FNR ": " $0
    }
    NF { before = $0 }' "${sources[@]}"
  assert_output ''
}

@test "tests/run: Ctrl-C, pressed again and again, ends all that its tests have started" {
  cd "$BATS_TEST_TMPDIR"
  # shellcheck disable=SC2016 # for the test in there
  echo '@test "waits" { setsid sleep 1000 & echo $! >'"$PWD"'/started; wait; }' >waits.bats
  start runner env --default-signal=INT JOBS=1 "$ROOT/tests/run" "$PWD/waits.bats"
  wait_until test -s started
  last=$((SECONDS + 30))
  until ended runner || [[ $SECONDS -gt $last ]]; do kill -INT -- "-${pid[runner]}" || true; done
  finish runner
  assert_equal "$status" 130
  left=$(state "$(<started)")
  kill -KILL "$(<started)" 2>/dev/null || true
  [[ $left == @(Z*|) ]] || fail 'it runs still' # Z: its adopter has not waited yet
}
