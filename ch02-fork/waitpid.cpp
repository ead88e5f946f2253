// waitpid: asking without waiting (WNOHANG), and asking for certain children.
//
//   ./waitpid       looks for its child every 3 s; that ends after 15 s
//   ./waitpid 1     the same, in a second
//
// The first half: waitpid() with WNOHANG returns 0 while the child runs, and
// the parent does something else. The second half: four children have ended,
// two in our process group and two in groups of their own; see which of them
// each value of waitpid's first argument picks, and which it does not see.
// waitpid(2).
#include <sys/wait.h>

#include "basics.hpp"

static void poll_for(pid_t child, std::chrono::duration<double> pause) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        std::printf("child %d runs: I sleep %g s\n", child, pause.count());
        std::this_thread::sleep_for(pause);
    }
    if (ended == -1) die("waitpid");
    if (WIFEXITED(status))
        std::printf("Child sent %d\n", WEXITSTATUS(status));
    else
        std::printf("Child was killed by signal %d\n", WTERMSIG(status));
}

static void pick(pid_t which, const char* meaning) {
    int status = 0;
    const pid_t child = waitpid(which, &status, 0);
    if (child == -1)
        std::printf("waitpid(%d), %s: %s\n", which, meaning,
                    std::strerror(errno));
    else
        std::printf("waitpid(%d), %s: %d, which sent %d\n", which, meaning,
                    child, WEXITSTATUS(status));
}

static pid_t child_that_sends(int status) {
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) _exit(status);
    return child;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=15]",
                         "Polls for a child that ends after SECONDS, then "
                         "picks children by waitpid's first argument.");
    const auto nap = args.seconds(1, 15);

    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        std::this_thread::sleep_for(nap);
        _exit(24);
    }
    poll_for(child, nap / 5);

    std::array<pid_t, 4> children{};
    for (int status = 1; pid_t & next : children)
        next = child_that_sends(status++);
    const auto [a, b, c, d] = children;
    if (setpgid(b, b) == -1 || setpgid(c, c) == -1) die("setpgid");
    std::printf("group %d: %d %d, group %d: %d, group %d: %d\n", getpgrp(), a,
                d, b, b, c, c);
    pick(d, "pid > 0, this child");
    pick(0, "pid = 0, any of our group");
    pick(0, "again");  // though two children are there
    pick(-c, "pid < -1, any of this group");
    pick(-1, "pid = -1, any child");
    pick(-1, "again");
}
