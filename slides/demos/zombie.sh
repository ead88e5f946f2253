#!/usr/bin/env bash
# zombie: a child that has ended, and a parent that does not ask how
. "${0%/*}/lib.bash"
chapter ch02-fork

say "The parent forks. The child exits at once with status 7. The parent sleeps
  and never calls wait(). What is left of the child?"
start zombie './zombie 1000'
parent=${pid[zombie]}
await has_zombies "$parent" 1
child=$(ps -o pid= --ppid "$parent" | tr -d ' ')

run "ps -o pid,ppid,stat,args --ppid $parent"
expect "STAT Z and <defunct>: dead, but its PID and its status are kept for the
  parent, which is still $parent (PPID)." shown "^ *$child +$parent +Z.*<defunct>"

say "Can it be killed?"
run "kill -KILL $child; ps -o pid,ppid,stat,args -p $child"
expect "No: it is dead already." shown "^ *$child +$parent +Z.*<defunct>"

say "What ends it is its parent's end: whoever adopts it then, waits for it."
run "kill $parent"
await ended zombie
await gone "$child"
run "ps -o pid,ppid,stat,args -p $child"
expect "The zombie has gone with its parent." test "$status" -eq 1
note "A parent that lives on, a server say, must wait for its children itself."
