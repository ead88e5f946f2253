#!/usr/bin/env bash
# abort-before-accept: the client resets the connection before accept()
. "${0%/*}/lib.bash"
chapter ch03-signals

say "A client connects, sends five bytes and resets the connection (SO_LINGER 0)
  while the server is stopped: before it has called accept()."
serve server "./slow_accept_server $own 127.0.0.1 0"
server=${pid[server]}
run "kill -STOP $server"
await has_state "$server" T
run "./abort_client 127.0.0.1 $port hello"
expect "Connected, though nobody accepted: the kernel does the handshake." \
  shown 'connected, sent 5 bytes, reset'
run "ss -tan $only"
expect "The connection is gone, but the queue still holds it: Recv-Q of LISTEN." \
  shown '^LISTEN +1 '
books "BSD drops it silently; POSIX lets accept() fail with ECONNABORTED."
say "The server goes on:"
run "kill -CONT $server"
await printed server 'write: '
linux "accept() succeeds."
expect "It even names the peer, but getpeername() says ENOTCONN." \
  printed server 'getpeername: Transport endpoint is not connected$'
expect "What came before the RST can be read, then read() says ECONNRESET..." \
  printed server 'read returned 5$'
await printed server 'read: Connection reset by peer$'
expect "...then 0, and write() says EPIPE. Error or end: one client is over." \
  printed server 'write: Broken pipe$'
start client "../ch01-basics/echo_client $to"
type client 'are you there?'
expect "The server serves on." printed client '^are you there\?$'
