// zombie: a child that has ended and a parent that does not ask how.
//
//   ./zombie &
//   ps -o pid,ppid,stat,args    the child: STAT Z, <defunct>, our PID as PPID
//   kill -9 CHILD               changes nothing: it is dead already
//   kill %1; ps ...             the parent gone, the zombie goes too
//
// The kernel keeps a dead child's PID and exit status until its parent waits
// for it (wait(2), Notes). It holds no memory and no files, but a place in the
// process table. When the parent ends, the process that adopts the zombie has
// to wait for it: see orphan.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=30]",
                         "Its child ends at once and stays a zombie while the "
                         "parent sleeps for SECONDS.");
    const auto nap = args.seconds(1, 30);

    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        std::printf("child %d: I exit now\n", getpid());
        _exit(7);
    }
    std::printf("parent %d: my child is %d, and I do not wait for it\n",
                getpid(), child);
    std::this_thread::sleep_for(nap);
    std::printf("parent %d: I exit too\n", getpid());
}
