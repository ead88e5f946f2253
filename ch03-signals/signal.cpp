// signal: what a signal does to a program that sleeps.
//
//   ./signal             wait, or press Ctrl-C: each ends one sleep(100)
//   ./signal 1000 &      kill -ALRM %1; kill -INT %1; kill -INT %1
//
// Three sleeps of 100 s are over in six seconds: sleep() returns as soon as a
// handler has run (sleep(3), alarm(2)). Compare the first two lines with those
// of ./sigaction: what signal() means differs from system to system, so new
// programs use sigaction() (signal(2), Portability).
//
// The handlers print, but not with printf(): the signal may have come in the
// middle of a printf(), with its buffer half changed and its lock held. A
// handler calls only what signal-safety(7) lists; write() is on that list.
#include <sys/time.h>

#include <csignal>

#include "basics.hpp"

static void say(std::string_view line) {
    const int saved = errno;  // of the call that the handler has interrupted
    if (write(STDOUT_FILENO, line.data(), line.size()) == -1) _exit(1);
    errno = saved;
}

static void time_out(int) { say("Time out!\n"); }
static void key_control(int) { say("CTRL+C pressed\n"); }

// What the kernel has noted down for the signal.
static void describe(const char* by, int number) {
    struct sigaction now {};
    if (sigaction(number, nullptr, &now) == -1) die("sigaction");
    const auto flag = [flags = static_cast<unsigned>(now.sa_flags)](auto bit) {
        return (flags & static_cast<unsigned>(bit)) != 0 ? "yes" : "no";
    };
    std::printf(
        "%-14s one-shot: %-3s  restarts calls: %-3s  lets itself in: %s\n", by,
        flag(SA_RESETHAND), flag(SA_RESTART), flag(SA_NODEFER));
}

// alarm() for fractions of a second, and again and again: if it goes off just
// before a sleep() begins, that sleep goes on; the next one will end it.
static void alarm_every(std::chrono::duration<double> period) {
    const auto us = static_cast<long>(period.count() * 1e6);
    const timeval every{us / 1'000'000, us % 1'000'000};
    const itimerval timer{every, every};
    if (setitimer(ITIMER_REAL, &timer, nullptr) == -1) die("setitimer");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=2]",
                         "Sleeps three times for 100 s; SIGALRM every SECONDS "
                         "and Ctrl-C end a sleep. 0: no alarm.");
    const auto period = args.seconds(1, 2);

    if (signal(SIGALRM, time_out) == SIG_ERR) die("signal");
    if (signal(SIGINT, key_control) == SIG_ERR) die("signal");
    describe("signal():", SIGALRM);
    // as signal() was in System V, and still is on some systems
    if (sysv_signal(SIGUSR1, time_out) == SIG_ERR) die("sysv_signal");
    describe("sysv_signal():", SIGUSR1);

    alarm_every(period);
    for (int n = 1; n <= 3; ++n) {
        std::printf("sleep %d: 100 s\n", n);
        const auto start = std::chrono::steady_clock::now();
        sleep(100);
        const std::chrono::duration<double> slept =
            std::chrono::steady_clock::now() - start;
        std::printf("sleep %d: over after %.2f s\n", n, slept.count());
    }
}
