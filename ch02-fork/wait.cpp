// wait: the parent asks how its children ended, and no zombie is left.
//
//   ./wait &
//   ps -o pid,ppid,stat,args    while it lives on: no <defunct>
//
// wait() returns for whichever child ends first: here the one that was forked
// last. A third call has no child to wait for: ECHILD. wait(2).
#include <sys/wait.h>

#include "basics.hpp"

static void wait_for(const char* which) {
    int status = 0;
    const pid_t child = wait(&status);  // blocks until a child has ended
    if (child == -1) die("wait");
    if (WIFEXITED(status))
        std::printf("Child sent %s: %d\n", which, WEXITSTATUS(status));
    else
        std::printf("Child %d was killed by signal %d\n", child,
                    WTERMSIG(status));
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=30]",
                         "Waits for two children that exit with 3 and 7, then "
                         "lives on for SECONDS.");
    const auto nap = args.seconds(1, 30);
    std::array<int, 2> gate{};
    if (pipe(gate.data()) == -1) die("pipe");

    const pid_t elder = fork();
    if (elder == -1) die("fork");
    if (elder == 0) {
        close(gate[1]);
        char none = 0;  // until the parent closes its end, the last one
        if (read(gate[0], &none, 1) == -1) die("read");
        _exit(7);
    }
    const pid_t younger = fork();
    if (younger == -1) die("fork");
    if (younger == 0) _exit(3);
    std::printf("parent %d: I forked %d, then %d\n", getpid(), elder, younger);

    wait_for("one");
    close(gate[1]);
    wait_for("two");
    if (wait(nullptr) == -1)
        std::printf("a third wait(): %s\n", std::strerror(errno));
    std::this_thread::sleep_for(nap);
}
