#!/usr/bin/env bash
# bound-not-listening: a port that is taken, and nobody listens there
. "${0%/*}/lib.bash"
chapter ch01-basics

say "A process that has called bind(), and not listen():"
start bound "./tcp_states $own 1000"
await printed bound '^bind\(\) '
port=$(said bound '.*server 127\.0\.0\.1:([0-9]+)$')
only_here "$port"
run "ss -tan 'sport = :$port'"
if shown '^UNCONN '; then # iproute2 6.15, say
  note "This ss shows it, as UNCONN. Older ones do not."
else
  expect "ss does not show it. (From iproute2 6.8 on: ss -tnB.)" \
    test "$(wc -l <<<"$output")" -eq 1
fi
table() { grep -c ":$(printf %04X "$port") " /proc/net/tcp; }
expect "It is not in /proc/net/tcp, which netstat reads." test "$(table)" -eq 0
expect "It is there, says TCP_INFO on its own descriptor: CLOSED." printed bound '^bind\(\) .* CLOSED'
run "./echo_server $port"
expect "The port is taken: EADDRINUSE for anybody else." shown 'bind: Address already in use'
run "./echo_client 127.0.0.1 $port"
expect "And yet nobody answers there: ECONNREFUSED." shown 'connect: Connection refused'
note "If a port is taken and nobody listens there, this may be why."
