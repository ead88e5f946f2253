# iterative-echo: the second client waits until the first has gone
#: title An iterative echo server: the second client is connected, and its line is sent, but nobody reads it until the first client has gone
#: lane client 1 = echo_client
#: lane server = echo_server
#: lane client 2 = echo_client
#: hide exit
#: after client 1 read 1: client 2 connect 1
#: after client 2 send 1: client 1 close 1
. "${0%/*}/../tools/scene.bash"

serve server ch01-basics/echo_server 0
start one ch01-basics/echo_client 127.0.0.1 "$port"
say one one
await printed one '^one$'
start two ch01-basics/echo_client 127.0.0.1 "$port"
say two two
await unread 4
end one
await printed two '^two$'
end two
await ended two
await printed server '^done .*' # with the first
await asleep "${pid[server]}"
