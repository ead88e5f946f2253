// job_control: signals that keyboard, shell and kernel send, each with what it
// does to a program that does not care, and what this one prints instead.
//
//   ./job_control        Ctrl-C, Ctrl-Z, then type fg; Ctrl-Backslash ends it
//   ./job_control &      kill -TERM %1; kill -STOP %1; kill -CONT %1; jobs
//                        kill -KILL %1: this one always works
//
// The handlers only note what has come; the main loop prints, where printf() is
// allowed. The signals stay blocked except in stop() and in sigsuspend(), which
// unblocks them and waits in one step: none can come between the look at the
// notes and the wait (sigsuspend(2), signal(7), termios(3)).
#include <sys/time.h>
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

struct Known {
    int number;
    const char* by_default;
    const char* sent_by;
};
static constexpr std::array<Known, 6> known{{
    {SIGINT, "ends the process", "Ctrl-C"},
    {SIGTERM, "ends the process", "kill, shutdown"},
    {SIGTSTP, "stops the process", "Ctrl-Z"},
    {SIGCONT, "continues the process", "fg, bg"},
    {SIGCHLD, "is ignored", "kernel: a child ended or stopped"},
    {SIGALRM, "ends the process", "kernel: alarm()"},
}};
static volatile std::sig_atomic_t arrived[NSIG];

static void note(int number) { arrived[number] = 1; }

static void install(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, nullptr) == -1)
        std::printf("SIG%-5s %2d  cannot be caught: sigaction: %s\n",
                    sigabbrev_np(number), number, std::strerror(errno));
}

// how: SIG_BLOCK or SIG_UNBLOCK, for these signals only (sigprocmask(2))
static void change_mask(int how, std::initializer_list<int> numbers) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) sigaddset(&set, number);
    if (sigprocmask(how, &set, nullptr) == -1) die("sigprocmask");
}

// Having cleaned up, a program has to stop all the same: the shell waits for
// that. It stops where the signal is unblocked, until SIGCONT (TLPI 34.7.3).
// A SIGCONT that comes sooner must not be lost: before raise() it is noted, and
// there is no stop; after it, it takes the pending SIGTSTP away (POSIX, 2.4.1
// Signal Generation and Delivery).
static void stop() {
    change_mask(SIG_UNBLOCK, {SIGCONT});
    raise(SIGTSTP);
    install(SIGTSTP, arrived[SIGCONT] == 0 ? SIG_DFL : SIG_IGN);
    change_mask(SIG_UNBLOCK, {SIGTSTP});
    change_mask(SIG_BLOCK, {SIGTSTP, SIGCONT});
    install(SIGTSTP, note);
}

static void wait_for_signals() {
    sigset_t none_blocked;
    sigemptyset(&none_blocked);
    while (arrived[SIGALRM] == 0) {
        sigsuspend(&none_blocked);
        for (const Known& k : known) {
            if (arrived[k.number] == 0) continue;
            std::printf("SIG%s (%d) arrived\n", sigabbrev_np(k.number),
                        k.number);
            if (k.number == SIGALRM) return;
            arrived[k.number] = 0;
            if (k.number == SIGTSTP) stop();
            if (k.number == SIGCHLD)
                while (waitpid(-1, nullptr, WNOHANG) > 0) {}
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=60]",
                         "Catches six signals and says so, until the alarm "
                         "after SECONDS. 0: no alarm.");
    const auto us = static_cast<long>(args.seconds(1, 60).count() * 1e6);

    for (const Known& k : known) {
        change_mask(SIG_BLOCK, {k.number});
        install(k.number, note);
        std::printf("SIG%-5s %2d  %-22s %s\n", sigabbrev_np(k.number), k.number,
                    k.by_default, k.sent_by);
    }
    install(SIGKILL, note);
    install(SIGSTOP, note);

    const itimerval alarm{{}, {us / 1'000'000, us % 1'000'000}};
    if (setitimer(ITIMER_REAL, &alarm, nullptr) == -1) die("setitimer");
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) _exit(0);
    std::printf("process %d waits for them; child %d ends\n", getpid(), child);
    wait_for_signals();
}
