# scene.bash: the verbs that the scenes are written in (slides/scenes). A scene
# runs programs of the chapters one step at a time, each step when the one before
# can be seen to be over: it never sleeps and chooses no port.
#
#   start NAME COMMAND...   in the background: its PID is ${pid[NAME]}
#   serve NAME COMMAND...   the same, and waits for "listening on": sets $port
#   say NAME LINE, end NAME a line on its standard input; closes that
#   await CHECK...          until the check holds
#   child_of NAME           prints the PID of its only child
# Checks:
#   printed NAME REGEX      a line of its output matches
#   asleep PID              it waits in a call
#   zombie PID, ended NAME
#   unread N                N bytes wait in a socket of the server
# shellcheck shell=bash disable=SC2034 # the variables are for the scenes

set -u
cd "$(dirname "$0")/../.." || exit
declare -A pid=() feed=()
scratch=${SCENE_SCRATCH:?run the scene with slides/tools/pictures}
exec {never}<> <(:) # never readable: a pause without a process

clear_up() {
  local p
  for p in "${pid[@]}"; do
    kill -TERM "$p"
    ! stopped "$p" || kill -CONT "$p"
  done 2>/dev/null
  wait
}
trap clear_up EXIT

start() {
  local name=$1 fd writer
  shift
  mkfifo "$scratch/$name.in"
  (
    for fd in "/proc/$BASHPID/fd"/*; do # none but its own: numbers stay the same
      fd=${fd##*/}
      ((fd < 3)) || exec {fd}>&-
    done
    exec "$@" <"$scratch/$name.in" >"$scratch/$name.out" 2>"$scratch/$name.err"
  ) &
  pid[$name]=$!
  exec {writer}>"$scratch/$name.in"
  feed[$name]=$writer
}

serve() {
  start "$@"
  await printed "$1" '^listening on '
  local line=''
  read -r line <"$scratch/$1.out"
  port=${line##*:}
  await asleep "${pid[$1]}"
}

say() { printf '%s\n' "$2" >&"${feed[$1]}"; }
end() {
  local fd=${feed[$1]}
  unset "feed[$1]"
  exec {fd}>&-
}

await() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    if ((SECONDS > deadline)); then
      echo "${0##*/}: waited a minute in vain for: $*" >&2
      exit 1
    fi
    read -r -t 0.02 -u "$never"
  done
  return 0
}

state() {
  local stat=''
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null
  stat=${stat##*) }
  [[ ${stat:0:1} == "$2" ]]
}
printed() {
  local line
  [[ -e $scratch/$1.out ]] || return
  while read -r line; do [[ $line =~ $2 ]] && return; done <"$scratch/$1.out"
  return 1
}
asleep() { state "$1" S; }
zombie() { state "$1" Z; }
ended() { state "${pid[$1]}" Z || [[ ! -e /proc/${pid[$1]} ]]; }
child_of() { ps -o pid= --ppid "${pid[$1]}" | tr -d ' '; }
unread() { ss -Htn "sport = :$port" | grep -Eq "^[A-Z0-9-]+ +$1 "; }
stopped() { state "$1" T || state "$1" t; }
gone() { [[ ! -e /proc/$1 ]]; }
has_child() { [[ -n $(child_of "$1") ]]; }
zombies() { [[ $(ps -o stat= --ppid "${pid[$1]}" | grep -c '^Z') -eq $2 ]]; }
connected() { [[ $(find "/proc/$1/fd" -lname 'socket:*' | wc -l) -eq $(($2 + 1)) ]]; }
