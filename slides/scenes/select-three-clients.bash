# select-three-clients: one process, three clients, served as their lines come
#: title One process serves three clients: select() returns when the listener or a connection is readable, and says which
#: lane client 1 = echo_client
#: lane client 2 = echo_client
#: lane server = select_server
#: lane client 3 = echo_client
#: hide exit
#: after client 1 connect 1: client 2 connect 1
#: after client 2 connect 1: client 3 connect 1
#: after client 3 connect 1: client 2 send 1
#: after client 2 read 1: client 3 send 1
#: after client 3 read 1: client 1 send 1
#: after client 1 read 1: client 2 close 1
. "${0%/*}/../tools/scene.bash"

serve server ch04-select/select_server 0
clients=0
for name in one two three; do
  start "$name" ch01-basics/echo_client 127.0.0.1 "$port"
  await connected "${pid[server]}" "$((++clients))"
  await asleep "${pid[server]}"
done
for name in two three one; do
  say "$name" "$name"
  await printed "$name" "^$name\$"
  await asleep "${pid[server]}"
done
end two
await ended two
await connected "${pid[server]}" 2
await asleep "${pid[server]}"
