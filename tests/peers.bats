#!/usr/bin/env bats
# Peers that nobody here wrote: our servers with the usual clients, our clients
# with the echo and daytime services that an inetd has built in. What is not
# installed is skipped by name.
# shellcheck disable=SC2154,SC2094 # variables of test_helper.bash; cmp only reads
load test_helper

setup() {
  in_chapter ch01-basics
  PATH=$PATH:/usr/sbin:/sbin # where a user's PATH may lack the servers
  # a loopback address that no other test uses, for peers that need a fixed port
  own=127.$((RANDOM % 254 + 1)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
  bytes=$BATS_TEST_TMPDIR/bytes
}

needs() { command -v "$1" >/dev/null || skip "$1 is not installed"; }
needs_nc() {
  needs nc
  [[ $(nc -h 2>&1) == *OpenBSD* ]] || skip 'nc is not the one of OpenBSD (package netcat-openbsd)'
}
daytime='[A-Z][a-z]+day, [A-Z][a-z]+ [0-9]{2}, 20[0-9]{2} [0-9:]{8} [-+A-Z0-9]+'
random_bytes() { head -c "$1" /dev/urandom >"$bytes"; }

@test "nc: echo, a megabyte and a half-close" {
  needs_nc
  start_server ./echo_server 0
  random_bytes 1000000
  limit nc -N 127.0.0.1 "$port" <"$bytes" | cmp - "$bytes"
}

@test "nc -u: UDP echo" {
  needs_nc
  start_server ./udp_echo_server 0
  start nc nc -u 127.0.0.1 "$port"
  for line in one two; do
    say nc "$line"
    wait_until printed nc "^$line\$"
  done
}

@test "nc: daytime" {
  needs_nc
  start_server ./daytime_server 0
  run limit nc 127.0.0.1 "$port" </dev/null
  assert_output --regexp "^$daytime"$'\r$'
}

@test "nc: shift_server, with a FIN where the NUL should be" {
  needs_nc
  start_server ./shift_server 0 127.0.0.1 1000
  assert_equal "$(printf HAL | limit nc -N 127.0.0.1 "$port" | od -An -tx1 | xargs)" '4a 43 4e 00'
  assert_equal "$(printf 'HAL\0' | limit nc 127.0.0.1 "$port" | od -An -tx1 | xargs)" '4a 43 4e 00'
  assert_equal "$(limit nc -N 127.0.0.1 "$port" </dev/null | od -An -tx1 | xargs)" '00'
  run limit nc -N 127.0.0.1 "$port" < <(head -c 1000000 /dev/zero | tr '\0' x)
  assert_output 'string longer than 4096 bytes'
}

@test "nc -l: shift_client: an answer in single bytes, one that says what is wrong, none" {
  needs_nc
  listens() { [[ $(ss -Htln "src $own and sport = :20001") ]]; }
  asked() { [[ $(tr '\0' '|' <"$BATS_TEST_TMPDIR/$1.out") == '012345ABCD|' ]]; }
  read_so_far() { [[ $(ss -Htin "dst $own and dport = :20001") =~ ^ESTAB\ +0\ .*bytes_received:$1\  ]]; }
  for case in bytes error nothing; do
    start "$case" nc -l -N "$own" 20001
    wait_until listens
    start "to_$case" ./shift_client "$own" 20001
    wait_until asked "$case"
    case $case in
      bytes)
        for count in 1 2 3 4 5 6 7 8 9 10; do
          printf x >&"${input[bytes]}"
          wait_until read_so_far "$count" # each with a read() of its own
        done
        printf '\0' >&"${input[bytes]}"
        expected='0|xxxxxxxxxx|'
        ;;
      error)
        printf 'tea time\n' >&"${input[error]}"
        end_input error
        expected='1||shift_client: server: tea time'
        ;;
      nothing)
        end_input nothing
        expected='1||shift_client: server terminated prematurely'
        ;;
    esac
    finish "to_$case"
    assert_equal "$status|$output|$stderr" "$expected"
    [[ ! -v input[$case] ]] || end_input "$case"
    finish "$case" # and its port is free again
  done
}

@test "nc -l: an answer in pieces: daytime_client, both echo_clients; reuseaddr_client, bulk_client: other bytes" {
  needs_nc
  listens() { [[ $(ss -Htln "src $own and sport = :20002") ]]; }
  read_so_far() { [[ $(ss -Htin "dst $own and dport = :20002") =~ ^ESTAB\ +0\ .*bytes_received:$1\  ]]; }
  # pair NAME CLIENT ARGUMENT...: NAME is an nc that listens, to_NAME the client
  pair() {
    start "$1" sh -c "$nc"
    [[ $1 != other ]] || printf x >&"${input[other]}"
    wait_until listens
    start "to_$1" "$2" "$own" 20002 "${@:3}"
  }
  nc="exec nc -l -N $own 20002"
  for chapter in ch01-basics ch05-client-split; do
    pair "$chapter" "$ROOT/$chapter/echo_client"
    say "to_$chapter" hello
    wait_until printed "$chapter" '^hello$'
    printf HEL >&"${input[$chapter]}"
    wait_until read_so_far 3
    say "$chapter" LO
    wait_until printed "to_$chapter" 'HELLO$'
    end_input "to_$chapter"
    finish "to_$chapter"
    assert_equal "$status" 0
    end_input "$chapter"
    finish "$chapter"
  done
  pair daytime ./daytime_client
  printf Sun >&"${input[daytime]}"
  wait_until read_so_far 3
  say daytime day
  end_input daytime
  finish to_daytime
  assert_equal "$status $output" '0 Sunday'
  finish daytime

  pair reuse ./reuseaddr_client
  say reuse 'this is no FIN'
  wait_until read_so_far 15
  assert_equal "$(out to_reuse)" ''
  end_input reuse
  finish to_reuse
  assert_equal "$status $output" '0 we received FIN from server.'
  finish reuse

  nc="nc -l -N $own 20002 | sleep 1000" # soon it reads no more
  pair other ../ch05-client-split/bulk_client 100 split 0
  finish to_other
  assert_equal "$status $stderr" '1 bulk_client: other bytes came back, after byte 0'
}

@test "python: a server that does not read: select_client prints what it says all the same" {
  needs python3
  cat >"$BATS_TEST_TMPDIR/server" <<'PYTHON'
import socket, sys
with socket.create_server((sys.argv[1], 20003)) as listener:
    client, _ = listener.accept()
    while line := sys.stdin.readline():
        client.sendall(line.encode())
PYTHON
  start deaf python3 "$BATS_TEST_TMPDIR/server" "$own"
  listens() { [[ $(ss -Htln "src $own and sport = :20003") ]]; }
  wait_until listens
  head -c 30000000 /dev/zero >"$bytes"
  start client sh -c "exec ../ch04-select/select_client $own 20003 <$bytes"
  queues=''
  full() { # nothing moves any more: the client sleeps, though it has more to send
    local last=$queues
    has_state "${pid[client]}" S || return
    queues=$(ss -Htn state established "( sport = :20003 and src $own ) or ( dport = :20003 and dst $own )")
    [[ $queues == "$last" && $(awk '$1 + $2 > 0' <<<"$queues" | wc -l) -eq 2 ]]
  }
  wait_until full
  for line in one two; do # after the first it may try to send again
    say deaf "$line"
    wait_until printed client "^$line\$"
  done
}

@test "socat: echo, a megabyte and a half-close" {
  needs socat
  start_server ./echo_server 0
  random_bytes 1000000
  limit socat -t 60 - "TCP4:127.0.0.1:$port" <"$bytes" | cmp - "$bytes"
}

@test "socat: UDP echo" {
  needs socat
  start_server ./udp_echo_server 0
  start socat socat - "UDP4:127.0.0.1:$port"
  for line in one two; do
    say socat "$line"
    wait_until printed socat "^$line\$"
  done
}

@test "socat: daytime" {
  needs socat
  start_server ./daytime_server 0
  run limit socat -u "TCP4:127.0.0.1:$port" -
  assert_output --regexp "^$daytime"$'\r$'
}

@test "telnet: echo, daytime" {
  needs telnet
  start_server ./echo_server 0
  start telnet telnet 127.0.0.1 "$port"
  for line in one two; do
    say telnet "$line"
    wait_until printed telnet "^$line"$'\r?$'
  done
  stop_server
  start_server ./daytime_server 0
  start daytime telnet 127.0.0.1 "$port"
  finish daytime
  assert_line --regexp "^$daytime"
  [[ $output$stderr == *'Connection closed by foreign host'* ]]
}

@test "curl telnet://: echo, daytime" {
  needs curl
  [[ $(curl --version) == *' telnet '* ]] || skip 'curl was built without telnet'
  start_server ./echo_server 0
  start curl curl -sN "telnet://127.0.0.1:$port"
  for line in one two; do
    say curl "$line"
    wait_until printed curl "^$line\$"
  done
  stop_server
  start_server ./daytime_server 0
  start daytime curl -sN "telnet://127.0.0.1:$port"
  wait_until printed daytime "^$daytime"$'\r$'
  end_input daytime
  finish daytime
  assert_equal "$status" 0
}

@test "python3's socket: TCP echo, UDP echo, daytime" {
  needs python3
  start_server ./echo_server 0
  limit python3 - "$port" <<'PYTHON'
import os, socket, sys
message = os.urandom(200000)
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
    s.sendall(message)
    s.shutdown(socket.SHUT_WR)
    assert s.makefile("rb").read() == message
PYTHON
  stop_server
  start_server ./udp_echo_server 0
  limit python3 - "$port" <<'PYTHON'
import os, socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for size in 1, 0, 1472, 65507:
        message = os.urandom(size)
        s.sendto(message, ("127.0.0.1", int(sys.argv[1])))
        answer, server = s.recvfrom(65535)
        assert answer == message and server == ("127.0.0.1", int(sys.argv[1]))
PYTHON
  stop_server
  start_server ./daytime_server 0
  run limit python3 - "$port" <<'PYTHON'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
line = s.makefile("rb").read()
assert line.endswith(b"\r\n") and line.count(b"\n") == 1
print(line[:-2].decode("ascii"))
PYTHON
  assert_output --regexp "^$daytime\$"
}

# start_inetd: one of the two that there are, as an ordinary user. Sets $host,
# $echo, $daytime_port; "${beside[@]}" runs a command where it can be reached.
start_inetd() {
  local service type
  if command -v xinetd >/dev/null; then
    host=$own echo=20007 daytime_port=20013 beside=()
    {
      printf 'defaults\n{\n  bind = %s\n  log_type = FILE %s\n}\n' "$own" "$BATS_TEST_TMPDIR/log"
      for service in "echo $echo" "daytime $daytime_port"; do
        for type in 'stream tcp no' 'dgram udp yes'; do
          # shellcheck disable=SC2086 # words
          printf 'service %s\n{\n  port = %s\n  id = %s-%s\n  socket_type = %s\n  protocol = %s\n  wait = %s\n  user = %s\n  type = INTERNAL UNLISTED\n}\n' \
            $service ${service% *} ${type%% *} $type "$(id -un)"
        done
      done
    } >"$BATS_TEST_TMPDIR/inetd.conf"
    start inetd xinetd -dontfork -f "$BATS_TEST_TMPDIR/inetd.conf" -pidfile "$BATS_TEST_TMPDIR/pid"
  elif command -v inetd >/dev/null; then
    # It knows its services by the names, and so the ports, in /etc/services,
    # and does not answer a datagram that comes from 127.0.0.0/8: it gets a
    # network of its own, with an address for documentation (RFC 5737).
    unshare -rn true 2>/dev/null || skip 'openbsd-inetd needs a network namespace, and unshare -rn is refused'
    grep -q '^daytime' /etc/services 2>/dev/null || skip 'openbsd-inetd needs /etc/services (package netbase)'
    host=192.0.2.1 echo=7 daytime_port=13
    for service in echo daytime; do
      for type in 'stream tcp4 nowait' 'dgram udp4 wait'; do
        echo "$host:$service $type root internal"
      done
    done >"$BATS_TEST_TMPDIR/inetd.conf"
    start inetd unshare -rn sh -c 'ip link set lo up && ip address add "$0" dev lo && exec inetd -i "$1"' \
      "$host" "$BATS_TEST_TMPDIR/inetd.conf"
    beside=(nsenter -t "${pid[inetd]}" -U -n --preserve-credentials)
    apart() { [[ $(readlink "/proc/${pid[inetd]}/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }
    wait_until apart
  else
    skip 'neither xinetd nor openbsd-inetd is installed'
  fi
  four() { [[ $("${beside[@]}" ss -Htuln "src $host" | wc -l) -eq 4 ]]; }
  wait_until four
}

@test "inetd's TCP echo: echo_client" {
  start_inetd
  start client "${beside[@]}" ./echo_client "$host" "$echo"
  for line in one two; do
    say client "$line"
    wait_until printed client "^$line\$"
  done
  random_bytes 100000
  limit "${beside[@]}" ./echo_client "$host" "$echo" <"$bytes" | cmp - "$bytes"
}

@test "inetd's UDP echo: udp_echo_client" {
  start_inetd
  # One datagram: after each, xinetd throws away what else has come meanwhile.
  run limit "${beside[@]}" ./udp_echo_client "$host" "$echo" 60 <<<'one datagram'
  assert_success
  assert_output 'one datagram'
}

@test "inetd's TCP daytime: daytime_client" {
  start_inetd
  run limit "${beside[@]}" ./daytime_client "$host" "$daytime_port"
  assert_success
  assert_output --regexp '[0-9]{2}:[0-9]{2}:[0-9]{2} .*'$'\r$'
}

@test "inetd's UDP daytime: udp_echo_client, whose datagram may be empty" {
  start_inetd
  run limit "${beside[@]}" ./udp_echo_client "$host" "$daytime_port" 60 <<<''
  assert_success
  assert_line --regexp '[0-9]{2}:[0-9]{2}:[0-9]{2} .*'$'\r$'
}
