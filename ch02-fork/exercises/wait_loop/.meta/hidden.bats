#!/usr/bin/env bats
load ../../../../tests/grade/checks

# hint waits: At the end of the input there may be commands in the background that still run: waitpid() without
#   WNOHANG, until there is no child left. Their status is not that of the last command.
# bats test_tags=id:waits,points:1,needs:reaped,needs:ends,hint:waits
@test "at the end of its input it waits for what is in the background" {
  start_shell shell
  number=$((SEED % 70 + 12))
  say shell 'sleep 100 &'
  say shell 'sleep 200 &'
  say shell "awk BEGIN{exit($number)}"
  soon "\"status $number\"" printed shell "^status $number\$"
  end_input shell
  must 'it to wait for its children' still_there
  for seconds in 200 100; do
    soon "a child that runs \"sleep $seconds\"" runs "sleep $seconds"
    killed+=("$child")
  done
  for child in "${killed[@]}"; do
    did "kill -KILL $child"
    kill -KILL "$child" || true
  done
  for child in "${killed[@]}"; do
    soon "\"[$child] killed by signal 9 (Killed)\"" printed shell "^\[$child\] killed by signal 9 \(Killed\)$"
  done
  finish shell
  same 'its status, that of the last command in the foreground' "$number" "$status"
}
start_shell() { # NAME
  start "$1" ./wait_loop
  shell=${pid[$1]}
  seen everything
}
runs() { # COMMAND
  read -r child _ < <(ps -o pid=,args= --ppid "$shell" | grep " $1\$")
}
# Looks twenty times whether it ends: who does not wait has no reason not to.
still_there() {
  for _ in {1..20}; do
    ! ended shell || return 1
    read -r -t 0.02 -u "$never" || true
  done
}

# hint once: exit() does in the child what it does in the shell: it writes what is in stdout's buffer, and puts
#   the offset of a file on stdin back to where stdin was read, for both. The child's way out is _exit(2).
# bats test_tags=id:once,points:1,needs:not_found,hint:once
@test "each line of a file is run once, also after a command that does not exist" {
  file=$BATS_TEST_TMPDIR/commands
  printf '%s\n' 'echo first' no-such-command 'echo second' >"$file"
  sent 'echo first; no-such-command; echo second   (three lines, in a file)'
  try ./wait_loop <"$file"
  same 'its output' $'first\nstatus 0\nstatus 127\nsecond\nstatus 0' "$output"
}
