#!/usr/bin/env bats
# Chapter 1, the programs that are one process: byte order, addresses, short
# counts, end points, states, errors of connect(), the backlog, options.
# shellcheck disable=SC2154,SC2030,SC2031 # variables of test_helper.bash
load test_helper

setup() { in_chapter ch01-basics; }

# need_namespaces: or the test is skipped. inside SCRIPT: run with a network, a
# mount table and processes of its own, which go when it ends.
need_namespaces() {
  local isolated=(--net --mount --pid --fork --kill-child --mount-proc)
  wrapper=(unshare "${isolated[@]}") # enough for root
  "${wrapper[@]}" true 2>/dev/null && return
  wrapper=(unshare --user --map-root-user "${isolated[@]}")
  "${wrapper[@]}" true 2>/dev/null || skip 'this system refuses namespaces (unshare --user --net)'
}
inside() { run --separate-stderr limit "${wrapper[@]}" bash -euc "$1" 3>&-; }

# between LOW HIGH NUMBER: fractions too
between() { awk -v low="$1" -v high="$2" -v n="$3" 'BEGIN { exit !(low <= n && n <= high) }'; }

@test "byte_order: the order of this host, and what the conversions do to the bytes" {
  run ./byte_order
  assert_success
  # od stores nothing: it shows what the host makes of the bytes 01 00
  if [[ $(printf '\1\0' | od -An -tu2) -eq 1 ]]; then
    assert_line 'host byte order: little-endian'
    port='95 26' swapped_port='0x9526 +38182' host='01 00 00 7f' swapped_host='0x0100007f +16777343'
  else
    assert_line 'host byte order: big-endian'
    port='26 95' swapped_port='0x2695 +9877' host='7f 00 00 01' swapped_host='0x7f000001 +2130706433'
  fi
  assert_line --regexp "^port +0x2695 +9877 +$port$"
  assert_line --regexp "^htons\(port\) +$swapped_port +26 95$"
  assert_line --regexp "^ntohs\(htons\(port\)\) +0x2695 +9877 +$port$"
  assert_line --regexp "^host +0x7f000001 +2130706433 +$host$"
  assert_line --regexp "^htonl\(host\) +$swapped_host +7f 00 00 01$"
  assert_line --regexp "^ntohl\(htonl\(host\)\) +0x7f000001 +2130706433 +$host$"
}

@test "addresses: what each function makes of a text; inet_addr's value for an error" {
  run ./addresses
  assert_success
  assert_line --regexp '^text to bytes +inet_pton +inet_aton +inet_addr$'
  assert_line --regexp '^127\.0\.0\.1 {2,}7f 00 00 01 {2,}7f 00 00 01 {2,}7f 00 00 01$'
  assert_line --regexp '^127\.1 +rejected +7f 00 00 01 +7f 00 00 01$'
  assert_line --regexp '^0177\.0\.0\.1 +rejected +7f 00 00 01 +7f 00 00 01$'
  assert_line --regexp '^10\.0\.0\.1 x +rejected +0a 00 00 01 +0a 00 00 01$'
  assert_line --regexp '^10\.0\.0\.300 +rejected +rejected +ff ff ff ff +\(error\?\)$'
  assert_line --regexp '^255\.255\.255\.255 {2,}ff ff ff ff {2,}ff ff ff ff {2,}ff ff ff ff +\(error\?\)$'
}

@test "addresses: inet_ntoa's second call overwrites the first, inet_ntop's does not" {
  run ./addresses
  assert_line --regexp '^inet_ntoa once +10\.0\.0\.1$'
  assert_line --regexp '^inet_ntoa twice +10\.0\.0\.2 +10\.0\.0\.2$'
  assert_line --regexp '^inet_ntop twice +10\.0\.0\.1 +10\.0\.0\.2$'
}

@test "addresses: sizes and offsets in the five structures, as the kernel's ABI has them" {
  run ./addresses
  assert_line --regexp '^structures +sockaddr +sockaddr_in +sockaddr_in6 +sockaddr_un +sockaddr_storage$'
  assert_line --regexp '^size +16 +16 +28 +110 +128$'
  assert_line --regexp '^family +0 +0 +0 +0 +0$'
  assert_line --regexp '^port +- +2 +2 +- +-$'
  assert_line --regexp '^flow label +- +- +4 +- +-$'
  assert_line --regexp '^address +2 +4 +8 +2 +-$'
  assert_line --regexp '^scope +- +- +24 +- +-$'
}

@test "addresses TEXT: valid, status 0" {
  while read -r text expected; do
    run ./addresses "$text"
    assert_success
    assert_output "valid: $expected"
  done <<'END'
127.0.0.1 IPv4 127.0.0.1, bytes 7f 00 00 01
255.255.255.255 IPv4 255.255.255.255, bytes ff ff ff ff
0.0.0.0 IPv4 0.0.0.0, bytes 00 00 00 00
2001:DB8:0:0:0:0:0:1 IPv6 2001:db8::1, bytes 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
::ffff:1.2.3.4 IPv6 ::ffff:1.2.3.4, bytes 00 00 00 00 00 00 00 00 00 00 ff ff 01 02 03 04
END
}

@test "addresses TEXT: not valid, status 1" {
  for text in 127.1 1.2.3.256 1.2.3.4.5 1.2.3.4x ' 1.2.3.4' '1.2.3.4 ' 01.2.3.4 0x7f.0.0.1 \
    1.2.3.-4 localhost '' :::1 1:2:3:4:5:6:7 fe80::1%lo 12345::; do
    run ./addresses "$text"
    assert_failure 1
    assert_output "not valid: '$text'"
  done
}

@test "resolve: without arguments, localhost" {
  run ./resolve
  assert_success
  assert_line 'IPv4  127.0.0.1:9877'
}

@test "resolve: numbers are taken as they are, of both families" {
  run ./resolve 192.0.2.1 80
  assert_success
  assert_output 'IPv4  192.0.2.1:80'
  run ./resolve 2001:db8::1 65535
  assert_success
  assert_output 'IPv6  [2001:db8::1]:65535'
}

@test "resolve: a host's addresses of both families in getaddrinfo's order, a service's port" {
  need_namespaces
  export etc=$BATS_TEST_TMPDIR/etc
  mkdir "$etc"
  printf '%s many\n' 192.0.2.7 2001:db8::7 127.0.0.7 ::1 >"$etc/hosts"
  echo 'lesson 4242/tcp' >"$etc/services"
  printf '%s\n' 'hosts: files' 'services: files' >"$etc/nsswitch.conf"
  echo 'multi on' >"$etc/host.conf"
  # shellcheck disable=SC2016 # the other shell's
  inside 'mount --bind "$etc" /etc
    ip link set lo up
    ./resolve many lesson
    getent --no-addrconfig ahosts many | sed -n "s/ *STREAM.*//p" >&2'
  assert_equal "$status" 0
  assert_equal "${#lines[@]}" 4
  assert_line 'IPv4  192.0.2.7:4242'
  assert_line 'IPv6  [2001:db8::7]:4242'
  sed -E 's/^([^:]*)$/IPv4  \1:4242/; t; s/.*/IPv6  [&]:4242/' <<<"$stderr" >"$etc/expected"
  assert_output "$(<"$etc/expected")"
}

@test "resolve: failures in gai_strerror's words, status 1" {
  run --separate-stderr ./resolve 127.0.0.1 no-such-service
  assert_equal "$status" 1
  assert_output ''
  assert_equal "$stderr" 'resolve: getaddrinfo: Servname not supported for ai_socktype (127.0.0.1, no-such-service)'
  run --separate-stderr ./resolve ''
  assert_equal "$status" 1
  assert_equal "$stderr" 'resolve: getaddrinfo: Name or service not known (, 9877)'
}

@test "resolve: no name server to be reached" {
  need_namespaces
  export etc=$BATS_TEST_TMPDIR/etc
  mkdir "$etc"
  echo 'hosts: dns' >"$etc/nsswitch.conf"
  # shellcheck disable=SC2016 # the other shell's
  inside 'mount --bind "$etc" /etc; ./resolve host.invalid 80' # lo is down
  assert_equal "$status" 1
  assert_output ''
  assert_equal "$stderr" 'resolve: getaddrinfo: Temporary failure in name resolution (host.invalid, 80)'
}

@test "resolve: a number that is no port is refused, not cut down to 16 bits" {
  for service in 65536 99999 99999999999999999999 ''; do
    run --separate-stderr ./resolve 127.0.0.1 "$service"
    assert_equal "$service: $status" "$service: 2"
    assert_equal "${stderr_lines[1]}" 'usage: ./resolve [NODE=localhost [SERVICE=9877]]'
  done
}

@test "short_counts: single calls move less than asked for, and one blocks; the loops move all" {
  run limit ./short_counts
  assert_success
  [[ ${lines[0]} =~ ^([0-9]+)' bytes each time; SO_SNDBUF and SO_RCVBUF set to '([0-9]+)$ ]]
  asked=${BASH_REMATCH[1]}
  ((asked > 4 * BASH_REMATCH[2])) # more than both buffers hold, doubled
  for n in 1 4; do
    [[ ${lines[n]} =~ ^'write(), '.*' '([0-9]+)' after '([0-9.]+)' s'$ ]]
    written=${BASH_REMATCH[1]} took=${BASH_REMATCH[2]}
    ((0 < written && written < asked))
    [[ ${lines[n + 1]} =~ ^'  then read() '+([0-9]+)$ ]]
    got=${BASH_REMATCH[1]}
    ((0 < got && got <= written))
    [[ ${lines[n + 2]} =~ ^'  then read_exactly() of the rest '+([0-9]+)'   calls: '[0-9]+$ ]]
    ((got + BASH_REMATCH[1] == written)) # all that went in has come out
  done
  [[ ${lines[1]} == *' does not wait '* && ${lines[4]} == *' waits, '* ]]
  between 0.03 30 "$took" # 0.05 s, counted in ticks of the kernel's clock
  [[ ${lines[7]} =~ ^'write_all() '+"$asked"'   calls: '([0-9]+)$ ]]
  ((BASH_REMATCH[1] > 1))
  [[ ${lines[8]} =~ ^'read_exactly(), slowly '+"$asked"'   calls: '([0-9]+)$ ]]
  ((BASH_REMATCH[1] > 1))
  assert_equal "${lines[9]}" 'every byte as it was sent: yes'
}

@test "short_counts: the call that does not wait returns at once" {
  # On a busy machine it may still have had to wait for the processor: of ten
  # runs, one without that will do.
  at_once() { between 0 0.03 "$(./short_counts | sed -nE 's/.*does not wait .* after ([0-9.]+) s$/\1/p')"; }
  for _ in {1..10}; do at_once && return; done
  fail 'each time it took as long as one that waits'
}

@test "endpoints: nothing before bind and connect, ephemeral ports after, the wildcard until accept" {
  run limit ./endpoints
  assert_success
  # one line a socket and call: name, call, getsockname(), getpeername()
  ends() { awk -v name="$1" -v call="$2" '$1 == name && index($2, call) == 1 { print $3, $4 }' <<<"$output"; }
  assert_equal "$(ends listener 'socket()')" '0.0.0.0:0 ENOTCONN'
  assert_equal "$(ends client 'socket()')" $'0.0.0.0:0 ENOTCONN\n0.0.0.0:0 ENOTCONN'
  [[ $(ends listener bind) =~ ^'0.0.0.0:'([0-9]+)' ENOTCONN'$ ]]
  port=${BASH_REMATCH[1]}
  assert_equal "$(ends listener 'listen()')" "0.0.0.0:$port ENOTCONN"
  assert_line --regexp "^ +listener +four-tuple \{0\.0\.0\.0:$port, \*:\*\}$"
  read -r low high </proc/sys/net/ipv4/ip_local_port_range
  ((low <= port && port <= high))

  accepted=$(ends accepted 'accept()')
  for host in 127.0.0.1 127.0.0.2; do
    [[ $(ends client "connect($host)") =~ ^(127.0.0.1:([0-9]+))' '$host:$port$ ]]
    client=${BASH_REMATCH[1]}
    ((low <= BASH_REMATCH[2] && BASH_REMATCH[2] <= high))
    # the accepted socket has the same two ends, its own first
    [[ $'\n'$accepted$'\n' == *$'\n'"$host:$port $client"$'\n'* ]]
    assert_line --regexp "^ +client +four-tuple \{$client, $host:$port\}$"
    assert_line --regexp "^ +accepted +four-tuple \{$host:$port, $client\}$"
  done
}

@test "tcp_states: the states of both ends, by descriptor and in the kernel's table" {
  run limit ./tcp_states 0
  assert_success
  [[ ${lines[0]} =~ ^'client '(127.0.0.1:[0-9]+)', server '(127.0.0.1:[0-9]+)$ ]]
  client=${BASH_REMATCH[1]} server=${BASH_REMATCH[2]}
  assert_equal "$(tail -n +4 <<<"$output" | tr -s ' ')" \
    "bind() CLOSED - CLOSED -
listen() CLOSED - LISTEN LISTEN
connect() ESTABLISHED ESTABLISHED LISTEN ESTABLISHED
accept() ESTABLISHED ESTABLISHED ESTABLISHED ESTABLISHED
client: shutdown() FIN_WAIT_2 FIN_WAIT_2 CLOSE_WAIT CLOSE_WAIT
server: shutdown() FIN_WAIT_2 FIN_WAIT_2 LAST_ACK LAST_ACK
client: read() to EOF CLOSED TIME_WAIT CLOSED -
both: close() - TIME_WAIT - -"
  # and after its end: TIME-WAIT, and only the client's
  run ss -Htan "( src $client and dst $server ) or ( src $server and dst $client )"
  assert_output --regexp "^TIME-WAIT +0 +0 +$client +$server *$"
}

# What ss says of the walk's client and server, in the program's words.
states_in_ss() {
  sockets "${server##*:}" | awk -v client="$client" -v server="$server" '
    { gsub("-", "_", $1); sub("^ESTAB$", "ESTABLISHED", $1) }
    $4 == client && $5 == server { at_client = $1 }
    $4 == server && $5 == client { at_server = $1 }
    $4 == server && $1 == "LISTEN" { listener = $1 }
    END { print at_client ? at_client : "-", at_server ? at_server : listener ? listener : "-" }'
}

@test "tcp_states: at each step ss says the same" {
  declare -A agreed=()
  # Stopped in the pause after a step, and compared. A step that was over before
  # the signal came is compared the next time round, when the pauses are longer.
  for round in {1..8}; do
    start "$round" ./tcp_states 0 "$((75 << round))e-3"
    rows() { readarray -t rows <"$BATS_TEST_TMPDIR/$round.out" && ((${#rows[@]} > $1)) || ended "$round"; }
    wait_until rows 3
    read -r _ client _ server <<<"${rows[0]}"
    client=${client%,}
    while kill -STOP "${pid[$round]}" 2>/dev/null; do
      wait_until has_state "${pid[$round]}" TZ
      rows 0
      read -r _ by_client _ by_server <<<"${rows[-1]:24}"
      if [[ "$by_client $by_server" == "$(states_in_ss)" ]]; then agreed[${rows[-1]}]=1; fi
      kill -CONT "${pid[$round]}" 2>/dev/null || true # it may just have ended
      wait_until rows ${#rows[@]}
    done
    [[ ${#agreed[@]} -lt 8 ]] || break
  done
  rows 0
  assert_equal "${#rows[@]}" 11 # three lines before the steps
  for row in "${rows[@]:3}"; do [[ -n ${agreed[$row]-} ]] || fail "ss never agreed with: $row"; done
}

@test "tcp_states: a bound socket is CLOSED: its port is taken, but nobody listens" {
  start walk ./tcp_states 0 1000
  wait_until printed walk '^bind\(\) +CLOSED +- +CLOSED +-$'
  read -r _ _ _ server < <(out walk)
  run ! bash -c "exec 9<>/dev/tcp/${server/://}"
  assert_output --partial 'Connection refused'
  run --separate-stderr ./tcp_states "${server#*:}"
  assert_equal "$status" 1
  assert_equal "$stderr" "tcp_states: bind: Address already in use ($server)"
}

@test "connect_errors: success and ECONNREFUSED, each with its time" {
  start_server ./echo_server 0
  run limit ./connect_errors 5 "$address:$port" 127.201.13.7:1
  assert_success
  assert_equal "${#lines[@]}" 3
  [[ ${lines[1]} =~ ^"$address:$port "+success' '+[0-4]\.[0-9]{3}' ' ]]
  [[ ${lines[2]} =~ ^'127.201.13.7:1 '+ECONNREFUSED' '+[0-4]\.[0-9]{3}' ' ]]
}

@test "connect_errors: ETIMEDOUT when the time limit is over: a listener whose queue is full" {
  start_server ./backlog 0 1000 # takes one connection and holds it
  wait_until printed server '^connect 1: completes'
  run limit ./connect_errors 0.9 "$address:$port"
  assert_success
  [[ ${lines[1]} =~ ^"$address:$port "+ETIMEDOUT' '+([0-9.]+)' ' ]]
  between 0.9 30 "${BASH_REMATCH[1]}"
}

@test "connect_errors: EHOSTUNREACH, EACCES, ENETUNREACH from the routing table, at once" {
  need_namespaces
  inside 'ip link set lo up
    ip route add unreachable 10.1.0.0/16
    ip route add prohibit 10.2.0.0/16
    ./connect_errors 5 10.1.0.1:80 10.2.0.1:80 10.3.0.1:80'
  assert_equal "$status" 0
  [[ ${lines[1]} =~ ^'10.1.0.1:80 '+EHOSTUNREACH' '+[0-4]\. ]]
  [[ ${lines[2]} =~ ^'10.2.0.1:80 '+EACCES' '+[0-4]\..*'Permission denied'$ ]]
  [[ ${lines[3]} =~ ^'10.3.0.1:80 '+ENETUNREACH' '+[0-4]\. ]]
}

@test "connect_errors: ICMP host unreachable ends connect() long before its time limit" {
  need_namespaces
  PATH=$PATH:/usr/sbin:/sbin # where nft is, and a user's PATH may lack it
  command -v nft >/dev/null || skip 'nft is not installed'
  inside 'ip link set lo up
    nft add table ip t
    nft add chain ip t input "{ type filter hook input priority 0; }"
    nft add rule ip t input tcp dport 80 reject with icmp host-unreachable
    ./connect_errors 50 127.0.0.1:80'
  assert_equal "$status" 0
  [[ ${lines[1]} =~ ^'127.0.0.1:80 '+EHOSTUNREACH' '+([0-9.]+)' ' ]]
  between 0 40 "${BASH_REMATCH[1]}"
}

@test "connect_errors: a wrong target is refused before any is tried" {
  for target in 127.0.0.1 127.0.0.1: :80 '' 127.0.0.1:0 127.0.0.1:65536 127.0.0.1:80x 127.0.0.1:+80 \
    '127.0.0.1: 80' 127.0.0.1:1:2 127.1:80 localhost:80 127.0.0.1:99999999999999999999; do
    run --separate-stderr ./connect_errors 1 127.201.13.7:1 "$target"
    assert_equal "$target: $status" "$target: 2"
    assert_output ''
    assert_equal "${stderr_lines[0]}" "connect_errors: not an address and a port such as 127.0.0.1:80: '$target'"
  done
}

@test "backlog: listen(1) completes two connections; the third sits in SYN-SENT; ss says the same" {
  start_server ./backlog 1 1000
  third() { sockets "$port" | grep -q '^SYN-SENT'; }
  wait_until third
  assert_equal "$(out server | tail -n +2)" $'connect 1: completes; Recv-Q 1, Send-Q 1\nconnect 2: completes; Recv-Q 2, Send-Q 1'
  run ss -Htln "sport = :$port"
  assert_output --regexp "^LISTEN +2 +1 +$address:$port "
  assert_equal "$(sockets "$port" | grep -c "^ESTAB .*$address:$port *$")" 2
}

@test "backlog: the one too many gets ETIMEDOUT; always one more than asked for completes" {
  for backlog in 0 3; do start "listen$backlog" ./backlog "$backlog" 1; done
  for backlog in 0 3; do
    finish "listen$backlog"
    assert_equal "$status" 0
    assert_equal "${#lines[@]}" $((backlog + 3))
    assert_equal "${lines[-2]}" "connect $((backlog + 1)): completes; Recv-Q $((backlog + 1)), Send-Q $backlog"
    assert_equal "${lines[-1]}" "connect $((backlog + 2)): ETIMEDOUT; Recv-Q $((backlog + 1)), Send-Q $backlog"
  done
}

@test "backlog: no more than net.core.somaxconn" {
  need_namespaces
  inside 'ip link set lo up
    echo 2 >/proc/sys/net/core/somaxconn
    ./backlog 100 1'
  assert_equal "$status" 0
  assert_equal "${lines[-2]}" 'connect 3: completes; Recv-Q 3, Send-Q 2'
  assert_equal "${lines[-1]}" 'connect 4: ETIMEDOUT; Recv-Q 3, Send-Q 2'
}

@test "backlog: a BACKLOG that is no whole number from 0 to 500 is refused" {
  for backlog in 501 -1 1.5 x ''; do
    run --separate-stderr ./backlog "$backlog"
    assert_equal "$backlog: $status" "$backlog: 2"
    assert_equal "${stderr_lines[1]}" 'usage: ./backlog [BACKLOG=1 [SECONDS=1]]'
  done
}

@test "socket_options: default, value set, value read back: the kernel doubles the buffers" {
  run limit ./socket_options
  assert_success
  read -r _ receive _ </proc/sys/net/ipv4/tcp_rmem
  read -r _ send _ </proc/sys/net/ipv4/tcp_wmem
  while read -r line; do
    assert_line --regexp "^${line// / +}$"
  done <<END
SO_REUSEADDR 0 1 1
SO_REUSEPORT 0 1 1
SO_RCVBUF $receive 10000 20000
SO_SNDBUF $send 20000 40000
SO_KEEPALIVE 0 1 1
SO_LINGER off, 0 s on, 5 s on, 5 s
SO_RCVTIMEO none 2500 ms 2500 ms
SO_SNDTIMEO none 3000 ms 3000 ms
TCP_NODELAY 0 1 1
TCP_CORK 0 1 1
TCP_MAXSEG 536 1000 1000
END
}

@test "socket_options: once connected, window scales and MSS as ss has them" {
  start_server ./socket_options 1000
  wait_until printed server '^with these'
  # the clients' sockets, the later one first or last: by their port number
  ss -Htino "dport = :$port" >"$BATS_TEST_TMPDIR/ss"
  in_ss() { sed -nE 's/.* wscale:([0-9,]+) .* mss:([0-9]+) .* advmss:([0-9]+) .*/\1 \2 \3/p' "$BATS_TEST_TMPDIR/ss"; }
  printed_by_it() { out server | sed -nE 's/^(as it was|with these) +([0-9,]+) +([0-9]+) +([0-9]+)$/\2 \3 \4/p'; }
  assert_equal "$(in_ss | wc -l)" 2
  assert_equal "$(printed_by_it | sort)" "$(in_ss | sort)"
  # TCP_MAXSEG is announced less what the timestamps take; the small buffer needs no scale
  [[ $(printed_by_it | tail -n 1) =~ ^[0-9]+,0\ (988|1000)\ (988|1000)$ ]]
}
