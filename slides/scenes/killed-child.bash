# killed-child: the process that serves a client is killed
#: title The server's child is killed: the client gets a FIN; its next write is answered by a RST; the one after that raises SIGPIPE
#: lane client = sigpipe_client
#: lane child = server/1
#: lane server = echo_server
#: hide close waitpid
. "${0%/*}/../tools/scene.bash"

serve server ch03-signals/echo_server 0
start client ch03-signals/sigpipe_client 127.0.0.1 "$port"
await printed client '^connected'
await has_child server
await asleep "${pid[server]}"
await asleep "${pid[client]}"
child=$(child_of server)
await asleep "$child"
kill -KILL "$child"
await ended client
await gone "$child"
await asleep "${pid[server]}"
