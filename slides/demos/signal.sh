#!/usr/bin/env bash
# signal: a signal cuts sleep() short, and its handler runs
. "${0%/*}/lib.bash"
chapter ch03-signals

say "Three sleeps of 100 seconds each, and a handler for Ctrl-C (SIGINT)."
start signal './signal 0'
for n in 1 2 3; do
  await printed signal "^sleep $n: 100 s"
  await has_state "${pid[signal]}" S
  press signal INT
  await printed signal "^sleep $n: over"
done
expect "Each Ctrl-C ran the handler and ended one sleep: sleep() returns as soon as a
  handler has run." test "$(grep -c '^CTRL+C pressed' "$DEMO_WORK/signal.out")" -eq 3
books "in System V a handler was good for one signal only, so it began by calling
  signal() again."
linux "signal() as in BSD: the handler stays, calls are restarted."
expect "The first two lines tell: what signal() means depends on the system. Use
  sigaction()." printed signal '^signal\(\): +one-shot: no +restarts calls: yes'
