# one-wait: five children end, one SIGCHLD is delivered, the handler waits once
#: title Five children end while SIGCHLD is blocked; the signal is delivered once, the handler calls wait() once: four children stay zombies
#: lane parent = lost_signals
#: lane child 1 = parent/1
#: lane child 2 = parent/2
#: lane child 3 = parent/3
#: lane child 4 = parent/4
#: lane child 5 = parent/5
#: hide waitid
#: until parent sleep 1
. "${0%/*}/../tools/scene.bash"

start parent ch03-signals/lost_signals 5 0.1
await ended parent
