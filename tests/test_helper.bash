# test_helper.bash: what every test file loads. A test runs programs as a
# student would, in their chapter's folder, and looks at them from outside:
# their output, their exit status, ps, ss and /proc.
#
#   in_chapter FOLDER        go there (from setup)
#   start NAME COMMAND...    runs it in the background: its PID is ${pid[NAME]}
#   start_server COMMAND...  the same, NAME being server, and waits until it
#                            listens; sets $server (PID), $address and $port
#   say NAME TEXT            writes a line to NAME's standard input
#   end_input NAME           closes NAME's standard input
#   out NAME, err NAME       what NAME has printed so far
#   printed NAME REGEX       whether a line on its standard output matches
#   finish NAME              waits for its end; sets $status, $output, $lines
#                            and $stderr, as run --separate-stderr does
#   wait_until COMMAND...    until the command succeeds; fails after a minute, or
#                            later where a busy machine lets it look less often
#   limit COMMAND...         runs it, and ends it after three minutes
#   probe MODE ARGUMENT...   tests/probe against the server
#   connect NAME, ask NAME TEXT, refused NAME, leave NAME
#                            a client of the server that is no process
#   "${bare[@]}" COMMAND...  with descriptors 0, 1 and 2 and no others
#   state PID, children PID, zombies PID, sockets PORT, sanitized FILE: see below
#
# TEST_PATIENCE=SECONDS is the minute, for those who know that a test will fail.
# No test waits for a time and none chooses a port: servers are given port 0.
# Whatever start started is killed after the test, with its children.
# shellcheck shell=bash disable=SC2034 # the variables are for the tests

bats_require_minimum_version 1.5.0
BATS_LIB_PATH=${BATS_LIB_PATH:+$BATS_LIB_PATH:}/usr/lib/bats:/usr/share/bats
# What bats_load_library does, but it starts a process for each of their files, and
# that in every test.
for library in ${helper_libraries-bats-support bats-assert}; do
  IFS=: read -ra folders <<<"$BATS_LIB_PATH"
  for folder in "${folders[@]}"; do
    [[ -d $folder/$library/src ]] || continue
    for file in "$folder/$library"/src/*.bash; do
      # shellcheck source=/dev/null
      source "$file"
    done
    continue 2
  done
  bats_load_library "$library"
done

ROOT=${BATS_TEST_DIRNAME%/*}
export LC_ALL=C
declare -gA pid=()    # NAME: process ID
declare -gA input=()  # NAME: the descriptor that its standard input hangs on
declare -gA client=() # NAME: the descriptor of connect's connection
patience=${TEST_PATIENCE:-60} # seconds
exec {never}<> <(:)  # never readable: a pause without a process

in_chapter() { cd "$ROOT/$1" || return; }

start() {
  local name=$1 tmp=$BATS_TEST_TMPDIR both writer fd
  local - # Bats' trap on every command costs more than what the commands do
  set +T
  shift
  [[ -z ${pid[$name]-} ]] || fail "$name is the name of an earlier program"
  exec {both}<> <(:) # a pipe, both ends of it: neither waits for the other
  set -m             # a process group of its own; SIGINT not ignored
  (
    exec <"/dev/fd/$both" >"$tmp/$name.out" 2>"$tmp/$name.err" 3>&-
    for fd in "$both" "$never" "${input[@]}" "${client[@]}"; do exec {fd}>&-; done
    exec "$@"
  ) &
  pid[$name]=$!
  set +m
  exec {writer}>"/dev/fd/$both" {both}>&-
  input[$name]=$writer
  wait_until test -e "$tmp/$name.err"
}

start_server() {
  local -
  set +T
  start server "$@"
  server=${pid[server]}
  wait_until eval 'has_line || ended server'
  local line=''
  read -r line <"$BATS_TEST_TMPDIR/server.out" || true
  [[ $line =~ ^'listening on '([0-9.]+):([0-9]+)$ ]] ||
    fail "$*: the first line is '$line', on standard error: $(err server)"
  address=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
  [[ $(ss -Htulnpe "sport = :$port") =~ [^$'\n']*"pid=$server,"[^$'\n']* ]] ||
    fail "$*: another process than $server listens on port $port"
  [[ ${BASH_REMATCH[0]} =~ \ ino:[0-9]+\  ]]
  listener=${BASH_REMATCH[0]}
}
has_line() { read -r -n 200 _ <"$BATS_TEST_TMPDIR/server.out"; } # no process, for fork bombs

# Nobody has the listening socket of start_server any more. (Another one at its
# port is a neighbour's: when a server has ended, its port is for the next.)
nobody_listens() { [[ $(ss -Htlne "sport = :$port") != *"$listener"* ]]; }

# ends the server of start_server at once, so that another can be started
stop_server() {
  kill -KILL -- "-$server" || true # it may have been killed, and waited for, before
  wait "$server" || true
  end_input server
  unset 'pid[server]'
  rm "$BATS_TEST_TMPDIR"/server.{out,err} # the next one starts without any
}

say() { (printf '%s\n' "$2" >&"${input[$1]}"); }

end_input() {
  local fd=${input[$1]}
  unset "input[$1]"
  exec {fd}>&-
}

out() { cat "$BATS_TEST_TMPDIR/$1.out"; }
err() { cat "$BATS_TEST_TMPDIR/$1.err"; }
printed() { grep -qaE -- "$2" "$BATS_TEST_TMPDIR/$1.out"; }
complained() { grep -qaE -- "$2" "$BATS_TEST_TMPDIR/$1.err"; }
# Not kill -0: Bash may leave its child a zombie for long, when it is busy.
ended() {
  local stat
  { read -r stat <"/proc/${pid[$1]}/stat"; } 2>/dev/null || return 0
  [[ $stat == *') Z '* ]]
}

finish() {
  wait_until ended "$1"
  status=0
  wait "${pid[$1]}" || status=$?
  output=$(tr -d '\0' <"$BATS_TEST_TMPDIR/$1.out")
  stderr=$(tr -d '\0' <"$BATS_TEST_TMPDIR/$1.err")
  readarray -t lines <<<"$output"
}

wait_until() {
  local -
  set +T
  local deadline=$((SECONDS + patience)) looks=0 begun
  while
    begun=${EPOCHREALTIME/./}
    ! "$@"
  do
    ((++looks, SECONDS < deadline || looks < 25 * patience)) ||
      fail "waited in vain, ${patience} s and more, for: $*"
    rest_after "$begun"
  done
}
# rest_after MICROSECONDS: pauses after a look that began then, three times as long as
# it took: those who look on a busy machine are else what keeps it busy. It is 0.01
# to 0.1 s, for what is to be seen may not be there for long.
rest_after() {
  local pause=$((3 * (${EPOCHREALTIME/./} - $1)))
  ((pause >= 10000)) || pause=10000
  ((pause <= 100000)) || pause=100000
  printf -v pause '0.%06d' "$pause"
  read -r -t "$pause" -u "$never" || true
}

limit() { timeout --kill-after=1 $((3 * patience)) "$@"; }

probe() { limit "$ROOT/tests/probe" "$1" "$address" "$port" "${@:2}" </dev/null; }

# connect NAME opens a connection to the server; ask NAME TEXT sends a line and
# gets the same back; refused NAME: the server has closed it; leave NAME: FIN
connect() {
  local fd
  exec {fd}<>"/dev/tcp/$address/$port" || return # set -e is off behind || and if
  client[$1]=$fd
}
ask() {
  local reply=''
  printf '%s\n' "$2" >&"${client[$1]}"
  read -r -t $((3 * patience)) reply <&"${client[$1]}" || fail "no answer to $1's $2"
  assert_equal "$reply" "$2"
}
refused() {
  local reply status=0
  read -r -t $((3 * patience)) reply <&"${client[$1]}" || status=$?
  assert_equal "$status-$reply" 1- # 1: the end, or a reset; more: a time-out
}
leave() {
  local fd=${client[$1]}
  unset "client[$1]"
  exec {fd}>&-
}

# bare: put before a command, it runs with nothing open but its standard input,
# output and error. bats and this helper have descriptors that it would inherit.
bare=(bash -c 'for fd in /proc/$$/fd/*; do
    fd=${fd##*/}
    ((fd < 3)) || exec {fd}>&-
  done
  exec "$@"' bare)

# few N: sets the array few to a command that allows N processes to what it is
# put before. RLIMIT_NPROC counts those of a user, and does not hold for root:
# so it needs another user, or a user namespace.
few() {
  local user=$((20000 + BASHPID % 40000))
  few=(setpriv --reuid="$user" --regid="$user" --clear-groups)
  [[ $(id -u) -eq 0 ]] || few=(unshare --user --map-root-user)
  few+=(prlimit --nproc="$1")
  run "${few[@]}" true
  [[ $status -eq 0 ]] || skip "no user of our own here: $output"
}

# What ps says: the state (Z: zombie, T: stopped, S: asleep...), the PIDs of
# the children, how many of them are zombies.
state() { ps -o stat= -p "$1" || true; }
children() { ps -o pid= --ppid "$1" || true; }
zombies() { ps -o stat= --ppid "$1" | awk '/^Z/ { n++ } END { print n + 0 }'; }
# the processes of a process group, as start makes one for each program: zombies
# too. (ps -g would choose by session.)
group() { ps -eo pgid=,pid=,ppid=,stat=,args= | awk -v group="$1" '$1 == group'; }
# whether one of these is what is expected: has_state PID LETTERS, ...
has_state() { [[ $(state "$1") == [$2]* ]]; }
has_children() { [[ $(children "$1" | wc -l) -eq $2 ]]; }
has_zombies() { [[ $(zombies "$1") -eq $2 ]]; }
# sanitized FILE [asan|tsan|ubsan]: whether it is built with a sanitizer, or that
# one (clang++'s are no libraries, for ldd)
sanitized() { grep -qE "__(${2:-[at]san|ubsan})_" "$1"; }
# no_tsan FILE: skips a test of what ThreadSanitizer changes: its signal() does not
# restart calls, its _exit() writes out stdio's buffers, its fork() starts a thread
# in the child, and it calls a handler not when the signal comes, but after the
# next call that it knows: never in a loop without one, and pselect() is none.
no_tsan() { ! sanitized "$1" tsan || skip 'ThreadSanitizer changes signals, fork() and _exit()'; }
gone() { [[ -z $(ps -o pid= -p "$1") ]]; }

# Every TCP socket that has this port at either end, a line each:
# state, bytes received and not read, bytes sent and not acknowledged, local
# address, peer address
sockets() { ss -Htan "( sport = :$1 or dport = :$1 )"; }

teardown() {
  local name files=("$BATS_TEST_TMPDIR"/*.err)
  for name in "${!pid[@]}"; do
    kill -KILL -- "-${pid[$name]}" 2>/dev/null || true
    wait "${pid[$name]}" 2>/dev/null || true
    [[ -n ${BATS_TEST_COMPLETED-} ]] && continue
    printf '%s\n' "--- $name printed:" "$(out "$name" | tail -n 20 | tr -d '\0')"
    printf '%s\n' "--- and on standard error:" "$(err "$name" | tail -n 20)"
  done
  # g++'s UndefinedBehaviorSanitizer beside AddressSanitizer writes nowhere else
  [[ ! -e ${files[0]} ]] || ! grep -h 'runtime error: ' "${files[@]}"
}
