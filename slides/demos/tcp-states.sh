#!/usr/bin/env bash
# tcp-states: both ends of a connection, and TCP's state at each
. "${0%/*}/lib.bash"
chapter ch04-select

# CLIENT SERVER: both ends' way through the states, with brackets round those
# that ss shows now.
machine() {
  local row left right client arrow server
  local -A name=([LISTEN]=listening [ESTAB]=established)
  [[ $1 == CLOSED ]] || await sockets 1 "${name[$1]-${1,,}}" "dport = :$port"
  [[ $2 == CLOSED ]] || await sockets 1 "${name[$2]-${2,,}}" "sport = :$port"
  look '^State'
  echo
  for row in 'CLOSED|           |LISTEN' 'SYN-SENT|--- SYN -->|' \
    '|<- SYN,ACK-|SYN-RECV' 'ESTAB|--- ACK -->|ESTAB' \
    'FIN-WAIT-1|--- FIN -->|' 'FIN-WAIT-2|<-- ACK ---|CLOSE-WAIT' \
    '|<-- FIN ---|LAST-ACK' 'TIME-WAIT|--- ACK -->|CLOSED'; do
    IFS='|' read -r client arrow server <<<"$row"
    left=" $client " right=" $server "
    [[ -z $client || $client != "$1" ]] || left="[$client]"
    [[ -z $server || $server != "$2" ]] || right="[$server]"
    printf -v row '      %12s %s %s' "$left" "$arrow" "$right"
    echo "${row% }"
  done
}

say "The client's way is on the left, the server's on the right."
serve server "../ch01-basics/echo_server $any"
server=${pid[server]}
watch "ss -tan $only"
machine CLOSED LISTEN
start client "./select_client $to"
machine ESTAB ESTAB
note "SYN-SENT and SYN-RECV were over in microseconds; backlog shows the first."

say "Ctrl-D at the client: it has no more to send. The server is stopped, so that
  it cannot answer."
run "kill -STOP $server"
await has_state "$server" T
if [[ $DEMO_WORLD == private ]]; then
  run 'ip link set lo down'
  end client
  machine FIN-WAIT-1 ESTAB
  note "With the wire cut, nobody acknowledges the FIN."
  run 'ip link set lo up'
else
  end client
fi
machine FIN-WAIT-2 CLOSE-WAIT
note "A server that forgets to close leaves CLOSE-WAIT, for as long as it lives."

say "The server goes on: its read() returns 0, it closes."
if [[ $DEMO_WORLD == private ]]; then
  run 'ip link set lo down'
  run "kill -CONT $server"
  machine FIN-WAIT-2 LAST-ACK
  run 'ip link set lo up'
else
  run "kill -CONT $server"
fi
machine TIME-WAIT CLOSED
expect "TIME-WAIT is with the one that closed first, for 60 seconds." \
  sockets 1 time-wait "dport = :$port"
