# sigchld-eintr: the server is in accept() when its child ends
#: title The child ends; SIGCHLD interrupts the server's accept(), which fails with EINTR when the handler has returned
#: lane client = echo_client
#: lane server = echo_server
#: lane child = server/1
. "${0%/*}/../tools/scene.bash"

serve server ch03-signals/echo_server 0
start one ch01-basics/echo_client 127.0.0.1 "$port"
say one one
await printed one '^one$'
await asleep "${pid[server]}"
child=$(child_of server)
await asleep "$child"
end one
await ended one
await gone "$child"
await asleep "${pid[server]}"
