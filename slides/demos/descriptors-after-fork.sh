#!/usr/bin/env bash
# descriptors-after-fork: one socket, two descriptors: who closes what
. "${0%/*}/lib.bash"
chapter ch02-fork

say "After accept() and fork() parent and child both hold both sockets. The child
  closes the listener, the parent the connection:"
serve server "./echo_server $any"
server=${pid[server]}
start client "../ch01-basics/echo_client $to"
type client 'one'
await printed client '^one$'
child=$(child_of "$server")
open_sockets() { [[ $(find "/proc/$1/fd" -lname 'socket:*' | wc -l) -eq $2 ]]; }
await open_sockets "$server" 1
run "ls -l /proc/$server/fd | grep -o '[0-9]* -> socket.*'"
listener=$output
run "ls -l /proc/$child/fd | grep -o '[0-9]* -> socket.*'"
expect "One socket each: the parent's is the listener, the child's the connection." \
  test "${listener#* }" != "${output#* }"

say "What if somebody forgets?"
run './shared_descriptors'
expect "close() gives up a descriptor; FIN goes out with the last one, or with
  shutdown(), whoever else holds one." test "$status" -eq 0
