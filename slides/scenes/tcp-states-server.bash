# tcp-states-server: the state diagram of TCP, and what the server's end of
# tcp_states was seen in: each state with the first call after which it was.
#: fill tcp-states.svg
walked() { # COLUMN TITLE: of tcp_states's table
  ch01-basics/tcp_states 0 | awk -v column="$1" -v title="$2" '
    NR < 4 { next }
    {
      step = substr($0, 1, 24); sub(/ +$/, "", step); sub(/.*: /, "", step)
      if (substr($0, 1, 24) ~ /: / && $0 !~ /^both/)
        step = substr($0, 1, 6) ": " step
      split(substr($0, column), state, " ") # TCP_INFO, /proc/net/tcp
      now = state[2] != "-" ? state[2] : state[1]
      if (now == "CLOSED" && seen["ESTABLISHED"]) now = "END"
      if (now != "-" && !seen[now]++) {
        order = order (order ? ", " : "") (now == "END" ? "CLOSED" : now) " (" step ")"
        first[now] = step
      }
    }
    END {
      n = split("CLOSED LISTEN SYN_SENT SYN_RECEIVED ESTABLISHED CLOSE_WAIT " \
        "FIN_WAIT_1 CLOSING LAST_ACK FIN_WAIT_2 TIME_WAIT END", all, " ")
      for (i = 1; i <= n; ++i) {
        print all[i] "-fill", (all[i] in first) ? "#56B4E9" : "#FFFFFF"
        print all[i] "-line", (all[i] in first) ? 3 : 1
        print all[i] "-step", first[all[i]]
      }
      print "title", title
      print "desc The states of TCP and the main ways between them. Seen, with the call after which: " order "."
    }'
}
# the table has the client in columns 25 to 52, the server from 53 on
if [[ ${0##*/} == tcp-states-server.bash ]]; then
  walked 53 "The states of TCP: those that the server's end was seen in"
fi
