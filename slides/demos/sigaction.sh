#!/usr/bin/env bash
# sigaction: what signal() leaves open: masks, restarts, one-shots
. "${0%/*}/lib.bash"
chapter ch03-signals

say "The same sleeps, cut short by SIGALRM every 0.1 s; then what only
  sigaction() can ask for."
run './sigaction 0.1'
expect "SA_RESTART restarts interrupted calls; SA_RESETHAND makes a handler
  one-shot; sa_mask keeps other signals out." shown '^SA_RESETHAND: +one-shot: yes'
expect "A signal in sa_mask waits until the handler has returned." \
  shown '^the same with SIGUSR2 in sa_mask'
books "a one-shot handler installs itself again, first thing."
expect "Too late, if the second signal comes before that call: the default action
  of SIGUSR1 is to end the process." \
  shown '^SA_RESETHAND: the second SIGUSR1 kills the process'
