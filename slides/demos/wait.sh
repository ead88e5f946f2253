#!/usr/bin/env bash
# wait: the parent asks how its children ended: no zombie is left
. "${0%/*}/lib.bash"
chapter ch02-fork

say "Two children exit with 7 and 3. The one that was forked last ends first.
  The parent calls wait() until there is nobody left to wait for."
start wait './wait 1000'
await printed wait 'third wait'
parent=${pid[wait]}
expect "wait() returned for whichever child ended first, with its exit status." \
  printed wait '^Child sent one: 3$'
expect "Then for the other. A third call failed: no child, ECHILD." \
  printed wait '^Child sent two: 7$'

say "The parent lives on. Are there zombies?"
run "ps -o pid,ppid,stat,args -p $parent --ppid $parent"
expect "No: a child that was waited for is gone for good." has_children "$parent" 0
note "wait() blocks until a child ends. A server has other things to do: waitpid."
