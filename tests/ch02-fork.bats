#!/usr/bin/env bats
load test_helper
setup() { in_chapter ch02-fork; }

@test "zombie: the dead child stays Z, <defunct>, with the parent's PPID, until the parent has gone" {
  start zombie ./zombie 1000
  wait_until has_zombies "${pid[zombie]}" 1
  run ps -o ppid=,stat=,args= --ppid "${pid[zombie]}"
  assert_output --regexp "^ *${pid[zombie]} Z.* \[zombie\] <defunct>$"
  child=$(children "${pid[zombie]}")
  kill -KILL "$child"
  has_zombies "${pid[zombie]}" 1
  kill "${pid[zombie]}"
  wait_until gone "$child"
}

@test "zombie: both say who they are, and the parent ends after SECONDS" {
  start zombie ./zombie 0.1
  finish zombie
  assert_equal "$status" 0
  assert_line --regexp "^parent ${pid[zombie]}: my child is [0-9]+"
  assert_line "parent ${pid[zombie]}: I exit too"
}
