// lost_signals: five children end while SIGCHLD is blocked; one signal comes.
//
//   ./lost_signals       a handler with one wait() leaves four zombies
//   ./lost_signals 5 60  stays that long: ps -o pid,ppid,stat,args
//
// A standard signal that is blocked or pending is noted once, however often it
// is sent (signal(7), Queueing and delivery semantics; real-time signals are
// queued). SIGCHLD means "something has happened to one child or more". The
// same loss happens with nothing blocked when children end together, only not
// every time: see single_wait_server.
#include <sys/wait.h>

#include <csignal>
#include <vector>

#include "basics.hpp"

static volatile std::sig_atomic_t calls = 0, removed = 0;

static void one_wait(int) {
    const int saved = errno;
    calls = calls + 1;
    if (wait(nullptr) > 0) removed = removed + 1;
    errno = saved;
}

static void wait_loop(int) {
    const int saved = errno;
    calls = calls + 1;
    while (waitpid(-1, nullptr, WNOHANG) > 0) removed = removed + 1;
    errno = saved;
}

// A child that has ended and that nobody has waited for (WNOWAIT leaves it so).
static bool is_zombie(pid_t child, int how) {
    siginfo_t info{};
    const int asked =
        waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | how);
    return asked == 0 && info.si_pid == child;
}

static void lose(const char* name, void (*handler)(int), int n,
                 const sigset_t& sigchld) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    calls = 0;
    removed = 0;

    if (sigprocmask(SIG_BLOCK, &sigchld, nullptr) == -1) die("sigprocmask");
    std::vector<pid_t> children;
    for (int i = 0; i < n; ++i) {
        children.push_back(fork());
        if (children.back() == -1) die("fork");
        if (children.back() == 0) _exit(0);
    }
    for (const pid_t child : children) is_zombie(child, 0);  // waits until then
    // the handler runs before this call returns
    if (sigprocmask(SIG_UNBLOCK, &sigchld, nullptr) == -1) die("sigprocmask");

    const auto left = std::ranges::count_if(
        children, [](pid_t child) { return is_zombie(child, WNOHANG); });
    std::printf(
        "%s: %d children ended, the handler ran %d time%s, %d removed, "
        "%td zombies left\n",
        name, n, calls, calls == 1 ? "" : "s", removed, left);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[N=5 [SECONDS=0]]",
                         "N children end while SIGCHLD is blocked; what two "
                         "handlers make of the one signal that is left.");
    const int n = args.number(1, 5, 1, 10000, "not a number from 1 to 10000");
    const auto stay = args.seconds(2, 0);
    sigset_t sigchld;
    sigemptyset(&sigchld);
    sigaddset(&sigchld, SIGCHLD);

    lose("one wait()", one_wait, n, sigchld);
    std::this_thread::sleep_for(stay);
    while (waitpid(-1, nullptr, 0) > 0) {}
    lose("waitpid loop", wait_loop, n, sigchld);
    std::this_thread::sleep_for(stay);
}
