#!/usr/bin/env bash
# udp-state: no connection, and so hardly a state: UNCONN
. "${0%/*}/lib.bash"
chapter ch01-basics

say "A UDP server: socket() and bind(). No listen(), no accept()."
serve server "./udp_echo_server $any"
run "ss -uan 'sport = :$port'"
expect "UNCONN: it takes datagrams from anybody." shown '^UNCONN '
start ann "./udp_echo_client $to"
start bob "./udp_echo_client $to"
type ann 'hello from ann'
await printed ann '^hello from ann$'
type bob 'hello from bob'
await printed bob '^hello from bob$'
run "ss -uan $only"
expect "Two clients, one socket at the server, still UNCONN..." \
  test "$(grep -c "^UNCONN .*:$port " <<<"$output")" -eq 1
expect "...and ESTAB at the clients, but only because they called connect(), which
  sends nothing: it notes the peer." test "$(grep -c '^ESTAB' <<<"$output")" -eq 2

say "The server is gone. Does a client find out?"
press server INT
await ended server
type ann 'still there?'
await ended ann
expect "ECONNREFUSED: an ICMP message, port unreachable, which a connected UDP
  socket is told of." printed ann 'Connection refused'
