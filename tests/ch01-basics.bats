#!/usr/bin/env bats
# Chapter 1, the pairs of servers and clients.
# shellcheck disable=SC2154,SC2094 # variables of test_helper.bash; cmp only reads
load test_helper

setup() {
  in_chapter ch01-basics
  # One of the 16 million loopback addresses, for the tests that bind the same
  # port twice: no other test can have taken it meanwhile.
  own=127.$((RANDOM % 254 + 1)).$((RANDOM % 256)).$((RANDOM % 254 + 1))
}

# tell NAME TEXT: TEXT, with printf's escapes; all NAME: all that comes until
# the server's FIN; answer TEXT: one after the other, in hex
# shellcheck disable=SC2059 # it is a format
tell() { printf "$2" >&"${client[$1]}"; }
all() { limit cat <&"${client[$1]}"; }
hex() { od -An -v -tx1 | xargs; }
answer() {
  connect short
  tell short "$1"
  all short | hex
  leave short
}

# accept_queue N: whether N connections are complete and not accepted
accept_queue() { [[ $(ss -Htln "sport = :$port") =~ ^LISTEN\ +$1\  ]]; }
# unread N: whether the server has exactly one connection with N bytes to read
unread() { [[ $(ss -Htn state established "sport = :$port") =~ ^$1\ [^$'\n']*$ ]]; }
# time_wait_by CLIENT: the client is run, and the server keeps the TIME_WAIT, as
# the side that closes first does. To be tried again: on a busy machine the client
# may acknowledge twice, the second ACK's answer meets nobody, and the RST to that
# ends the TIME_WAIT, a few of 1,000 (RFC 1337; not with tcp_rfc1337=1).
time_wait_by() {
  run --separate-stderr limit "$1" "$own" "$port"
  [[ $status -eq 0 ]] && time_wait
}
time_wait() { [[ $(ss -Htano state time-wait "src $own and sport = :$port") ]]; }
x() { head -c "$1" /dev/zero | tr '\0' x; }
microseconds() { echo "${EPOCHREALTIME/./}"; }

@test "daytime: one line that ends in CRLF, with the time" {
  TZ=UTC0 start_server ./daytime_server 0
  before=$(date +%s)
  limit ./daytime_client 127.0.0.1 "$port" >"$BATS_TEST_TMPDIR/line"
  after=$(date +%s)
  line=$(<"$BATS_TEST_TMPDIR/line")
  [[ $line =~ ^[A-Z][a-z]+day,\ [A-Z][a-z]+\ [0-9][0-9],\ [0-9]{4}\ [0-9:]{8}\ UTC$'\r'$ ]]
  [[ $(wc -l <"$BATS_TEST_TMPDIR/line") -eq 1 ]]
  told=$(date -d "${line%$'\r'}" +%s)
  ((before <= told && told <= after))
}

@test "daytime: the time is the local one, and says of which zone" {
  TZ=XYZ-12 start_server ./daytime_server 0
  run limit ./daytime_client 127.0.0.1 "$port"
  assert_output --regexp "$(TZ=XYZ-12 date '+^%A, .* %H:..:.. XYZ')"
}

@test "daytime: the server closes first: TIME-WAIT on its side, none on the client's" {
  start_server ./daytime_server 0 "$own"
  wait_until time_wait_by ./daytime_client
  run ss -Htan "dst $own and dport = :$port"
  assert_output ''
}

@test "daytime_server, echo_server: a restart works while a connection of the last run is left" {
  start_server ./daytime_server 0 "$own"
  wait_until time_wait_by ./daytime_client
  stop_server
  start_server ./daytime_server "$port" "$own"
  stop_server
  start_server ./echo_server 0 "$own"
  connect one
  ask one hello
  stop_server
  left() { sockets "$port" | grep -q '^FIN-WAIT-2'; } # until the client closes, too
  wait_until left
  start_server ./echo_server "$port" "$own"
  left
}

@test "daytime: while DELAY holds the first client, the second is connected, not accepted" {
  start_server ./daytime_server 0 127.0.0.1 1000
  start first ./daytime_client 127.0.0.1 "$port"
  both() { [[ $(ss -Htn state established "dport = :$port" | wc -l) -eq $1 ]]; }
  wait_until both 1
  wait_until accept_queue 0
  start second ./daytime_client 127.0.0.1 "$port"
  wait_until both 2
  wait_until accept_queue 1
  run out first
  assert_output ''
}

@test "daytime: the second client is served when its turn has come" {
  start_server ./daytime_server 0 127.0.0.1 0.2
  start=$(microseconds)
  start first ./daytime_client 127.0.0.1 "$port"
  start second ./daytime_client 127.0.0.1 "$port"
  finish first
  assert_equal "$status" 0
  finish second
  assert_equal "$status" 0
  assert_output --partial day,
  (($(microseconds) - start >= 400000)) # two DELAYs, one after the other
}

@test "daytime: what a client sends is thrown away, and it still gets its line and a FIN" {
  start_server ./daytime_server 0
  kill -STOP "$server"
  wait_until has_state "$server" T
  connect talker
  tell talker 'what time is it?\n'
  wait_until unread 17
  kill -CONT "$server"
  run all talker # over unread bytes there would be a RST
  assert_success
  assert_output --regexp '^[A-Z][a-z]+day, .*[^a-z]$'
}

@test "daytime_server: a bad DELAY is refused" {
  for delay in -1 x 1s '' nan; do
    run --separate-stderr limit ./daytime_server 0 127.0.0.1 "$delay"
    assert_equal "$status" 2
    assert_equal "${stderr_lines[0]}" "daytime_server: not a number of seconds: '$delay'"
  done
}

@test "daytime_client: a server that closes without a word" {
  start_server ./reuseaddr_server 1 0
  run --separate-stderr limit ./daytime_client 127.0.0.1 "$port"
  assert_equal "$status" 1
  assert_equal "$stderr" 'daytime_client: the server closed without an answer'
  assert_output ''
}

@test "echo: the second client is connected, but served only when the first has left" {
  start_server ./echo_server 0
  start first ./echo_client 127.0.0.1 "$port"
  say first one
  wait_until printed first '^one$'
  start second ./echo_client 127.0.0.1 "$port"
  say second two
  # the kernel has done the handshake; the line waits, unread, at the server
  waiting() { sockets "$port" | grep -qE "^ESTAB +4 +0 +$address:$port "; }
  wait_until waiting
  wait_until accept_queue 1
  run out second
  assert_output ''
  end_input first
  wait_until printed second '^two$'
  end_input second
  finish second
  assert_equal "$status" 0
}

@test "echo: every byte returns: NULs, long lines, no newline at the end" {
  start_server ./echo_server 0
  file=$BATS_TEST_TMPDIR/bytes
  {
    head -c 20000 /dev/urandom
    printf '\n\n\0\n\0\0\n'
    x 10000
  } >"$file"
  limit ./echo_client 127.0.0.1 "$port" <"$file" | cmp - "$file"
  limit ./echo_client 127.0.0.1 "$port" </dev/null
  probe slow 100
}

@test "echo_server: a client that half-closes and only then reads gets all its bytes" {
  start_server ./echo_server 0
  # as much as the buffers between them hold; no more can be under way at once
  probe halfclose 200000
}

@test "echo_server: resets at any moment, and the next client is served" {
  start_server ./echo_server 0
  probe reset connect sent midread idle halfclosed blocked
  kill -STOP "$server" # and before it reads any of it
  wait_until has_state "$server" T
  probe reset connect sent closed
  kill -CONT "$server"
  run limit ./echo_client 127.0.0.1 "$port" <<<'still there?'
  assert_output 'still there?'
}

@test "echo_client: an early end of the server" {
  start_server ./echo_server 0
  start client ./echo_client 127.0.0.1 "$port"
  say client hello
  wait_until printed client hello
  kill -KILL "$server"
  wait_until ended server
  say client again
  finish client
  assert_equal "$status" 1
  assert_equal "$stderr" 'echo_client: server terminated prematurely'
}

@test "echo_client, udp_echo_client: an input that cannot be read is an error, not an end" {
  start_server ./echo_server 0
  run --separate-stderr limit ./echo_client 127.0.0.1 "$port" <.
  assert_equal "$status $stderr" '1 echo_client: read: Is a directory (standard input)'
  run --separate-stderr limit ./udp_echo_client 127.0.0.1 "$port" <.
  assert_equal "$status $stderr" '1 udp_echo_client: read: Is a directory (standard input)'
}

@test "udp echo: two clients in turn, one socket, UNCONN, no connection" {
  start_server ./udp_echo_server 0
  start first ./udp_echo_client 127.0.0.1 "$port" 60
  start second ./udp_echo_client 127.0.0.1 "$port" 60
  for line in a bb ccc; do
    for who in first second; do
      say "$who" "$line"
      wait_until printed "$who" "^$line\$"
    done
  done
  run ss -Huanp "sport = :$port"
  assert_equal "${#lines[@]}" 1
  assert_output --regexp "^UNCONN +0 +0 +127.0.0.1:$port +0.0.0.0:\* .*pid=$server,"
  assert_equal "$(ss -Htuanp | grep -c "pid=$server,")" 1 # it has no other
  # in turn, from two addresses
  run out server
  assert_equal "$(awk 'NR > 1 { print $1 }' <<<"$output" | xargs)" '1 1 2 2 3 3'
  assert_equal "$(awk 'NR > 1 { print $4 }' <<<"$output" | sort -u | wc -l)" 2
}

@test "udp echo: 65,507 bytes go through in one datagram, one more is EMSGSIZE" {
  start_server ./udp_echo_server 0
  file=$BATS_TEST_TMPDIR/datagram
  head -c 65507 /dev/urandom | tr '\n' '\0' >"$file"
  limit ./udp_echo_client 127.0.0.1 "$port" 60 <"$file" >"$file.back"
  echo >>"$file"
  cmp "$file" "$file.back"
  printed server '^65507 bytes from 127'
  run --separate-stderr limit ./udp_echo_client 127.0.0.1 "$port" < <(x 65508)
  assert_equal "$status" 1
  assert_equal "$stderr" "udp_echo_client: send: Message too long (127.0.0.1:$port)"
  assert_output ''
}

@test "udp echo: a line is a datagram, an empty one an empty datagram" {
  start_server ./udp_echo_server 0
  limit ./udp_echo_client 127.0.0.1 "$port" 60 < <(printf '\n\nab\n\n\0\nlast') >"$BATS_TEST_TMPDIR/back"
  cmp "$BATS_TEST_TMPDIR/back" <(printf '\n\nab\n\n\0\nlast\n')
  run out server
  assert_equal "$(awk 'NR > 1 { print $1 }' <<<"$output" | xargs)" '0 0 2 0 1 4'
}

@test "udp_echo_client: no server: ECONNREFUSED, since its socket is connected" {
  start_server ./udp_echo_server 0 "$own"
  start client ./udp_echo_client "$own" "$port" 60
  say client hello
  wait_until printed client hello
  [[ $(ss -Huan "dport = :$port") =~ ^ESTAB.*\ "$own:$port" ]] # UDP's "connected"
  kill -KILL "$server"
  wait_until ended server
  say client again
  finish client
  assert_equal "$status" 1
  assert_equal "$stderr" "udp_echo_client: recv: Connection refused ($own:$port)"
  assert_output hello
}

@test "udp_echo_client: a server that is there and does not answer: a time-out" {
  start_server ./udp_echo_server 0
  kill -STOP "$server"
  wait_until has_state "$server" T
  start=$(microseconds)
  run --separate-stderr limit ./udp_echo_client 127.0.0.1 "$port" 0.2 <<<hello
  (($(microseconds) - start >= 200000))
  assert_equal "$status" 1
  assert_equal "$stderr" "udp_echo_client: recv: Connection timed out (127.0.0.1:$port)"
  # 0 would be no limit at all to setsockopt()
  run --separate-stderr limit ./udp_echo_client 127.0.0.1 "$port" 0 <<<hello
  assert_equal "$status" 2
}

@test "udp_echo_client: being stopped and continued is no error" {
  start_server ./udp_echo_server 0
  kill -STOP "$server"
  wait_until has_state "$server" T
  start client ./udp_echo_client 127.0.0.1 "$port" 60
  say client hello
  arrived() { [[ $(ss -Huan "sport = :$port") =~ ^UNCONN\ +[1-9] ]]; }
  wait_until arrived
  kill -STOP "${pid[client]}"
  wait_until has_state "${pid[client]}" T
  kill -CONT "${pid[client]}" "$server"
  wait_until printed client hello
}

@test "udp_echo_server: goes on when the one it answers has left" {
  start_server ./udp_echo_server 0
  kill -STOP "$server"
  wait_until has_state "$server" T
  run limit ./udp_echo_client 127.0.0.1 "$port" 0.01 <<<hello
  assert_failure
  kill -CONT "$server"
  wait_until printed server '^5 bytes'
  run limit ./udp_echo_client 127.0.0.1 "$port" 60 <<<'still there?'
  assert_output 'still there?'
}

@test "udp_echo_server: a sendto() that fails is one client's loss" {
  command -v strace >/dev/null || skip 'strace is not installed'
  run strace -DD -o /dev/null true
  [[ $status -eq 0 ]] || skip "strace may not trace here: $output"
  start_server strace -qq -DD -o "$BATS_TEST_TMPDIR/trace" -e trace=sendto \
    -e inject=sendto:error=EHOSTUNREACH:when=1 ./udp_echo_server 0
  run limit ./udp_echo_client 127.0.0.1 "$port" 0.01 <<<hello
  assert_failure
  wait_until complained server '^udp_echo_server: sendto: No route to host \(127.0.0.1:[0-9]+\)$'
  run limit ./udp_echo_client 127.0.0.1 "$port" 60 <<<'still there?'
  assert_output 'still there?'
}

@test "shift: 012345ABCD becomes 234567CDEF; a message of one's own; none at all" {
  start_server ./shift_server 0
  run --separate-stderr limit ./shift_client 127.0.0.1 "$port"
  assert_equal "$status $output $stderr" '0 234567CDEF '
  run --separate-stderr limit ./shift_client 127.0.0.1 "$port" 'HAL, 9000'
  assert_equal "$status $output $stderr" '0 JCN.";222 '
  limit ./shift_client 127.0.0.1 "$port" '' >"$BATS_TEST_TMPDIR/back"
  cmp "$BATS_TEST_TMPDIR/back" <(echo)
}

@test "shift: on the wire: every byte plus 2, modulo 256, and a NUL that stays one" {
  start_server ./shift_server 0
  assert_equal "$(answer 'a\0')" '63 00'
  assert_equal "$(answer '\0')" '00'
  assert_equal "$(answer '\001\176\177\200\375\377\0')" '03 80 81 82 ff 01 00'
  assert_equal "$(answer 'a\0left over')" '63 00'
}

@test "shift: 0xFE becomes a NUL: the server sends it, the client ends there and says so" {
  start_server ./shift_server 0
  assert_equal "$(answer 'ab\376c\0')" '63 64 00 65 00'
  run --separate-stderr limit ./shift_client 127.0.0.1 "$port" $'ab\xfec'
  assert_equal "$status" 1
  assert_output cd
  assert_equal "$stderr" 'shift_client: a NUL ends the answer after 2 of 4 bytes'
  run --separate-stderr limit ./shift_client 127.0.0.1 "$port" $'\xfe'
  assert_equal "$status" 1
  assert_equal "$stderr" 'shift_client: a NUL ends the answer after 0 of 1 bytes'
}

@test "shift: 4,096 bytes are the limit; more is an error on both sides, at once" {
  start_server ./shift_server 0 127.0.0.1 1000
  run --separate-stderr limit ./shift_client 127.0.0.1 "$port" "$(x 4096)"
  assert_success
  assert_output "$(x 4096 | tr x z)"
  for size in 4097 100000; do
    run --separate-stderr limit ./shift_client 127.0.0.1 "$port" "$(x $size)"
    assert_equal "$status $output" '1 '
    assert_equal "$stderr" 'shift_client: server: string longer than 4096 bytes'
  done
  # a megabyte without a NUL, and no FIN either
  connect long
  x 1000000 >&"${client[long]}"
  run all long
  leave long
  assert_success
  assert_output 'string longer than 4096 bytes'
  run err server
  assert_equal "${#lines[@]}" 3
  assert_line --regexp "^shift_server: string longer than 4096 bytes \(127.0.0.1:[0-9]+\)$"
}

@test "shift_server: a client that sends one byte at a time" {
  start_server ./shift_server 0 127.0.0.1 1000
  connect slow
  for c in 0 1 2 A B C; do
    tell slow "$c"
    wait_until unread 0 # so that each has a read() of its own
  done
  tell slow '\0'
  assert_equal "$(all slow | hex)" '32 33 34 43 44 45 00'
}

@test "shift_server: a client that says nothing holds it for SECONDS, not for good" {
  start_server ./shift_server 0 127.0.0.1 0.2
  start=$(microseconds)
  connect silent
  run limit ./shift_client 127.0.0.1 "$port"
  assert_output 234567CDEF
  (($(microseconds) - start >= 200000))
  assert_equal "$(all silent)" 'out of time'
  run err server
  assert_output --regexp '^shift_server: out of time \(127.0.0.1:[0-9]+\)$'
}

@test "shift_server: SECONDS are for all of a string, not for each byte" {
  start_server ./shift_server 0 127.0.0.1 0.3
  start dribbler bash -c 'exec 5<>"/dev/tcp/$0/$1"
    while printf x >&5; do read -r -t 0.02; done' "$address" "$port"
  # it is there, or its 0.3 s were over before we could look
  connected() { [[ $(ss -Htn state established "dport = :$port") ]]; }
  wait_until eval 'connected || complained server "out of time"'
  run limit ./shift_client 127.0.0.1 "$port"
  assert_output 234567CDEF
}

@test "shift_server: a client that stays after its answer does not hold it for good" {
  start_server ./shift_server 0 127.0.0.1 0.2
  connect lingering
  tell lingering 'a\0'
  run limit ./shift_client 127.0.0.1 "$port"
  assert_output 234567CDEF
}

@test "reuseaddr: with 0, a restart gets EADDRINUSE while TIME_WAIT lasts, even with 1" {
  start_server ./reuseaddr_server 0 0 "$own"
  wait_until time_wait_by ./reuseaddr_client
  assert_output 'we received FIN from server.'
  [[ $(ss -Htano state time-wait "sport = :$port") == *" $own:$port "*'timer:(timewait,'* ]]
  stop_server
  for reuse in 0 1; do # on Linux, both sockets must have set it
    run --separate-stderr limit ./reuseaddr_server "$reuse" "$port" "$own"
    assert_equal "$status" 1
    assert_equal "$stderr" "reuseaddr_server: bind: Address already in use ($own:$port)"
    assert_output ''
  done
  time_wait
}

@test "reuseaddr: with 1, a restart works, TIME_WAIT or not; only a listener is in its way" {
  start_server ./reuseaddr_server 1 0 "$own"
  wait_until time_wait_by ./reuseaddr_client
  stop_server
  before=$port
  start_server ./reuseaddr_server 1 "$port" "$own"
  assert_equal "$address:$port" "$own:$before"
  time_wait
  limit ./reuseaddr_client "$own" "$port"
  run --separate-stderr limit ./reuseaddr_server 1 "$port" "$own"
  assert_equal "$status" 1
  assert_equal "$stderr" "reuseaddr_server: bind: Address already in use ($own:$port)"
}

@test "reuseaddr_server: a child closes, and says who it is; no zombie stays" {
  start_server ./reuseaddr_server 1 0
  limit ./reuseaddr_client 127.0.0.1 "$port"
  limit ./reuseaddr_client 127.0.0.1 "$port"
  run out server
  assert_equal "$(sort -u <<<"$output" | grep -c '^child [0-9]*: closing first$')" 2
  refute_line "child $server: closing first"
  wait_until has_children "$server" 0
}

@test "reuseaddr_server: no more processes: that client is closed, the server goes on" {
  few 1
  start_server "${few[@]}" ./reuseaddr_server 1 0
  for _ in 1 2; do
    run limit ./reuseaddr_client 127.0.0.1 "$port"
    assert_output 'we received FIN from server.'
  done
  run err server
  assert_output "$(printf '%s\n' 'reuseaddr_server: fork: Resource temporarily unavailable'{,})"
}

@test "daytime, shift, reuseaddr: clients that reset before they are served, and the next client is served" {
  for name in daytime shift 'reuseaddr 1'; do
    read -ra words <<<"$name"
    start_server "./${words[0]}_server" "${words[@]:1}" 0
    kill -STOP "$server" # the kernel goes on: handshake, bytes, RST
    wait_until has_state "$server" T
    probe reset connect sent halfclosed
    kill -CONT "$server"
    limit "./${words[0]}_client" 127.0.0.1 "$port"
    stop_server
  done
}

@test "a full table of files: no TCP server ends or spins, and all go on once there is room" {
  for name in daytime_server echo_server shift_server 'reuseaddr_server 1'; do
    start=$(microseconds) # accept() finds the table full before any client comes
    # shellcheck disable=SC2086 # two words
    start_server bash -c 'ulimit -S -n 4 && exec "$@"' bash ./$name 0
    connect waiting
    tried() { [[ $(err server | wc -l) -ge $1 ]]; }
    wait_until tried 2
    tries=$(err server | wc -l)
    ((tries <= ($(microseconds) - start) / 100000 + 1)) # it pauses in between
    assert_equal "$(err server | sort -u)" "${name% *}: accept: Too many open files"
    prlimit --pid "$server" --nofile=64:
    [[ $name == reuse* ]] || tell waiting 'a\0\n'
    limit head -c 1 <&"${client[waiting]}" >"$BATS_TEST_TMPDIR/first" # or the FIN
    leave waiting
    [[ $name == reuse* || -s $BATS_TEST_TMPDIR/first ]]
    stop_server
  done
}
