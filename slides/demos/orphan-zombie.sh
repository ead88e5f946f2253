#!/usr/bin/env bash
# orphan-zombie: a zombie whose parent has died: gone, or there for ever?
. "${0%/*}/lib.bash"
needs namespaces
chapter ch02-fork

books "some say that it stays, some that it vanishes. Both are right:"
say "First with an adopter that waits, as init does:"
start orphan './orphan 1000'
await printed orphan 'zombie [0-9]+ is gone'
adopter=$(said orphan '.*now my parent is ([0-9]+) .*')
zombie=$(said orphan '.*zombie ([0-9]+) is gone.*')
run "ps -o pid,ppid,stat,args -p $zombie,$adopter"
expect "The zombie's parent is gone, process $adopter has waited for it: it vanished." \
  printed orphan "zombie [0-9]+ is gone: $adopter"

say "Now in a PID namespace whose process 1 is sleep: it adopts, but never waits."
start host "unshare --pid --fork --kill-child --mount-proc sh -c './orphan 0.5 & exec sleep 1000'"
await printed host 'zombie [0-9]+ is still there: 1 \(sleep\)'
sleeper=$(child_of "${pid[host]}")
run "ps -o pid,ppid,stat,args --ppid $sleeper"
expect "Zombies, and they stay." test "$(grep -c defunct <<<"$output")" -ge 2
linux "it depends on the adopter. In a container the program that is process 1 has
  to wait; docker run --init puts one there that does."
run "kill -KILL ${pid[host]}"
expect "unshare has taken its process 1 with it (--kill-child), that its namespace,
  and that its zombies." \
  has_children "$sleeper" 0
