#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint pool: The parent forks CHILDREN times and serves nobody. Each child, and only a child, goes straight to
#   serve(): what comes after fork() in a loop is run by both. "listening on ..." is printed at once: into a pipe,
#   stdout is buffered until it is flushed. Read fork(2), setbuf(3); ps -C prefork_pool -o pid,ppid,args.
# bats test_tags=id:pool,points:2,hint:pool
@test "each of three children serves one of three clients, all at once" {
  start_server ./prefork_pool 0 127.0.0.1 3
  seen family
  soon 'three children' has_children "$server" 3
  for client in first second third; do connect "$client"; done
  text=$(random_text 10)
  for client in third first second; do ask "$client" "$client $text"; done
  soon 'a connection in each child' each_has_one
  must 'no child to have children' no_grandchildren
}
family() {
  ps -C prefork_pool -o pid,ppid,stat,args || true
  ss -Htanp "sport = :$port"
  everything
}
# ss names the processes that have a connection
each_has_one() {
  local child connections
  connections=$(ss -Htnp state established "sport = :$port")
  all_of children "$server"
  [[ -n $REPLY ]] || return
  for child in $REPLY; do
    [[ $(grep -c "pid=$child," <<<"$connections") -eq 1 ]] || return 1
  done
}
no_grandchildren() {
  local child
  all_of children "$server"
  for child in $REPLY; do has_children "$child" 0 || return 1; done
}

# hint same: A child that has served its client goes on with the next one. It neither ends nor returns
#   from serve(), into what the parent does.
# bats test_tags=id:same,points:1,needs:pool,hint:same
@test "six clients come and go, and the two children are still the same" {
  start_server ./prefork_pool 0 127.0.0.1 2
  seen family
  soon 'two children' has_children "$server" 2
  find_family
  before=${pids[*]}
  for client in 1 2 3 4 5 6; do
    connect "$client"
    ask "$client" hello
    leave "$client"
  done
  find_family
  same 'the children of the server' "$before" "${pids[*]}"
  must 'no child to have children' no_grandchildren
}
find_family() {
  all_of children "$server"
  read -ra pids <<<"${REPLY//$'\n'/ }"
}

# hint replaced: Whichever child dies, the parent is to know it and to start another: waitpid() with -1 means any
#   child. See waitpid; keep the PIDs of those that live.
# bats test_tags=id:replaced,points:1,needs:pool,hint:replaced
@test "a child is killed: another takes its place" {
  start_server ./prefork_pool 0 127.0.0.1 2
  seen family
  soon 'two children' has_children "$server" 2
  victim=$(children "$server" | tail -n 1 | xargs)
  did "kill -KILL $victim   (a child)"
  kill -KILL "$victim"
  soon "two children that run, without $victim" two_without_victim
  for client in first second; do connect "$client"; done
  for client in second first; do ask "$client" hello; done
}
running() { ps -o stat= --ppid "$server" | grep -c '^[^Z]' || true; }
two_without_victim() {
  [[ $(running) -eq 2 && " $(ps -o pid=,stat= --ppid "$server" | xargs) " != *" $victim "[!Z]* ]]
}

# hint zombies: A child that has died stays a zombie until the parent waits for it; SIGCHLD only says that there is
#   something to wait for. Read waitpid(2) on WNOHANG.
# bats test_tags=id:zombies,points:1,needs:replaced,hint:zombies
@test "a child is killed: no zombie is left" {
  start_server ./prefork_pool 0 127.0.0.1 3
  seen family
  soon 'three children' has_children "$server" 3
  victim=$(children "$server" | head -n 1 | xargs)
  did "kill -KILL $victim   (a child)"
  kill -KILL "$victim"
  soon 'three children and no zombie' three_and_no_zombie
}
three_and_no_zombie() { [[ $(running) -eq 3 ]] && has_zombies "$server" 0; }

# hint all: One signal may stand for many children. Ask waitpid() with WNOHANG until there are no more, and
#   start as many as are missing.
# bats test_tags=id:all,points:1,needs:zombies,hint:all
@test "all children are killed before the parent can look: all are replaced" {
  start_server ./prefork_pool 0 127.0.0.1 3
  seen family
  soon 'three children' has_children "$server" 3
  did "kill -STOP $server   (the server)"
  kill -STOP "$server"
  soon 'a server that is stopped' has_state "$server" T
  for child in $(children "$server"); do
    did "kill -KILL $child   (a child)"
    kill -KILL "$child"
  done
  soon 'children that have all ended' none_runs "$server"
  did "kill -CONT $server   (the server)"
  kill -CONT "$server"
  soon 'three children and no zombie' three_and_no_zombie
  connect client
  ask client hello
}

# hint ends: Children do not end with their parent: it sends each of them a SIGTERM, which a child must have let
#   through, starts no other, and waits until there is none. Read kill(2); see orphan.
# bats test_tags=id:ends,points:2,needs:pool,hint:ends
@test "a SIGTERM to the parent ends all, with status 0" {
  start_server ./prefork_pool 0 127.0.0.1 3
  seen family
  soon 'three children' has_children "$server" 3
  connect client
  ask client hello
  did "kill -TERM $server   (the server)"
  kill -TERM "$server"
  finish server
  same 'its status' 0 "$status"
  soon 'no process that listens' nobody_listens
  closed client
}
