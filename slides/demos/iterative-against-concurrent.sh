#!/usr/bin/env bash
# iterative-against-concurrent: two clients at two servers: who waits for whom
. "${0%/*}/lib.bash"
chapter ch02-fork

say "An iterative server serves one client after another. Ann is first, and types
  nothing. Bob types."
serve server "../ch01-basics/echo_server $any"
start ann "../ch01-basics/echo_client $to"
await printed server '^serving '
start bob "../ch01-basics/echo_client $to"
await sockets 2 established "dport = :$port"
type bob 'hello from bob'
unread() { ss -Htn "sport = :$port" | grep -qE "^ESTAB +15 "; }
await unread
run "ss -tan $only"
expect "Bob is connected, says the kernel; his line waits unread at the server's end
  (Recv-Q 15), and he in the queue of LISTEN (Recv-Q 1)." shown '^LISTEN +1 '
expect "Nothing has come back to him." test ! -s "$DEMO_WORK/bob.out"
end ann
await printed bob '^hello from bob$'
expect "Ann has left: now Bob is served." printed server '^done with'
end bob
await ended bob
press server INT
await ended server

say "The concurrent one forks for each client. The same again:"
serve server "./echo_server $any"
start ann "../ch01-basics/echo_client $to"
await has_children "${pid[server]}" 1
start bob "../ch01-basics/echo_client $to"
type bob 'hello from bob'
expect "Served at once, while Ann still says nothing." printed bob '^hello from bob$'
