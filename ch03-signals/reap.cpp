// reap: two children end at times of their own, and a SIGCHLD handler sees to
// it that neither stays a zombie.
//
//   ./reap               then: ps -o pid,ppid,stat,args     no <defunct>
//
// The handler is in place before the first fork(): a child can end before
// fork() has returned in the parent. It loops, since one signal may stand for
// several children, and asks with WNOHANG, since a wait() in a handler would
// block the program while other children run on. It cannot printf()
// (signal-safety(7)), so it sends what it has learnt to the main program
// through a pipe. wait(2), sigaction(2).
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

struct Removed {
    pid_t child;
    int status;
};
static std::array<int, 2> news{};  // a pipe: [0] reads, [1] writes

static void reap(int) {
    const int saved = errno;  // waitpid() sets it at the end of the loop
    Removed removed{};
    while ((removed.child = waitpid(-1, &removed.status, WNOHANG)) > 0)
        if (write(news[1], &removed, sizeof removed) == -1) _exit(1);
    errno = saved;
}

static void start_child(int status, std::chrono::duration<double> nap) {
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        std::this_thread::sleep_for(nap);
        _exit(status);
    }
    std::printf("Child proc id: %d\n", child);
}

static void await_news() {
    Removed removed{};
    ssize_t n = 0;
    do n = read(news[0], &removed, sizeof removed);
    while (n == -1 && errno == EINTR);  // most likely by SIGCHLD itself
    if (n != sizeof removed) die("read");
    std::printf("Removed proc id: %d\n", removed.child);
    if (WIFEXITED(removed.status))
        std::printf("Child sent: %d\n", WEXITSTATUS(removed.status));
    else
        std::printf("Killed by signal: %d\n", WTERMSIG(removed.status));
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=2 [STAY_SECONDS=10]]",
                         "Two children end, after SECONDS and twice that; the "
                         "parent stays, for a look with ps.");
    const auto nap = args.seconds(1, 2), stay = args.seconds(2, 10);

    if (pipe(news.data()) == -1) die("pipe");
    struct sigaction action {};
    action.sa_handler = reap;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");

    start_child(12, nap);
    start_child(24, 2 * nap);
    await_news();
    await_news();
    std::printf("both are gone; I stay for %g s\n", stay.count());
    std::this_thread::sleep_for(stay);
}
