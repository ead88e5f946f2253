#!/usr/bin/env bats
load ../../../tests/grade/checks

# hint first_line: A server must say "listening on ADDRESS:PORT" at once, also into a pipe: stdout is
#   buffered there until it is flushed, and PORT 0 means that the kernel chooses. See basics.hpp, setbuf(3).
# bats test_tags=id:echoes,points:1,hint:first_line
@test "a client gets its line back" {
  start_server ./fork_server 0
  connect client
  ask client "$(random_text 20)"
}

# hint bytes: TCP carries bytes, not strings: a NUL byte is one like any other, a line may be longer than
#   the buffer, and write() may take less than it was given. Read write(2), "Return value".
# bats test_tags=id:bytes,points:1,needs:echoes,hint:bytes
@test "every byte comes back, also after the client has half-closed" {
  start_server ./fork_server 0
  probe echo 300000
  probe halfclose 100000
}

# hint concurrent: While a child serves a client, the parent must be back in accept(): it does not wait
#   for the child to end. Read fork(2), and waitpid(2) on WNOHANG.
# bats test_tags=id:concurrent,points:2,needs:echoes,hint:concurrent
@test "the second client is served while the first says nothing" {
  start_server ./fork_server 0
  connect first
  connect second
  ask second "$(random_text 10)"
  ask first "$(random_text 10)"
}

# hint parent_close: After fork() the connection is open in both processes. The parent's copy must be
#   closed, or it runs out of descriptors, and the client never sees the end. See shared_descriptors.
# bats test_tags=id:parent_closes,points:2,needs:concurrent,hint:parent_close
@test "the parent keeps no descriptor of its clients" {
  start_server ./fork_server 0
  seen descriptors "$server"
  for client in first second third; do
    connect "$client"
    ask "$client" hello
  done
  soon 'no established connection among the descriptors of the parent' parent_has_none
}
# the sockets of a process, as ss shows them
descriptors() { ss -Htanp "sport = :$port" | grep "pid=$1," || echo 'no socket'; }
parent_has_none() {
  local one
  all_of ss -Htanp "sport = :$port"
  while read -r one; do
    [[ $one != *ESTAB*"pid=$server,"* ]] || return 1
  done <<<"$REPLY"
}

# hint zombies: A child that has ended stays a zombie until the parent waits for it. Several may have ended
#   since the parent last looked: ask until there are no more. Read waitpid(2) on WNOHANG; chapter 2, echo_server.
# bats test_tags=id:zombies,points:2,needs:concurrent,hint:zombies
@test "five clients leave: when the next one comes, no zombie is left" {
  start_server ./fork_server 0
  seen ps -o pid,ppid,stat,args --ppid "$server"
  for client in 1 2 3 4 5; do
    connect "$client"
    ask "$client" hello
  done
  soon 'five children' has_children "$server" 5
  for client in 1 2 3 4 5; do leave "$client"; done
  soon 'the five children to end' none_runs "$server"
  connect next
  ask next hello
  soon 'one child and no zombie' eval 'has_zombies "$server" 0 && has_children "$server" 1'
}
