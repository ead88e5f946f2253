#!/usr/bin/env bash
# server-child-killed: the server's process is killed under its client
. "${0%/*}/lib.bash"
chapter ch04-select

say "A forking server and a client. The child that serves it is killed."
serve server "../ch03-signals/echo_server $any"
server=${pid[server]}
start client "../ch01-basics/echo_client $to"
watch "ss -tan $only"
type client 'one'
await printed client '^one$'
run "kill -KILL $(child_of "$server")"
await sockets 1 close-wait "dport = :$port"
await sockets 1 fin-wait-2 "sport = :$port"
look '^CLOSE-WAIT +1 '
expect "The kernel closed the child's socket: FIN. The server's end is in
  FIN-WAIT-2, and the client's in CLOSE-WAIT." sockets 1 fin-wait-2 "sport = :$port"
expect "The FIN waits in the client's queue (Recv-Q 1), but the client sits in
  getchar() and cannot see it." shown '^CLOSE-WAIT +1 '
books "UNP: the read after the next write returns 0, or ECONNRESET if the RST is
  faster."
type client 'two'
await ended client
linux "the write succeeds, and the read returns 0: the FIN came first."
expect "Told one line too late: server terminated prematurely." \
  printed client 'server terminated prematurely'
await exited client 1

say "The same with a client that waits for its input and the server, both at
  once: select()."
start client "./select_client $to"
type client 'one'
await printed client '^one$'
run "kill -KILL $(child_of "$server")"
await ended client
expect "It knew at once, $(took) s after the kill, with nothing typed." \
  printed client 'server terminated prematurely'
