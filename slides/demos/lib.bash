# lib.bash: the verbs that the demos are written in. A demo is a script that
# reads as the lecture goes. It runs as a stream or, with --panes, in tmux, and
# both ways every claim that it makes is checked while it runs.
#
#   chapter FOLDER           where the programs are
#   needs namespaces TOOL... what it cannot do without: else it ends, status 77
#   say TEXT                 what the lecturer says
#   books TEXT, linux TEXT   what the books say, what Linux does
#   start NAME COMMAND       types it in NAME's terminal: its process is
#                            ${pid[NAME]}, and ends with the demo at the latest
#   serve NAME COMMAND       the same, and waits for "listening on": sets $port
#   type NAME LINE           types a line to the program
#   end NAME, press NAME SIG Ctrl-D; Ctrl-C (INT), Ctrl-Z (TSTP), Ctrl-\ (QUIT)
#   run COMMAND              a short command: sets $output and $status
#   watch COMMAND, look [RE] something to keep an eye on: in tmux it has a pane
#                            of its own; in the stream look runs it, without waiting for Enter,
#                            until a line matches
#   await CHECK...           until the check holds; after a minute it has failed
#   expect TEXT CHECK...     the same, and says TEXT: no claim goes unchecked
#   note TEXT                what to remember of it
#   child_of PID             prints its child
#   said NAME REGEX          prints what (...) matches in NAME's output
#
# Checks are commands, such as test and
#   printed NAME REGEX       a line of NAME's output matches
#   shown REGEX              a line of the last run or look
#   ended NAME, exited NAME STATUS
#   has_state PID LETTERS, has_children PID N, has_zombies PID N, gone PID
#   sockets N STATE FILTER   so many TCP sockets are in that state (ss)
#   within FROM TO           so many seconds have passed since the last start,
#                            type, end, press or run; took prints how many
#
# Where it is allowed, a demo has namespaces of its own: no processes and no
# sockets but its own, port 9877 is free, and all ends with the demo, however
# that ends (unshare --kill-child). Elsewhere a watchdog sees to the end, and
# the kernel chooses the port: $any is what a server is given as its port then,
# $to a client's arguments, $only a filter for ss; all empty where 9877 will do.
# $own is the port where one must be given, $at are the arguments in any case.
# shellcheck shell=bash disable=SC2034 # the variables are for the demos

set -u
[[ ${LC_ALL:-${LC_CTYPE:-${LANG-}}} != *[Uu][Tt][Ff]* ]] || export DEMO_UTF8=-u
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
script=$(cd "$(dirname "$0")" && pwd)/${0##*/}
demo=${script##*/} demo=${demo%.sh}
root=${script%/slides/demos/*}
lib=${BASH_SOURCE[0]}
declare -A pid=() feed=() tail=() rest=() code=() pane=()
output='' status=0 watched=''
exec {never}<> <(:) # never readable: a pause without a process
exec 3>&-           # of a test that runs us: not for the processes started here

# ---- A world of its own ----------------------------------------------------

# COMMAND...: as process 1, with a loopback interface and a /run; as root, or
# as who we are but with root's capabilities (then there is no mount(8)). On a
# busy machine a few of 1,000 TIME-WAITs are ended by a RST after a second ACK:
# not with tcp_rfc1337, which has RFC 1337's first remedy.
unshared() {
  local user=(--user --map-root-user)
  [[ ${world_as-} != myself ]] || user=(--user --map-current-user --keep-caps)
  [[ $EUID -ne 0 ]] || ! unshare --net --mount true 2>/dev/null || user=()
  exec unshare "${user[@]}" --net --pid --fork --kill-child --mount-proc \
    sh -c 'mount -t tmpfs none /run 2>/dev/null && export DEMO_WORK=/run
      echo 1 2>/dev/null >/proc/sys/net/ipv4/tcp_rfc1337
      ip link set lo up && exec "$@"' sh "$@"
}

# Without namespaces, every process of a demo is known by a mark in its
# environment, however it was started.
sweep() { # MARK
  local file found=(more)
  local -x DEMO_MARK='' # not grep itself
  while [[ ${#found[@]} -gt 0 ]]; do
    found=()
    while IFS=/ read -r _ _ file _; do
      [[ $file == "$$" || $file == "$BASHPID" ]] || found+=("$file")
    done < <(grep -lsza "^DEMO_MARK=$1\$" /proc/[0-9]*/environ)
    [[ ${#found[@]} -eq 0 ]] || kill -KILL "${found[@]}" 2>/dev/null
  done
}
watchdog() { # MARK FOLDER
  trap '' INT TERM HUP
  read -r _ # nobody ever writes: this is until the demo is gone
  sweep "$1"
  rm -rf "$2"
}

enter_world() {
  local refusal='DEMO_NAMESPACES=no'
  if [[ ${DEMO_NAMESPACES-} != no ]] && refusal=$( (unshared true) 2>&1); then
    export DEMO_WORLD=private
    unshared "$BASH" "$script" "$@"
  fi
  DEMO_WORK=$(mktemp -d) || exit 1
  export DEMO_WORLD=shared DEMO_WORK DEMO_REFUSAL=${refusal//$'\n'/; }
  local mark=$$-$RANDOM$RANDOM
  exec {leash}> >(exec setsid "$BASH" "$lib" watchdog "$mark" "$DEMO_WORK" &>/dev/null)
  dog=$!
  export DEMO_MARK=$mark
}

leave() { # the last act of the first process, and of the one on stage
  local last=$?
  trap '' INT TERM HUP
  # what bash had to say, but for "line 1: 123 Killed ..." of a job
  [[ $last -eq 141 || ! -s $DEMO_WORK/bash.$$ ]] ||
    grep -vE 'line [0-9]+: +[0-9]+ [A-Z]' "$DEMO_WORK/bash.$$" | uniq >&"$errors"
  if [[ -n ${TMUX_PANE-} && -n ${DEMO_PANES-} && ! $conducting ]]; then
    echo "$last" >"$DEMO_WORK/status"
    [[ $last -gt 128 ]] || pause 'The end. Enter closes the panes.'
    tm kill-server
  fi
  if [[ -n ${leash-} ]]; then
    sweep "$DEMO_MARK"
    rm -rf "$DEMO_WORK"
    exec {leash}>&-
    wait "$dog"
  fi
  [[ ${DEMO_OWNER-} != "$$" ]] || rm -rf "$DEMO_WORK"
  exit "$last"
}

# ---- What is seen ----------------------------------------------------------

live() { [[ -t 0 && -t 1 ]]; }
if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
  bold=$'\e[1m' faint=$'\e[2m' green=$'\e[32m' red=$'\e[31m' blue=$'\e[36m' plain=$'\e[m'
else
  bold='' faint='' green='' red='' blue='' plain=''
fi
width=$(live && tput cols) || width=80
((width <= 80)) || width=80

wrap() { # COLOUR FIRST-INDENT INDENT TEXT...
  local colour=$1 line=$2 indent=$3 text=${*:4} word first=1
  for word in ${text//$'\n'/ }; do
    if ((!first && ${#line} + 1 + ${#word} >= width)); then
      printf '%s%s%s\n' "$colour" "$line" "$plain"
      line=$indent$word
    else
      ((first)) && line+=$word || line+=" $word"
    fi
    first=0
  done
  printf '%s%s%s\n' "$colour" "$line" "$plain"
}

say() { show && echo && wrap '' '' '' "$@"; }
books() { show && echo && wrap '' 'The books: ' '           ' "$@"; }
linux() { show && wrap '' 'Linux:     ' '           ' "$@"; }
note() { show && wrap "$green" '=> ' '   ' "$@"; }
summary() { sed -n '2s/^# //p' "$1"; } # a script's second line says what it is

# The lines that the programs have printed since last time, with their names.
# In tmux each has its pane. The title comes before all.
show() {
  local name line
  [[ $titled ]] || wrap "$bold" '' '' "$(summary "$script")" || exit
  titled=yes
  [[ -z ${DEMO_PANES-} ]] || return 0
  for name in ${order[@]+"${order[@]}"}; do
    while IFS= read -r line <&"${tail[$name]}"; do
      printf '%s%-*s |%s %s\n' "$blue" "$column" "$name" "$plain" "${rest[$name]}$line"
      rest[$name]=''
    done
    rest[$name]+=$line
  done
}
order=() column=6 titled=''

breath() { read -r -t "$1" -u "$never" || true; }
# Until Enter, in a terminal. Not read -t 0.1, which can lose a key that comes
# as the time is up.
pause() { # [TEXT]
  live && [[ ${DEMO_ENTER-} != no ]] || return 0
  [[ $# -eq 0 ]] || printf '\n%s%s%s' "$faint" "$1" "$plain"
  until read -r -t 0; do
    breath 0.05
    show
  done
  read -r _ || exit 130 # Ctrl-D
}
# MARK TEXT: types the text letter by letter, and waits for Enter.
typed() {
  local i
  printf '%s%s%s ' "$blue" "$1" "$plain"
  if live; then
    for ((i = 0; i < ${#2}; i++)); do
      printf '%s' "$bold${2:i:1}$plain"
      breath "${DEMO_PACE-0.03}"
    done
    pause # the Enter that ends it is echoed, but not in the panes
    [[ -z ${DEMO_PANES-} && ${DEMO_ENTER-} != no ]] || echo
  else
    printf '%s%s%s\n' "$bold" "$2" "$plain"
  fi
  acted
}

# ---- The verbs -------------------------------------------------------------

skip() {
  echo "$demo: skipped: $1"
  exit 77
}
wrong() { # WHAT...: not as the demo says, and that is never shown as if it were
  local name message
  show
  message=$(
    printf '%s: NOT AS EXPECTED: %s\n' "$demo" "$*"
    for name in "${!pid[@]}"; do
      printf -- '--- %s, process %s, printed:\n' "$name" "${pid[$name]}"
      command tail -n 5 "$DEMO_WORK/$name.out"
    done
    echo "--- the last command showed:"
    printf '%s\n' "$output" | command tail -n 5
  )
  printf '%s%s%s\n' "$red" "$message" "$plain" >&"$errors"
  printf '%s\n' "$message" >"$DEMO_WORK/wrong"
  exit 1
}

chapter() { cd "$root/$1" || exit; }

needs() {
  local what
  for what; do
    if [[ $what != namespaces ]]; then
      command -v "$what" >/dev/null || skip "$what is not installed here (sh setup.sh --all installs it)"
    elif [[ $DEMO_WORLD != private ]]; then
      skip "it needs namespaces, and they are refused here ($DEMO_REFUSAL). Ubuntu: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; Docker: --privileged; or run it as root"
    fi
  done
}

start() { # NAME COMMAND
  local name=$1 line=${2% } base=$DEMO_WORK/$1 fd
  show
  rm -f "$base".{in,out,pid,status}
  : >"$base.out"
  [[ ${#name} -le $column ]] || column=${#name}
  if [[ -n ${DEMO_PANES-} ]]; then
    open_pane "$name"
    await test -e "$base.ready"
    keys "$name" "$line"
    enter "$name"
    await test -s "$base.pid"
    pid[$name]=$(<"$base.pid")
    return
  fi
  typed "$(printf '%-*s $' "$column" "$name")" "$line"
  release "${feed[$name]-}" "${tail[$name]-}"
  mkfifo "$base.in"
  exec {fd}<>"$base.in"
  feed[$name]=$fd
  # setsid: as in a terminal of its own, that is, with no signal from ours; env:
  # what a shell starts in the background would ignore Ctrl-C.
  (
    exec <"$base.in" >>"$base.out" 2>&1
    release "${feed[@]}" "${tail[@]}" "$never" "$errors" "${leash-}"
    eval "exec env --default-signal=INT,QUIT setsid $line"
  ) &
  pid[$name]=$!
  exec {fd}<"$base.out"
  tail[$name]=$fd rest[$name]=''
  unset "code[$name]"
  [[ " ${order[*]-} " == *" $name "* ]] || order+=("$name")
}
release() { # DESCRIPTOR...: closes them
  local fd
  for fd; do [[ -z $fd ]] || exec {fd}>&-; done
}

serve() { # NAME COMMAND
  start "$@"
  await announced "$1"
  port=$(sed -n '1s/^listening on [0-9.]*://p' "$DEMO_WORK/$1.out")
  [[ -n $port ]] || wrong "$2: its first line is not \"listening on ...\""
  at="127.0.0.1 $port"
  [[ $DEMO_WORLD == private && $port == 9877 ]] || to=$at
  only_here "$port"
}
only_here() { # PORT: what ss is to show, where other sockets are about
  port=$1
  [[ $DEMO_WORLD == private ]] || only="'( sport = :$port or dport = :$port )'"
}
announced() { [[ -s $DEMO_WORK/$1.out ]] || ended "$1"; }

type() { # NAME LINE
  show
  if [[ -n ${DEMO_PANES-} ]]; then
    keys "$1" "$2"
    enter "$1"
  else
    typed "$(printf '%-*s <' "$column" "$1")" "$2"
    printf '%s\n' "$2" >&"${feed[$1]}"
  fi
}
end() { # NAME
  show
  if [[ -n ${DEMO_PANES-} ]]; then
    enter "$1" C-d
  else
    typed "$(printf '%-*s <' "$column" "$1")" '^D'
    release "${feed[$1]}"
    unset "feed[$1]"
  fi
}
press() { # NAME INT|TSTP|QUIT
  local -A key=([INT]=C [TSTP]=Z [QUIT]="\\")
  show
  if [[ -n ${DEMO_PANES-} ]]; then
    enter "$1" "C-${key[$2]}"
  else
    typed "$(printf '%-*s <' "$column" "$1")" "^${key[$2]}"
    kill -s "$2" -- "-${pid[$1]}"
  fi
}

run() { # COMMAND
  show
  typed "$" "${1% }"
  view "$1"
  reveal
}
reveal() { [[ -z $output ]] || printf '%s\n' "$output" | sed 's/^/  /'; }
seen() {
  view "$watched"
  shown "$1"
}
tidy() { sed -E 's/(Port) *Process *$/\1/; s/ *$//'; } # ss pads its lines
view() { # COMMAND
  local file=$DEMO_WORK/output
  (
    release "${feed[@]}" "${tail[@]}" "$never" "$errors" "${leash-}"
    exec timeout --foreground 60 "$BASH" -c "$1" </dev/null
  ) >"$file" 2>&1
  status=$?
  output=$(tidy <"$file")
}
watch() { # COMMAND
  watched=${1% }
  [[ -z ${DEMO_PANES-} ]] || open_watch "$watched"
}
look() { # [REGEX]: at once, since what it shows may not be there for long
  await seen "${1-}"
  [[ -z ${DEMO_PANES-} ]] || return 0
  printf '%s$ %s%s%s\n' "$blue" "$bold" "$watched" "$plain"
  reveal
}

await() {
  local deadline=$((SECONDS + ${DEMO_DEADLINE-60})) looked nap
  show
  while
    looked=${EPOCHREALTIME/./}
    ! "$@"
  do
    ((SECONDS < deadline)) || wrong "waited in vain for: $*"
    # three times as long as the look took, 0.02 to 0.1 s: those who look on a busy
    # machine are else what keeps it busy
    nap=$((3 * (${EPOCHREALTIME/./} - looked)))
    ((nap >= 20000)) || nap=20000
    ((nap <= 100000)) || nap=100000
    printf -v nap '0.%06d' "$nap"
    breath "$nap"
    show
  done
  show
}
expect() { # TEXT CHECK...
  local text=$1
  shift
  case $1 in
    shown | within) "$@" || wrong "$text ($*)" ;; # will not change
    *) await "$@" ;;
  esac
  note "$text"
}

acted() { began=${EPOCHREALTIME/./}; }
took() {
  printf '%.2f' "$((${EPOCHREALTIME/./} - began))e-6"
}
within() {
  local us=$((${EPOCHREALTIME/./} - began))
  ((us >= $(printf %.0f "$1e6") && us <= $(printf %.0f "$2e6")))
}

printed() { grep -qaE -- "$2" "$DEMO_WORK/$1.out"; }
shown() { grep -qaE -- "$1" <<<"$output"; }
ended() {
  if [[ -n ${DEMO_PANES-} ]]; then
    [[ -s $DEMO_WORK/$1.status ]]
  else
    # not kill -0: Bash may leave its child a zombie for long, when it is busy
    local stat
    { read -r stat <"/proc/${pid[$1]}/stat"; } 2>/dev/null || return 0
    [[ $stat == *') Z '* ]]
  fi
}
exited() { # NAME STATUS
  ended "$1" || return
  if [[ -n ${DEMO_PANES-} ]]; then
    code[$1]=$(<"$DEMO_WORK/$1.status")
  elif [[ -z ${code[$1]-} ]]; then
    wait "${pid[$1]}"
    code[$1]=$?
  fi
  [[ ${code[$1]} -eq $2 ]]
}
child_of() { ps -o pid= --ppid "$1" | tr -d ' '; } # its only one
said() { sed -nE "s/$2/\\1/p" "$DEMO_WORK/$1.out" | head -n 1; }
state() { ps -o stat= -p "$1"; }
has_state() { [[ $(state "$1") == [$2]* ]]; }
has_children() { [[ $(ps -o pid= --ppid "$1" | wc -l) -eq $2 ]]; }
has_zombies() { [[ $(ps -o stat= --ppid "$1" | grep -c ^Z) -eq $2 ]]; }
gone() { [[ -z $(ps -o pid= -p "$1") ]]; }
sockets() { [[ $(ss -Htan state "$2" "$3" | wc -l) -eq $1 ]]; }

# ---- The panes of tmux -----------------------------------------------------

tm() { env -u TMUX tmux -S "$DEMO_PANES" "$@"; }

conduct() { # the process outside: it opens tmux, and the demo runs in there
  needs tmux
  live || {
    echo "$demo: the panes need a terminal; make demo NAME=$demo does not" >&2
    exit 2
  }
  export DEMO_PANES=$DEMO_WORK/tmux
  cat >"$DEMO_WORK/tmux.conf" <<END
set -g status-style reverse
set -g status-left ' $demo '
set -g status-left-length 40
set -g window-status-format ''
set -g window-status-current-format ''
set -g status-right ' Enter: go on   Ctrl-C: end it all '
set -g pane-border-status top
set -g pane-border-format ' #{pane_title} '
set -g escape-time 0
END
  (
    release "$never" "${leash-}"
    tm -f "$DEMO_WORK/tmux.conf" new-session -d -x "$(tput cols)" -y "$(tput lines)" \
      "exec '$BASH' '$script'"
    # shellcheck disable=SC2086 # -u or nothing
    exec env -u TMUX tmux ${DEMO_UTF8-} -S "$DEMO_PANES" attach >/dev/null
  )
  tm kill-server 2>/dev/null
  cat "$DEMO_WORK/wrong" 2>/dev/null
  exit "$(cat "$DEMO_WORK/status" 2>/dev/null || echo 130)"
}

open_pane() { # NAME
  local where=(-v -b -l '42%' -t "$TMUX_PANE")
  [[ -z ${pane[$1]-} ]] || return 0
  case ${#pane[@]} in # the first on the left, the others on the right
    0) ;;
    1) where=(-h -t "$last_pane") ;;
    *) where=(-v -t "$last_pane") ;;
  esac
  pane[$1]=$(tm split-window -d -P -F '#{pane_id}' "${where[@]}" \
    "exec '$BASH' '$lib' pane '$1'")
  last_pane=${pane[$1]}
  tm select-pane -t "$last_pane" -T "$1"
  tm select-pane -t "$TMUX_PANE"
}
open_watch() { # COMMAND
  local id
  id=$(tm split-window -d -P -F '#{pane_id}' -v -b -l '38%' -t "$TMUX_PANE" \
    "exec '$BASH' '$lib' watch '${1//\'/\'\\\'\'}'")
  tm select-pane -t "$id" -T "$1"
  tm select-pane -t "$TMUX_PANE"
}
keys() { # NAME TEXT
  local i key size=1
  [[ ${DEMO_PACE-} != 0 ]] || size=${#2} # the tests' pace: at once
  for ((i = 0; i < ${#2}; i += size)); do
    key=${2:i:size}
    [[ $key != ';' ]] || key='\;' # a bare one would end tmux's own command
    tm send-keys -t "${pane[$1]}" -l -- "$key"
    breath "${DEMO_PACE-0.03}"
  done
}
enter() { # NAME [KEY]
  pause
  acted
  tm send-keys -t "${pane[$1]}" "${2-Enter}"
}

# What runs in a pane: a very small shell, in which the lecturer can type too.
pane_shell() { # NAME
  local line base=$DEMO_WORK/$1
  trap : INT
  while [[ -t 0 ]]; do
    printf '%s$ ' "${PWD##*/}"
    : >"$base.ready"
    IFS= read -r line || echo
    rm "$base.ready"
    [[ -n $line ]] || continue
    {
      trap : INT
      (echo "$BASHPID" >"$base.pid" && eval "exec $line")
      echo $? >"$base.status"
    } 2>&1 | tee -i -a "$base.out"
    [[ $(<"$base.status") -ne 130 ]] || echo # behind ^C
  done
}
watcher() { # COMMAND
  local lines
  while :; do
    lines=$("$BASH" -c "$1" 2>&1 | tidy)
    printf '\e[H%s\e[J' "${lines//$'\n'/$'\e[K\n'}"
    breath 0.3
  done
}

# ---- The start of a demo ---------------------------------------------------

if [[ $demo == lib.bash ]]; then
  case $1 in
    watchdog) watchdog "$2" "$3" ;;
    pane) pane_shell "$2" ;;
    watch) watcher "$2" ;;
  esac
  exit
fi
exec {errors}>&2
conducting=''
trap leave EXIT
trap 'wrong "line $LINENO: $BASH_COMMAND"' ERR # a demo's line, not one here
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE
[[ -n ${DEMO_WORLD-} ]] || enter_world "$@"
if [[ -z ${DEMO_WORK-} ]]; then
  DEMO_WORK=$(mktemp -d) || exit
  export DEMO_WORK DEMO_OWNER=$$
fi
any='' own=9877 to='' at='' only='' port=9877
[[ $DEMO_WORLD == private ]] || any=0 own=0
if [[ ${1-} == --panes && -z ${DEMO_PANES-} ]]; then
  conducting=yes
  conduct
fi
if [[ -n ${DEMO_PANES-} ]]; then
  stty -echo
  tm select-pane -T "$demo"
fi
exec 2>"$DEMO_WORK/bash.$$"
