#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint spurious: When two children end, there may be two signals, and the first call of the handler may
#   wait for both: so a SIGCHLD does not mean that a child has ended. Every waitpid() there needs WNOHANG.
# bats test_tags=id:spurious,points:1,needs:order,hint:spurious
@test "a SIGCHLD for which no child has ended changes nothing" {
  start_server ./no_zombies 0
  connect first
  ask first "$(random_text 10)"
  did "kill -CHLD $server"
  kill -CHLD "$server"
  seen ps -o pid,ppid,stat,wchan,args --ppid "$server" -p "$server"
  connect second
  ask second "$(random_text 10)"
  ask first "$(random_text 10)"
}

# hint lines: The child ended while the parent was in printf() for it. A handler that calls printf() then
#   writes again what is half done (signal-safety(7)). One without SA_RESTART makes that write() fail with
#   EINTR, and stdio drops the line. One that is installed after the first fork() comes too late. See reap.
# bats test_tags=id:lines,points:1,needs:next,hint:lines
@test "the first child ends while the parent prints that it began: each line comes once" {
  pipe=$BATS_TEST_TMPDIR/pipe
  mkfifo "$pipe"
  exec {reader}<>"$pipe"
  # shellcheck disable=SC2016 # the inner shell's
  start server bash -c 'exec "$2" 0 >"$1"' bash "$pipe" ./no_zombies
  server=${pid[server]} line=''
  seen everything
  read -r -t $((patience * 2)) line <&"$reader" || true
  [[ $line =~ ^'listening on '([0-9.]+):([0-9]+)$ ]] ||
    wrong 'a first line "listening on ADDRESS:PORT"' "$line"
  # shellcheck disable=SC2034 # connect uses them
  address=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}

  did 'the pipe that the server prints into is filled, so that printing has to wait'
  # opened anew: only this writer shall not wait
  tr '\0' '\n' </dev/zero | dd of="$pipe" oflag=nonblock bs=4096 iflag=fullblock 2>/dev/null || true
  seen ps -o pid,ppid,stat,args --ppid "$server" -p "$server"
  connect client
  ask client "$(random_text 10)"
  soon 'one child, and the parent to wait' eval 'has_children "$server" 1 && has_state "$server" S'
  child=$(children "$server" | tr -d ' ')
  leave client
  soon 'the end of the child' has_ended "$child"

  start reader cat "$pipe"
  connect next
  ask next "$(random_text 10)"
  seen lines_now
  # when that is printed, so is what the parent was at
  soon 'a line for the next child' eval 'lines_now | grep -v "^child $child " | grep -q began'
  soon "child $child began
child $child ended   (each once, in either order)" once_each
}
has_ended() { [[ $(state "$1") == Z* ]] || gone "$1"; }
lines_now() { out reader | grep -a .; }
once_each() {
  [[ $(lines_now | grep "^child $child " | sort) == "child $child began"$'\n'"child $child ended" ]]
}
