#!/usr/bin/env bash
# waitpid: asking without waiting, and asking for certain children
. "${0%/*}/lib.bash"
chapter ch02-fork

say "waitpid() with WNOHANG returns 0 while the child runs: the parent looks in
  now and then, and can do other things meanwhile."
start waitpid './waitpid 1'
await printed waitpid '^Child sent 24$'
expect "It asked several times, and got the status, 24, when there was one." \
  test "$(grep -c 'runs: I sleep' "$DEMO_WORK/waitpid.out")" -ge 2

say "waitpid's first argument says which children are meant: one (> 0), any of our
  process group (0), any of another group (< -1), any at all (-1)."
await ended waitpid
expect "0 takes children of our own group only, though others have ended too." \
  printed waitpid '^waitpid\(0\), again: No child processes$'
expect "-1 takes any. With none left, waitpid fails: ECHILD." \
  printed waitpid '^waitpid\(-1\), again: No child processes$'
note "while (waitpid(-1, &status, WNOHANG) > 0) is how a server clears up."
