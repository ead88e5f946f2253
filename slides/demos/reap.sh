#!/usr/bin/env bash
# reap: a SIGCHLD handler waits for each child as it ends
. "${0%/*}/lib.bash"
chapter ch03-signals

say "Two children end, 0.3 s and 0.6 s from now. The parent does something else;
  SIGCHLD tells it."
start reap './reap 0.3 1000'
await printed reap '^both are gone'
run "ps -o pid,ppid,stat,args -p ${pid[reap]} --ppid ${pid[reap]}"
expect "Both were waited for, with their statuses." printed reap '^Child sent: 24$'
expect "No zombie is left, and the parent never stood still for it." \
  has_children "${pid[reap]}" 0
