#!/usr/bin/env bats
# The exercises grade as they say, and the grader's reports are what their
# readers can read.
load test_helper

setup() {
  cd "$ROOT" || return
  grade=$ROOT/tests/grade/grade
  model=ch02-fork/exercises/fork_server
}

# submit FILE: a folder with FILE handed in for the model exercise
submit() {
  mkdir -p "$BATS_TEST_TMPDIR/submission"
  cp "$1" "$BATS_TEST_TMPDIR/submission/fork_server.cpp"
  submission=$BATS_TEST_TMPDIR/submission
}

prove() {
  local exercise
  for exercise in "$1"/exercises/*/; do
    [[ -d $exercise ]] || skip "no exercises in $1 yet"
    tests/grade/prove "$exercise"
  done
}

@test "the exercises of chapter 1 grade as they say" { prove ch01-basics; }
@test "the exercises of chapter 2 grade as they say" { prove ch02-fork; }
@test "the exercises of chapter 3 grade as they say" { prove ch03-signals; }
@test "the exercises of chapter 4 grade as they say" { prove ch04-select; }
@test "the exercises of chapter 5 grade as they say" { prove ch05-client-split; }
