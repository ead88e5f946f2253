#!/usr/bin/env bash
# bulk-deadlock: to write all before reading any: both sides wait for ever
. "${0%/*}/lib.bash"
chapter ch05-client-split

say "The client writes 64 megabytes to an echo server, and only then reads."
serve server "./slow_echo_server $own 127.0.0.1 0"
run "./bulk_client $at 64 sequential 0.5"
expect "All four buffers are full. The server waits in its write() for the client
  to read, the client in its write() for the server to read." \
  shown 'deadlock: all buffers are full'

say "A megabyte fits into the buffers, so a test with little data sees nothing:"
run "./bulk_client $at 1 sequential 20"
expect "It works." test "$status" -eq 0

say "The cure: one process writes while another reads."
run "./bulk_client $at 64 split 20"
expect "All of it came back." test "$status" -eq 0
