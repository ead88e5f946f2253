# multi-homed: a server that listens on all addresses of its machine, a client
# at each of two of them: the socket pairs, as ss lists them. The ports are the
# kernel's choice; in the picture they are 9877, 50001 and 50002.
#: fill multi-homed.svg
. "${0%/*}/../tools/scene.bash"

serve server ch02-fork/echo_server 0 0.0.0.0
listed() { [[ $(ss -Htan "sport = :$port or dport = :$port" | wc -l) -eq $1 ]]; }
await listed 1
sockets=1
for address in 127.0.0.1 127.0.0.2; do
  start "$address" ch01-basics/echo_client "$address" "$port"
  await listed $((sockets += 2))
  say "$address" hello
  await printed "$address" '^hello$' # it is served
done
ss -Htan "sport = :$port or dport = :$port" | awk -v port="$port" '
  function pair(key, local, foreign) { print key "-local", local; print key "-foreign", foreign }
  { n = split($4, local, ":"); split($5, foreign, ":") }
  $1 == "LISTEN" { pair("listener", local[1] ":9877", $5) }
  $1 == "ESTAB" && local[n] == port { # which of the clients: by the address it asked for
    which = local[1] == "127.0.0.2" ? 2 : 1
    pair("server" which, local[1] ":9877", foreign[1] ":" 50000 + which)
  }
  $1 == "ESTAB" && local[n] != port {
    which = foreign[1] == "127.0.0.2" ? 2 : 1
    pair("client" which, local[1] ":" 50000 + which, foreign[1] ":9877")
  }'
