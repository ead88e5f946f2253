#!/usr/bin/env bash
# single-wait: five clients leave at once: one wait() per signal, or a loop
. "${0%/*}/lib.bash"
chapter ch03-signals
idle_children() { ! ps -o stat= --ppid "$1" | grep -q '^[^Z]'; } # all have ended

say "Two echo servers, the same but for the handler of SIGCHLD. Five clients
  connect and leave at the same moment."
serve server "./single_wait_server $any"
wrong=${pid[server]}
run "./many_clients 5 $to"
await idle_children "$wrong"
run "ps -o pid,ppid,stat,args -p $wrong --ppid $wrong"
left=$(ps -o stat= --ppid "$wrong" | grep -c ^Z || true)
note "One wait() for each SIGCHLD: $left zombies this time. The signals of children
  that end together are merged, so the number differs from run to run."

say "Now the right one: while (waitpid(-1, NULL, WNOHANG) > 0)"
run "kill $wrong"
await ended server
serve server "./echo_server $any"
right=${pid[server]}
run "./many_clients 5 $to"
await has_children "$right" 0
run "ps -o pid,ppid,stat,args -p $right --ppid $right"
expect "None, every time. The number of signals does not matter to a loop." \
  has_children "$right" 0
note "lost-sigchld makes the fault certain: exactly four of five."
