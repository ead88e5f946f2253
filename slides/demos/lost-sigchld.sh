#!/usr/bin/env bash
# lost-sigchld: a stopped server, five children, one SIGCHLD: four zombies
. "${0%/*}/lib.bash"
chapter ch03-signals

say "A server that is slow for a moment (here it is stopped) while the children of
  five clients end. Its handler calls wait() once."
attempt() { # PROGRAM
  serve server "./$1 $any"
  server=${pid[server]}
  start clients "./many_clients 5 $at 1000"
  await has_children "$server" 5
  await printed clients 'each has its line back'
  run "kill -STOP $server"
  await has_state "$server" T
  run "kill ${pid[clients]}"
  await has_zombies "$server" 5
  run "kill -CONT $server"
  await has_state "$server" S
}
attempt single_wait_server
books "UNP: leaves one to four zombies, differently from run to run."
run "ps -o pid,ppid,stat,args --ppid $server"
expect "Five SIGCHLDs came while it was stopped: one was kept. One wait(): four
  zombies, every time." has_zombies "$server" 4

say "The same with a loop of waitpid() in the handler:"
run "kill $server"
await ended server
attempt echo_server
await has_children "$server" 0
run "ps -o pid,ppid,stat,args --ppid $server"
expect "One signal, five children, none left." has_children "$server" 0
