#!/usr/bin/env bash
# shutdown: a server that ends in good order on SIGTERM
. "${0%/*}/lib.bash"
chapter ch03-signals

say "SIGTERM: accept no more clients, let those that are here finish, but not for
  ever. Here they have 1000 seconds."
serve server "./shutdown_server $own 127.0.0.1 1000"
server=${pid[server]}
start client "../ch04-select/select_client $to"
type client 'one'
await printed client '^one$'

run "kill -TERM $server"
await printed server '^SIGTERM: no more clients; 1 have 1000 s to finish'
run "../ch01-basics/echo_client $to"
expect "Nobody new: ECONNREFUSED, as there is no listener any more." \
  shown 'connect: Connection refused'
type client 'two'
expect "The old client is still served." printed client '^two$'

say "A second SIGTERM: at once."
run "kill -TERM $server"
await ended client
expect "The client saw a FIN and has ended." printed client 'server terminated'
expect "The server has killed its child, waited for it, and exits with 0." exited server 0
