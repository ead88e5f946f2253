#!/usr/bin/env bash
# lost-signals: signals are not queued: five children end, one SIGCHLD comes
. "${0%/*}/lib.bash"
chapter ch03-signals

say "SIGCHLD is blocked while five children end, then unblocked. How often does the
  handler run, and how many of them does it wait for?"
run './lost_signals 5'
expect "One signal for five children. A handler with one wait() leaves four
  zombies." shown '^one wait\(\): 5 children ended, the handler ran 1 time, 1 removed, 4 zombies left$'
expect "A loop of waitpid() with WNOHANG leaves none, though it ran once as
  well." shown '^waitpid loop: 5 children ended, the handler ran 1 time, 5 removed, 0 zombies left$'
note "A signal says that something has happened, not how often."
