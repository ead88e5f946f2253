# waitpid-loop: five children end, one SIGCHLD is delivered, and none is left
#: title Five children end while SIGCHLD is blocked; the signal is delivered once, the handler calls waitpid() until there is no child left: no zombie stays
#: lane parent = lost_signals
#: lane child 1 = parent/6
#: lane child 2 = parent/7
#: lane child 3 = parent/8
#: lane child 4 = parent/9
#: lane child 5 = parent/10
#: hide waitid
#: from parent sigprocmask 3
#: until parent sleep 2
. "${0%/*}/../tools/scene.bash"

start parent ch03-signals/lost_signals 5 0.1
await ended parent
