#!/usr/bin/env bash
# split: one client, two processes: one reads, one writes
. "${0%/*}/lib.bash"
chapter ch05-client-split

say "After connect() the client forks: the parent reads from the server and prints,
  the child reads what is typed and writes."
serve server "./slow_echo_server $own 127.0.0.1 300"
start client "./split_client $to"
client=${pid[client]}
await has_children "$client" 1
run "ps -o pid,ppid,stat,args -p $client --ppid $client"
expect "Two processes, one socket." has_children "$client" 1
say "The answers take 0.3 s. Nobody has to wait for them to type on:"
type client 'one'
type client 'two'
await printed client '^Message from server: one$'
expect "Both came back." printed client '^Message from server: two$'
type client 'three'
type client 'q'
await ended client
expect "After q the child half-closed and ended; the parent still printed what was
  under way." printed client '^Message from server: three$'
expect "Then the parent waited for it: no zombie, and status 0." exited client 0
