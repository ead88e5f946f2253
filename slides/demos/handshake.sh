#!/usr/bin/env bash
# handshake: the segments of a connection, from first SYN to last ACK
# shellcheck disable=SC2034 # tcpdump gives up root, and with it what it needs
world_as=myself
. "${0%/*}/lib.bash"
needs namespaces tcpdump
chapter ch02-fork
two_fins() { [[ $(grep -c 'Flags \[F\.\]' "$DEMO_WORK/tcpdump.out") -eq 2 ]]; }

serve server "./echo_server $any"
say "tcpdump listens on the loopback interface. A client connects, sends a line and
  leaves."
start tcpdump "tcpdump --immediate-mode -Z root -nlt -i lo tcp | sed -u 's/^IP //; s/, win.*],/,/'"
await printed tcpdump '^listening on lo'
start client "../ch01-basics/echo_client $to"
await printed tcpdump 'Flags \[\.\]'
expect "The handshake. SYN: I begin, with this number." printed tcpdump "\.$port: Flags \[S\]"
expect "SYN and ACK: I have seen it, and begin with this one." printed tcpdump 'Flags \[S\.\]'
type client 'hello'
await printed tcpdump "> 127\.0\.0\.1\.$port: Flags \[P\.\].* length 6"
expect "The line goes there, 6 bytes, and comes back; each is acknowledged." \
  printed tcpdump "127\.0\.0\.1\.$port > .* Flags \[P\.\].* length 6"
end client
await two_fins
expect "FIN from the client, then FIN from the server." two_fins
expect "The last ACK. The client, which closed first, is in TIME-WAIT." \
  sockets 1 time-wait "dport = :$port"
run "ss -tan $only"
