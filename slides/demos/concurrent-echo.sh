#!/usr/bin/env bash
# concurrent-echo: a server that forks for each client serves them side by side
. "${0%/*}/lib.bash"
chapter ch02-fork

say "An echo server: the parent accepts, a child serves. Two clients at once."
serve server "./echo_server $any"
parent=${pid[server]}
start ann "../ch01-basics/echo_client $to"
await has_children "$parent" 1
start bob "../ch01-basics/echo_client $to"
await has_children "$parent" 2

say "Ann came first, and types nothing. Bob is served all the same:"
type bob 'hello from bob'
expect "No client waits for another." printed bob '^hello from bob$'
type ann 'and from ann'
await printed ann '^and from ann$'

run "ps -o pid,ppid,stat,args -p $parent --ppid $parent"
expect "One process accepts; one child per client serves." has_children "$parent" 2
run "ss -tn $only"
expect "Two connections, one port: they differ at the client's end." \
  sockets 2 established "sport = :$port"

say "Both clients leave. Their children exit, and the parent sits in accept():"
end ann
end bob
await has_zombies "$parent" 2
run "ps -o pid,ppid,stat,args --ppid $parent"
expect "Two zombies: this server waits for its children only between accepts." \
  has_zombies "$parent" 2

say "Ann comes back, and so wakes it up."
start ann "../ch01-basics/echo_client $to"
await has_zombies "$parent" 0
expect "The zombies are gone; one child is left, hers." has_zombies "$parent" 0
expect "Chapter 3 does it at once: SIGCHLD." has_children "$parent" 1
