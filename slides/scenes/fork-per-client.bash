# fork-per-client: a child for each client, and both are served
#: title A concurrent echo server: a child for each client. Both clients are served, and both children stay zombies.
#: lane client 1 = echo_client
#: lane child 1 = server/1
#: lane server = echo_server
#: lane child 2 = server/2
#: lane client 2 = echo_client
#: hide waitpid
#: after client 1 read 1: client 2 connect 1
#: after client 2 read 1: client 1 close 1
#: after child 1 exit 1: client 2 close 1
. "${0%/*}/../tools/scene.bash"

serve server ch02-fork/echo_server 0
start one ch01-basics/echo_client 127.0.0.1 "$port"
say one one
await printed one '^one$'
await asleep "${pid[server]}"
first=$(child_of server)
start two ch01-basics/echo_client 127.0.0.1 "$port"
say two two
await printed two '^two$'
await asleep "${pid[server]}"
end one
await zombie "$first"
end two
await ended one
await ended two
await zombies server 2
