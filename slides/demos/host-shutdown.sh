#!/usr/bin/env bash
# host-shutdown: init sends SIGTERM to all, waits a little, then SIGKILL
. "${0%/*}/lib.bash"
needs namespaces
is_alone() { ! ps -o stat= --ppid "$(child_of "${pid[host]}")" | grep -q "^[^Z]"; }
chapter ch02-fork

say "A host of its own: a shell as process 1 of a PID namespace. On it a server
  that ignores SIGTERM, as init would find it."
start host 'unshare --pid --fork --kill-child --mount-proc sh'
type host "(trap '' TERM; exec ./echo_server) &"
await printed host '^listening on'
start client '../ch04-select/select_client'
type client 'one'
await printed client '^one$'
type host 'kill -TERM -1; echo TERM sent'
await printed host '^TERM sent$'
run 'ss -tan'
expect "SIGTERM can be ignored: the connection is ESTAB..." shown '^ESTAB .*:9877 +127'
type client 'two'
expect "...and served." printed client '^two$'
type host 'kill -KILL -1; echo KILL sent'
await ended client
books "init kills with SIGKILL what is still there after 5 to 20 seconds."
linux "the same, today's systemd after 90. The kernel closes the descriptors of a
  killed process: FIN."
expect "The client saw the FIN." printed client 'server terminated prematurely'
expect "Only process 1 is left: kill -1 leaves out init." is_alone
