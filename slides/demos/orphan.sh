#!/usr/bin/env bash
# orphan: the parent ends first: who is its children's parent then?
. "${0%/*}/lib.bash"
chapter ch02-fork

say "A parent leaves two children behind: one that runs on, the orphan, and one
  that has ended and that nobody waited for, a zombie."
start orphan './orphan 1000'
await printed orphan 'zombie [0-9]+ is gone'
parent=${pid[orphan]}
orphan=$(sed -n 's/^child \([0-9]*\): now my parent is.*/\1/p' "$DEMO_WORK/orphan.out")
adopter=$(sed -n 's/.*now my parent is \([0-9]*\).*/\1/p' "$DEMO_WORK/orphan.out")

run "ps -o pid,ppid,stat,args -p $parent,$orphan,$adopter"
books "init, process 1, adopts orphans."
linux "the nearest living subreaper among the ancestors does (a desktop's systemd
  --user is one), else process 1 of the PID namespace. Here it is $adopter."
expect "The parent, $parent, has gone; the orphan's PPID is $adopter now." \
  shown "^ *$orphan +$adopter "

expect "The zombie has gone as well: its adopter has waited for it." \
  printed orphan 'zombie [0-9]+ is gone'
note "An orphan is no zombie: one has lost its parent, the other its life."
