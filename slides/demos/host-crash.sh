#!/usr/bin/env bash
# host-crash: the server's host is gone, and the client writes
. "${0%/*}/lib.bash"
needs namespaces ip sysctl
chapter ch02-fork

say "A host that crashes sends no FIN. Here the network is cut: no segment comes
  back. The client notices nothing until it writes."
run "sysctl -w net.ipv4.tcp_retries2=2"
say "(The default, 15, would take a quarter of an hour.)"
serve server "./echo_server $any"
start client "../ch01-basics/echo_client $to"
type client 'one'
await printed client '^one$'
run 'ip link set lo down'
watch "ss -tno 'dport = :$port'"
type client 'two'
look '^ESTAB +0 +4 '
expect "The write succeeded: the line is in the send queue, and a timer is set to send
  it again." shown '^ESTAB +0 +4 .*timer:\(on,'
await ended client
books "ETIMEDOUT, or EHOSTUNREACH if a router said so."
linux "the read after it fails with ETIMEDOUT, after $(took) s here."
expect "Connection timed out." printed client 'read: Connection timed out$'
await exited client 1
