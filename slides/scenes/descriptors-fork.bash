# descriptors-fork: the descriptors of a server and its child, and the sockets that
# they stand for: before fork(), after it, and when each has closed one. Read in
# /proc/PID/fd while strace holds the processes with a SIGSTOP: the server on
# its way into fork(), which begins anew afterwards; the child at its first call;
# the server behind the line that it prints after fork().
#: fill descriptors-fork.svg
. "${0%/*}/../tools/scene.bash"

start strace strace -f -qq -o "$scratch/log" -e signal=SIGSTOP \
  -e trace='?fork,?clone,?clone3,set_robust_list,write' \
  -e inject='?fork,?clone,?clone3:signal=SIGSTOP:when=1' \
  -e inject=set_robust_list:signal=SIGSTOP:when=1 -e inject=write:signal=SIGSTOP:when=2 \
  ch02-fork/echo_server 0
declare -A continued=()
held_back() { # strace stops them in between, too: so its log says who has got the signal
  (($(grep -c "^$1 *--- stopped by SIGSTOP" "$scratch/log") > ${continued[$1]:-0}))
}
let_go() {
  continued[$1]=$((${continued[$1]:-0} + 1))
  kill -CONT "$1"
}
listening() { # a program begins with the same call as a child
  pid[server]=$(pgrep -x echo_server -P "${pid[strace]}") || return
  ! held_back "${pid[server]}" || let_go "${pid[server]}"
  printed strace '^listening on '
}
await listening
server=${pid[server]}
unset 'pid[strace]' # ends with those that it traces
child=''
trap '[[ -z $child ]] || kill -KILL "$child" 2>/dev/null; clear_up' EXIT
read -r line <"$scratch/strace.out"
port=${line##*:}
await asleep "$server"
start client ch01-basics/echo_client 127.0.0.1 "$port"

inode() { ss -Htne state "$1" "sport = :$port" | grep -o 'ino:[0-9]*' | cut -d: -f2; }
declare -A held=() references=()
look() { # PANEL PROCESS PID
  local fd socket at='' is number others='' here
  for socket in listener connection; do
    at=''
    for fd in "/proc/$3/fd/"*; do
      [[ $(readlink "$fd") != "socket:[${inodes[$socket]}]" ]] || at+=${at:+ }${fd##*/}
    done
    is=open number=$at
    if [[ -z $at ]]; then
      is=shut number="close(${held[$2-$socket]})"
    else
      held[$2-$socket]=$at
      here+="${here:+, }$at the $socket"
      ((++references[$1-$socket]))
    fi
    echo "$1-$2-$socket $number"
    echo "$1-$2-$socket-is $is"
  done
  for fd in "/proc/$3/fd/"*; do
    [[ $(readlink "$fd") == socket:* ]] || others+=${others:+ }${fd##*/}
  done
  echo "$1-$2-others $others"
  echo "$1-$2-has $here"
}

await held_back "$server"
child=$(child_of server)
[[ -z $child ]] || { echo "it has a child already: $child" >&2; exit 1; }
declare -A inodes=([listener]=$(inode listening) [connection]=$(inode established))
look before parent "$server"

let_go "$server"
await has_child server
child=$(child_of server)
await printed strace "^child $child serves "
await held_back "$server"
await held_back "$child"
look after parent "$server"
look after child "$child"

let_go "$server"
let_go "$child"
holds() { [[ $(readlink "/proc/$1/fd/"* | grep -c '^socket:') -eq $2 ]]; }
await holds "$server" 1
await holds "$child" 1
await asleep "$server"
await asleep "$child"
look closed parent "$server"
look closed child "$child"
for panel in before after closed; do
  for socket in listener connection; do
    echo "$panel-$socket ${references[$panel-$socket]}"
  done
done
end client
