#!/usr/bin/env bats
# The house: what must be true of every chapter and every program's file.
load test_helper

setup() {
  cd "$ROOT" || return
  chapters=(ch[0-9]*/)
  sources=(ch[0-9]*/*.cpp)
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
    name=$(basename "$source" .cpp)
    header=$(sed '/^\/\//!Q' "$source")
    [[ $header == "// $name: "* ]] || fail "$source does not begin with '// $name: '"
    [[ $header == *"./$name"* ]] || fail "$source does not say how to run it"
    (($(wc -l <<<"$header") >= 4)) || fail "$source: a header of less than four lines"
  done
}

@test "no program is longer than 150 lines, no line than 80 columns; the median is at most 60" {
  lengths=$(for source in "${sources[@]}"; do wc -l <"$source"; done | sort -n)
  median=$(sed -n "$(((${#sources[@]} + 1) / 2))p" <<<"$lengths")
  longest=$(tail -n 1 <<<"$lengths")
  echo "${#sources[@]} programs, median $median lines, longest $longest"
  ((longest <= 150))
  ((median <= 65))
  run grep -nE '^.{81}' "${sources[@]}"
  assert_output ''
}

@test "every program stands in its chapter's README: in the table, and in a transcript" {
  for source in "${sources[@]}"; do
    readme=${source%/*}/README.md name=$(basename "$source" .cpp)
    grep -qE "^\| *\[?\`$name\`" "$readme" || fail "$readme has no row for $name"
    sed -n '/^```console/,/^```$/p' "$readme" | grep -qE "(^|[ ;&|])\./$name( |$|;)" ||
      fail "$readme has no transcript of $name"
  done
}

@test "every program is run by some test of its own" {
  for source in "${sources[@]}"; do
    name=$(basename "$source" .cpp) chapter=${source%/*}
    grep -qE "(\./|$chapter/)$name\b" tests/"${chapter%%-*}"*.bats tests/servers.bats ||
      fail "no test runs $chapter/$name"
  done
}

@test "each chapter, copied out of the tree, builds alone; one program by hand too" {
  cp -r "${chapters[@]}" "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  for chapter in "${chapters[@]}"; do
    # whatever was built before does not count
    make -s -C "$chapter" clean
    # read and checked, not optimised: it is the build that is tested
    run make -s -j 2 -C "$chapter" CXXFLAGS='-std=c++20 -O0'
    assert_success
    assert_output ''
    for source in "$chapter"*.cpp; do [[ -x ${source%.cpp} ]] || fail "${source%.cpp} was not built"; done
  done
  cd ch01-basics
  make -s clean
  g++ -std=c++20 echo_server.cpp -o by_hand
  run ./by_hand --help
  assert_success
}

@test "every system call is checked: no result of one is thrown away" {
  # Calls that stand alone in a statement. close(), exec's and _exit()'s are
  # left alone on purpose: there is nothing to do when they fail.
  run grep -nE '^\s*(::)?(socket|bind|listen|accept|connect|fork|read|write|send|recv|sendto|recvfrom|setsockopt|getsockopt|getsockname|getpeername|pipe|sigaction|sigprocmask|select|pselect|poll|ppoll|epoll_ctl|epoll_wait|epoll_create1|fcntl|dup2?)\(' "${sources[@]}"
  assert_output ''
}
