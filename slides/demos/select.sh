#!/usr/bin/env bash
# select: one process serves all its clients: no child and no thread
. "${0%/*}/lib.bash"
chapter ch04-select

say "select() tells which of many sockets have something to read."
serve server "./select_server $any"
server=${pid[server]}
start ann "./select_client $to"
start bob "./select_client $to"
await sockets 2 established "sport = :$port"

say "Ann came first and types nothing. Bob:"
type bob 'hello from bob'
expect "Served, side by side." printed bob '^hello from bob$'
type ann 'and from ann'
await printed ann '^and from ann$'
run "ps -o pid,ppid,stat,nlwp,args -p $server --ppid $server"
expect "One process, one thread (NLWP 1), no children." \
  shown "^ *$server +[0-9]+ S[^ ]* +1 "
expect "Nothing to wait for, so no zombies." has_children "$server" 0

say "Ann is killed: one client is over, nobody else notices."
run "kill -KILL ${pid[ann]}"
await ended ann
type bob 'still there?'
expect "Still there." printed bob '^still there\?$'
