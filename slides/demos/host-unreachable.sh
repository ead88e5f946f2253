#!/usr/bin/env bash
# host-unreachable: a router says that the server's host cannot be reached
. "${0%/*}/lib.bash"
needs namespaces nft sysctl
chapter ch02-fork

say "As host-crash, but the segments are answered: ICMP, destination unreachable. A
  firewall's rule does here what a router would."
run "sysctl -w net.ipv4.tcp_retries2=1"
serve server "./echo_server $any"
start client "../ch01-basics/echo_client $to"
type client 'one'
await printed client '^one$'
run "nft add table ip lab; nft add chain ip lab in '{ type filter hook input priority 0; }'"
run "nft add rule ip lab in tcp dport $port reject with icmp type host-unreachable"
type client 'two'
await ended client
books "EHOSTUNREACH or ENETUNREACH in place of ETIMEDOUT."
linux "ICMP does not end an established connection. It is remembered, and is the
  reason that is given when the time is up: after $(took) s here."
expect "EHOSTUNREACH: No route to host." printed client 'read: No route to host$'
await exited client 1
