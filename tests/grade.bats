#!/usr/bin/env bats
# The exercises grade as they say: solution, starting point and wrong answers.
load test_helper

setup() { cd "$ROOT" || return; }

# What it proves is what is in the folder: no list to be forgotten. PROVE=all (make
# prove): every wrong answer and all checks of it, which takes 8 to 25 minutes, and not
# one of each exercise that fails what it must.
proves() {
  local exercise some=1 at_once=2 path="$BATS_TEST_TMPDIR/a path with blanks"
  ln -s "$ROOT" "$path"
  [[ ${PROVE-} != all ]] || some='' at_once=1 # five of these are at once
  for exercise in "$path/$1"/exercises/*/; do
    [[ ! -d $exercise ]] || SOME=$some JOBS=$at_once "$path/tests/grade/prove" "$exercise"
  done
}

@test "the exercises of chapter 1 grade as they say" { proves ch01-basics; }
@test "the exercises of chapter 2 grade as they say" { proves ch02-fork; }
@test "the exercises of chapter 3 grade as they say" { proves ch03-signals; }
@test "the exercises of chapter 4 grade as they say" { proves ch04-select; }
@test "the exercises of chapter 5 grade as they say" { proves ch05-client-split; }
@test "no chapter's exercises are left out of these" {
  for folder in ch[0-9]*/exercises/; do
    grep -q "^@test .* { proves ${folder%/exercises/}; }$" tests/grade.bats || fail "$folder"
  done
}
