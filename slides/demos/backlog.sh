#!/usr/bin/env bash
# backlog: listen(fd, 1), and nobody accepts: who gets in, who does not
. "${0%/*}/lib.bash"
chapter ch01-basics

say "A listener with a backlog of 1, three clients, no accept()."
serve backlog './backlog 1 1000'
await printed backlog '^connect 2: completes'
await sockets 1 syn-sent "dport = :$port"
run "ss -tan $only"
books "what the number means differs from system to system."
linux "one more than it says: Recv-Q 2, Send-Q 1 of LISTEN."
expect "Two have completed, though nobody called accept()..." shown '^LISTEN +2 +1 '
expect "...and the third sends its SYN again and again: no answer, no RST." \
  shown '^SYN-SENT '
say "When it gives up:"
run './backlog 1 1'
expect "ETIMEDOUT, after 1 s here; by default after more than two minutes." \
  shown '^connect 3: ETIMEDOUT; Recv-Q 2, Send-Q 1$'
