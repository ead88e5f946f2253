# checks.bash: what the checks of an exercise load, first thing:
#
#   load ../../../tests/grade/checks          (hidden.bats: one ../ more)
#
# The verbs of tests/test_helper.bash (start, start_server, say, end_input, out,
# printed, finish, children, zombies, sockets...), which now also write down what
# is done, for the student to read when the check fails. And:
#
#   try COMMAND...           runs it to its end, with limits on time and output:
#                            sets $status, $output, $lines and $stderr
#   soon TEXT COMMAND...     TEXT is what is expected: waits until the command
#                            succeeds, and fails if that is not soon
#   must TEXT COMMAND...     the same without waiting
#   same WHAT EXPECTED CAME  fails if the two strings differ
#   seen COMMAND...          what to show as "came" if a later check fails
#   connect NAME, leave NAME a client of the server, which is no process
#   tell NAME TEXT, hear NAME  it sends a line; it reads one, into $reply
#   ask NAME TEXT            both, and it must be the same
#   closed NAME              the server must have closed the connection
#   all_of COMMAND...        sets $REPLY to all that it prints. Who looks for what must not be
#                            there looks so: $(...) is also empty if the program has
#                            killed what looked. For the same reason:
#   none_runs PID            it has no children but zombies
#   none_left NAME           of a program's processes there are none but zombies
#   nobody_listens           on the port of start_server
#   did TEXT, sent TEXT      write down a step that no verb above writes down
#   until_patience COMMAND...  waits like soon; its status says whether it succeeded
#   cannot TEXT              this machine cannot run the check: the grader's error,
#                            neither a pass nor a failure
#   probe MODE ARGUMENT...   tests/probe MODE against the server, see probe.cpp
#   give NAME                $BATS_TEST_TMPDIR/NAME, a file or a folder, for the program,
#                            in its folder: before it is started, see below
#   random_text N            N letters, the same ones for the same $SEED, and
#                            others on another line of the check
#
# A program of the submission is called ./NAME. The check runs in a folder of
# its own; the program runs in $GRADE_WORK, which is the only place that both
# can see, and has an empty environment. There, all is the program's: a file
# that it was given may be a link by now, or another file. So a check opens
# nothing there once the program runs, and compares with its own copy.
# shellcheck shell=bash disable=SC2034

# Bats' libraries are not used here: to load them costs more than most checks.
helper_libraries=''
# grade has put helper_ before the names of those verbs that are defined anew below
# shellcheck source=../test_helper.bash
source "${BASH_SOURCE[0]%/*}/../test_helper.bash"
fail() { wrong "$1" "$(came)"; }
ROOT=$GRADE_BOX
report=$TMPDIR/report
turns=$((${GRADE_PATIENCE:-4} * 25)) # of soon
patience=$((${GRADE_PATIENCE:-4} * GRADE_PACE)) # seconds: 4 on an idle machine
shown=() # the command of seen
declare -gA ending=() # NAME: how it ended

# write KIND TEXT: into the transcript. Control characters are made visible,
# and what is long is cut, so that a report is text whatever a program prints.
write() {
  local line
  if [[ ${#2} -lt 400 && $2 != *[![:print:]]* ]]; then # as nearly always
    printf '%s|%s\n' "$1" "$2" >>"$report/transcript"
    return
  fi
  head -c 2000 <<<"$2" | tr '\0' '@' | cat -v | head -n 30 | while IFS= read -r line; do
    printf '%s|%s\n' "$1" "${line:0:400}"
  done >>"$report/transcript"
}
did() { write run "$*"; }
sent() { write sent "$*"; }
seen() { shown=("$@"); }

# fails the check: what was expected, what came
wrong() {
  write expected "$1"
  local came=${2:-nothing}
  write came "${came%$'\n'}"
  : >"$report/said"
  return 1
}
came() {
  if [[ ${#shown[@]} -gt 0 ]]; then "${shown[@]}" 2>&1 | tr -d '\0'; else everything; fi
}
everything() {
  local name text
  for name in "${!pid[@]}"; do
    text=$(out "$name" | head -c 600 | tr -d '\0')
    printf '%s printed: %s\n' "$name" "${text:-nothing}"
  done
  remarks
}
# note_ends: how those have ended that have; a subshell cannot wait for them
note_ends() {
  local name code
  for name in "${!pid[@]}"; do
    if [[ -n ${ending[$name]-} ]] || ! ended "$name"; then continue; fi
    code=0
    wait "${pid[$name]}" 2>/dev/null || code=$?
    ending[$name]=", with status $code"
    [[ $code -le 128 ]] || ending[$name]=", killed by signal $((code - 128))"
  done
}
# remarks: what is on their standard error, which of them have ended, and how
remarks() {
  local name text
  for name in "${!pid[@]}"; do
    text=$(err "$name" | head -c 600 | tr -d '\0')
    [[ -z $text ]] || printf '%s on standard error: %s\n' "$name" "$text"
    ended "$name" || continue
    printf '%s has ended' "$name"
    echo "${ending[$name]-}"
  done
}
cannot() {
  write came "$1"
  rm "$report/started" # so that an end by a signal is ours, see inside
  kill -KILL $$
}
must() {
  local text=$1
  shift
  "$@" && return
  note_ends
  wrong "$text" "$(came)"
}
same() { [[ $2 == "$3" ]] || wrong "$1: $2" "$3"; }

# Waits for seconds, and for turns, which are longer where a look takes longer.
soon() {
  local text=$1
  shift
  until_patience "$@" && return
  note_ends
  wrong "$text" "$(came)"
}
until_patience() {
  local left=$turns deadline=$((SECONDS + patience)) look
  while
    look=${EPOCHREALTIME/./}
    ! "$@"
  do
    ((left-- > 0 || SECONDS < deadline)) || return 1
    rest_after "$look"
  done
}
wait_until() { soon "soon: $*" "$@"; }

# What looks at the program must not be ended by it: that would look like
# "nothing there". It ends the check instead.
for observer in ps ss grep awk wc; do
  eval "$observer() { (trap '' PIPE && exec $observer \"\$@\") || died_not \$?; }"
done
died_not() {
  [[ $1 -le 128 ]] || kill -KILL $$
  return "$1"
}

all_of() {
  REPLY=$("$@"; echo .) || died_not $?
  [[ $REPLY == *. ]] || died_not 137
  REPLY=${REPLY%.} REPLY=${REPLY%$'\n'}
}
has_state() {
  all_of state "$1"
  [[ $REPLY == [$2]* ]]
}
has_children() {
  all_of children "$1"
  local all
  read -ra all <<<"${REPLY//$'\n'/ }"
  [[ ${#all[@]} -eq $2 ]]
}
has_zombies() {
  local one n=0
  all_of ps -o stat= --ppid "$1"
  for one in $REPLY; do [[ $one != Z* ]] || n=$((n + 1)); done
  [[ $n -eq $2 ]]
}
gone() {
  all_of ps -o pid= -p "$1"
  [[ -z $REPLY ]]
}
none_runs() {
  local one
  all_of ps -o stat= --ppid "$1"
  for one in $REPLY; do [[ $one == Z* ]] || return 1; done
}
none_left() {
  states_of "$1"
  [[ " ${states[*]}" != *' '[!Z]* ]]
}
# states_of NAME: sets states to those of its processes, also where their parent has ended
states_of() {
  local group one
  states=()
  all_of ps -eo pgid=,stat=
  while read -r group one; do
    [[ $group != "${pid[$1]}" ]] || states+=("$one")
  done <<<"$REPLY"
}
nobody_listens() {
  all_of ss -Htln "sport = :$port"
  [[ -z $REPLY ]]
}

start() {
  did "${*:2}   (in the background, as \"$1\")"
  helper_start "$@"
}
start_server() {
  start server "$@"
  server=${pid[server]}
  seen everything
  soon 'a first line "listening on ADDRESS:PORT"' eval 'has_line || ended server'
  local line=''
  read -r -n 200 line <"$BATS_TEST_TMPDIR/server.out" || true
  [[ $line =~ ^'listening on '([0-9.]+):([0-9]+)$ ]] || {
    note_ends
    wrong 'a first line "listening on ADDRESS:PORT"' "$(everything)"
  }
  address=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
  seen ss -Htulnp
  must "the server, process $server, to listen on port $port" listens
  seen everything
}
listens() { [[ $(ss -Htulnp "sport = :$port") == *pid=$server,* ]]; }

# ends the server at once, so that another can be started
stop_server() {
  did 'the server is killed (SIGKILL)'
  kill -KILL -- "-$server" 2>/dev/null || true
  soon 'the end of the server' ended server
  wait "$server" 2>/dev/null || true
  helper_end_input server
  unset 'pid[server]'
  rm "$BATS_TEST_TMPDIR"/server.{out,err} # the next one starts without any
}

say() {
  sent "$2   (a line, to \"$1\")"
  helper_say "$@"
}
end_input() {
  sent "end of input   (to \"$1\")"
  helper_end_input "$1"
}

finish() {
  soon "the end of \"$1\"" ended "$1"
  status=0
  wait "${pid[$1]}" || status=$?
  results "$BATS_TEST_TMPDIR/$1.out" "$BATS_TEST_TMPDIR/$1.err"
}
results() { # OUT ERR: no more of it than a person would read
  output=$(head -c 100000 "$1" | tr -d '\0')
  stderr=$(head -c 100000 "$2" | tr -d '\0')
  readarray -t lines <<<"$output"
}
try() {
  local file=$BATS_TEST_TMPDIR/try
  did "$*"
  status=0
  timeout --kill-after=1 $((patience * 5)) "$@" >"$file.out" 2>"$file.err" || status=$?
  results "$file.out" "$file.err"
  seen tried
  [[ $status -ne 124 ]] || wrong "its end" "still running after $((patience * 5)) s"
}
tried() {
  printf 'status %s\n' "$status"
  [[ -z $output ]] || printf 'printed: %s\n' "$output"
  [[ -z $stderr ]] || printf 'on standard error: %s\n' "$stderr"
}
run() { try "$@"; } # Bats' own would read output without end

probe() {
  local said result=0
  did "probe $1 ${address:-127.0.0.1} $port ${*:2}   (a client of ours)"
  said=$("$GRADE_BOX/tests/probe" "$1" "${address:-127.0.0.1}" "$port" "${@:2}" \
    --limit $((patience * 3)) 2>&1 </dev/null) || result=$?
  died_not "$result" || true
  [[ $result -ne 0 ]] || return 0
  note_ends
  wrong 'every byte back, and then the end' "$said"$'\n'"$(remarks)"
}

give() {
  { cp -R "$BATS_TEST_TMPDIR/$1" "$GRADE_WORK/$1" && chmod -R a+rX "$GRADE_WORK/$1"; } || cannot "no room for $1"
}

connect() {
  did "a client connects   (\"$1\")"
  helper_connect "$1" || wrong "a connection to $address:$port" 'it is refused'
}
# hear NAME: a line from the server, in $reply; fails if none comes
hear() {
  local result=0
  reply=''
  IFS= read -r -t "$patience" reply <&"${client[$1]}" || result=$?
  [[ $result -ne 1 ]] || came_on "$1" 'a line' "\"$reply\" and then the end of the connection"
  [[ $result -eq 0 ]] || came_on "$1" 'a line' "\"$reply\" and no newline for $patience s"
}
came_on() { # CLIENT EXPECTED CAME
  note_ends
  wrong "$2" "$3   (to \"$1\")"$'\n'"$(remarks)"
}
# tell NAME TEXT: sends a line; ask NAME TEXT: and expects it back
tell() {
  sent "$2   (a line, by \"$1\")"
  (trap '' PIPE && printf '%s\n' "$2" >&"${client[$1]}") ||
    came_on "$1" 'a connection that is open' 'it is closed'
}
ask() {
  tell "$1" "$2"
  hear "$1"
  same 'the same line back' "$2" "$reply"
}
leave() {
  did "the client closes its connection   (\"$1\")"
  helper_leave "$1"
}
# closed NAME: the server has closed the connection, and sent nothing before
closed() {
  local result=0
  reply=''
  read -r -t "$patience" reply <&"${client[$1]}" || result=$?
  [[ $result -eq 1 && -z $reply ]] ||
    came_on "$1" 'the end of the connection' "${reply:-nothing for $patience s}"
}

# Not from $RANDOM, which starts anew in a subshell: from the seed and the line
# that asks, so that two lines get different letters.
random_text() {
  local letters=abcdefghijklmnopqrstuvwxyz text='' state=$((SEED * 1000 + BASH_LINENO[0])) n
  for ((n = -3; n < $1; n++)); do
    state=$(((state * 1103515245 + 12345) % 2147483648))
    [[ $n -lt 0 ]] || text+=${letters:(state >> 16) % 26:1}
  done
  printf '%s\n' "$text"
}

: >"$report/started" # what goes wrong before this is the grader's fault

teardown() {
  local name
  if [[ -z ${BATS_TEST_COMPLETED-} && ! -e $report/said ]]; then
    write came "$(everything)"
  fi
  for name in "${!pid[@]}"; do
    kill -KILL -- "-${pid[$name]}" 2>/dev/null || true
  done
  : >"$report/ended"
}
