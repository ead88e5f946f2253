# split-client: the child writes, the parent reads, and neither waits for the
# other. The server is stopped for a while, so that two lines are under way.
#: title The client's child reads the terminal and writes to the server; its parent reads the replies. While the server is stopped, two lines are under way at once.
#: lane child = parent/1
#: lane parent = split_client
#: lane server = echo_server
#: show stdin
#: after server SIGSTOP 1: child stdin 1
#: after child send 2: server SIGCONT 1
#: after parent read 1: server SIGSTOP 2
#: after server SIGSTOP 2: child stdin 3
#: after parent SIGCHLD 1: server SIGCONT 2
. "${0%/*}/../tools/scene.bash"

stop_server() {
  await asleep "${pid[server]}"
  kill -STOP "${pid[server]}"
  await stopped "${pid[server]}"
}

serve server ch01-basics/echo_server 0
start client ch05-client-split/split_client 127.0.0.1 "$port"
await printed server '^serving '
await has_child client
stop_server
say client one
await unread 4
say client two
await unread 8
kill -CONT "${pid[server]}"
await printed client 'two$'
stop_server
child=$(child_of client)
say client q
await zombie "$child"
await asleep "${pid[client]}"
kill -CONT "${pid[server]}"
await ended client
await printed server '^done '
await asleep "${pid[server]}"
