#!/usr/bin/env bash
# connect-outcomes: six ways in which connect() fails, and how long each takes
. "${0%/*}/lib.bash"
needs namespaces ip nft
chapter ch01-basics

serve server "./echo_server $any"
say "A port with a listener, and one without:"
run './connect_errors 1 127.0.0.1:9877 127.0.0.1:1'
expect "Nobody listens: the host answers with RST, ECONNREFUSED." \
  shown '^127.0.0.1:1 +ECONNREFUSED'
say "Routes that say no, and no route at all:"
run 'ip route add unreachable 192.0.2.1; ip route add prohibit 192.0.2.2; ip route add blackhole 192.0.2.3'
run './connect_errors 1 192.0.2.1:80 192.0.2.2:80 192.0.2.3:80 192.0.2.4:80'
expect "EHOSTUNREACH from the first." shown '^192.0.2.1:80 +EHOSTUNREACH'
expect "EACCES: prohibited by the administrator." shown '^192.0.2.2:80 +EACCES'
expect "EINVAL, of all things, from a blackhole." shown '^192.0.2.3:80 +EINVAL'
expect "ENETUNREACH: no route." shown '^192.0.2.4:80 +ENETUNREACH'
say "A firewall that drops the SYN without a word:"
run "nft add table ip lab; nft add chain ip lab in '{ type filter hook input priority 0; }'"
run 'nft add rule ip lab in tcp dport 9877 drop'
run './connect_errors 1 127.0.0.1:9877'
books "75 seconds, says UNP of its systems."
linux "2 minutes and a quarter, eleven SYNs (before 6.5: seven). Here TCP_USER_TIMEOUT made it 1 s."
expect "ETIMEDOUT, after $(took) s." shown '^127.0.0.1:9877 +ETIMEDOUT'
