#!/usr/bin/env bash
# thread: a thread for each client, in one process
. "${0%/*}/lib.bash"
chapter ch04-select

serve server "./thread_server $any"
server=${pid[server]}
start ann "./select_client $to"
start bob "./select_client $to"
await sockets 2 established "sport = :$port"
type bob 'hello from bob'
await printed bob '^hello from bob$'
type ann 'and from ann'
await printed ann '^and from ann$'
threads() { [[ $(ps -L -o lwp= -p "$server" | wc -l) -eq $1 ]]; }
await threads 3
run "ps -L -o pid,lwp,stat,args -p $server"
expect "One PID, three threads (LWP): main, which accepts, and one per client." threads 3
end ann
await ended ann
expect "Ann has left: so has her thread. Detached, it leaves nothing to wait for." threads 2
