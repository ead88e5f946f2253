#!/usr/bin/env bash
# time-wait: a server that closed first: can it have its port again?
. "${0%/*}/lib.bash"
chapter ch01-basics

say "A server that closes first, without SO_REUSEADDR:"
own=${any:-11111}
once() { # SO_REUSEADDR
  serve server "./reuseaddr_server $1 $own"
  run "./reuseaddr_client $at"
  await sockets 1 time-wait "sport = :$port"
  press server INT
  await ended server
  run "ss -tano $only"
  expect "Whoever closes first keeps TIME-WAIT: the server, for 60 seconds." \
    shown '^TIME-WAIT .*timer:\(timewait,'
}
once 0
run "./reuseaddr_server 0 $port"
expect "EADDRINUSE. Nobody listens, but the old connection has that port." \
  shown 'bind: Address already in use'
books "set SO_REUSEADDR, and bind() succeeds."
run "timeout 1 ./reuseaddr_server 1 $port"
linux "both must have set it, the old socket too: 0 first and then 1 fails."
expect "EADDRINUSE once more." shown 'bind: Address already in use'

say "With SO_REUSEADDR from the start, on another port:"
own=${any:-11112}
once 1
serve again "./reuseaddr_server 1 $port"
expect "It has its port again at once, beside TIME-WAIT." \
  sockets 1 time-wait "sport = :$port"
run "./reuseaddr_server 1 $port"
expect "But it never allows two listeners at once: that is SO_REUSEPORT." \
  shown 'Address already in use'
