#!/usr/bin/env bash
# host-reboot: the host of a server crashes, comes back, and knows nothing
. "${0%/*}/lib.bash"
needs namespaces ip ss
chapter ch02-fork

serve server "./echo_server $any"
start client "../ch01-basics/echo_client $to"
type client 'one'
await printed client '^one$'
say "The crash: the network is cut, the server's processes are killed, and its
  sockets taken away (ss -K), so that nothing is sent, not even later."
run 'ip link set lo down'
run "kill -KILL ${pid[server]} $(child_of "${pid[server]}")"
await ended server
run "ss -tKHa 'sport = :$port'"
[[ -z $(ss -Hta "sport = :$port") ]] || skip 'this kernel has no ss -K (CONFIG_INET_DIAG_DESTROY)'
say "The host is back, and the server started again:"
run 'ip link set lo up'
serve server "./echo_server $any"
run "ss -tan $only"
expect "The client still believes in its connection; the server has never heard of
  it." shown '^ESTAB '
type client 'two'
await ended client
books "RST is the answer to a segment of a connection that is not known. (Lecture
  notes that say ETIMEDOUT mean a host that stays down.)"
linux "the write succeeds, the read fails, after $(took) s."
expect "ECONNRESET: Connection reset by peer." printed client 'read: Connection reset by peer$'
await exited client 1
