#!/usr/bin/env bash
# host-crash-idle: the server's host is gone, and the client only reads
. "${0%/*}/lib.bash"
needs namespaces ip sysctl
chapter ch04-select

say "Two clients, idle. One has asked for SO_KEEPALIVE (select_client), one has not
  (echo_client, which sits in getchar()). The usual two hours become 1 s:"
run "sysctl -w net.ipv4.tcp_keepalive_time=1 net.ipv4.tcp_keepalive_intvl=1 net.ipv4.tcp_keepalive_probes=2"
serve server "../ch02-fork/echo_server $any"
start asks "./select_client $to"
start waits "../ch01-basics/echo_client $to"
await sockets 2 established "sport = :$port"
run "ss -tno 'dport = :$port'"
expect "One has a keepalive timer, one has none." shown 'timer:\(keepalive,'
run 'ip link set lo down'
await ended asks
books "without keepalive, an idle client never learns of a crash."
linux "two probes without an answer, and read() fails after $(took) s."
expect "ETIMEDOUT for the one that asked." printed asks 'read: Connection timed out$'
run "ss -tno 'dport = :$port'"
expect "The other is ESTAB, and would be for ever." shown '^ESTAB'
