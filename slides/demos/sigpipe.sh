#!/usr/bin/env bash
# sigpipe: the second write to a connection whose other end is gone
. "${0%/*}/lib.bash"
chapter ch03-signals

say "The process that serves the client is killed. The client writes twice."
serve server "./echo_server $any"
server=${pid[server]}
attempt() { # MODE STATUS
  local how=${1:+$at $1}
  start client "./sigpipe_client ${how:-$to}"
  await printed client '^connected'
  await has_children "$server" 1
  run "kill -KILL $(child_of "$server")"
  await ended client
}
attempt ''
expect "The first write went well: a FIN says only that the server sends no more.
  There is nobody to read it, so a RST came back." printed client '^first write returned 6$'
expect "The second write: SIGPIPE killed the client: exit status 141 = 128 + 13." \
  exited client 141

say "A program that ignores SIGPIPE lives on, and has to look at errno:"
attempt ignore
expect "EPIPE from the second write, exit status 0." printed client '^second write: Broken pipe$'
await exited client 0

say "Or for this one call: send() with MSG_NOSIGNAL."
attempt nosignal
expect "EPIPE again. All servers here write like that." printed client '^second write: Broken pipe$'
await exited client 0
