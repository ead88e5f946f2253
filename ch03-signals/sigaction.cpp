// sigaction: the same as ./signal, with all that signal() leaves open said.
//
//   ./sigaction          wait, or press Ctrl-C
//   ./signal             compare the first lines
//
// After the sleeps, the two things that signal() cannot say: that a second
// signal has to wait while the handler of the first runs (sa_mask), and that
// the handler is for one signal only (SA_RESETHAND). Handlers in old lectures
// begin by calling signal() again because theirs was one-shot; but a second
// signal that comes before that call still kills the process. sigaction(2).
#include <sys/time.h>
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void say(std::string_view line) {  // safe in a handler, see signal.cpp
    const int saved = errno;
    if (write(STDOUT_FILENO, line.data(), line.size()) == -1) _exit(1);
    errno = saved;
}

static void time_out(int) { say("Time out!\n"); }
static void key_control(int) { say("CTRL+C pressed\n"); }

static void install(int number, void (*handler)(int), int flags,
                    int also_blocked = 0) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    if (also_blocked != 0) sigaddset(&action.sa_mask, also_blocked);
    action.sa_flags = flags;
    if (sigaction(number, &action, nullptr) == -1) die("sigaction");
}

// What the kernel has noted down, as in signal.cpp.
static void describe(const char* by, int number) {
    struct sigaction now {};
    if (sigaction(number, nullptr, &now) == -1) die("sigaction");
    const auto flag = [flags = static_cast<unsigned>(now.sa_flags)](auto bit) {
        return (flags & static_cast<unsigned>(bit)) != 0 ? "yes" : "no";
    };
    std::printf(
        "%-14s one-shot: %-3s  restarts calls: %-3s  lets itself in: "
        "%-3s  lets SIGINT in: %s\n",
        by, flag(SA_RESETHAND), flag(SA_RESTART), flag(SA_NODEFER),
        sigismember(&now.sa_mask, SIGINT) == 1 ? "no" : "yes");
}

static void alarm_every(std::chrono::duration<double> period) {
    const auto us = static_cast<long>(period.count() * 1e6);
    const timeval every{us / 1'000'000, us % 1'000'000};
    const itimerval timer{every, every};
    if (setitimer(ITIMER_REAL, &timer, nullptr) == -1) die("setitimer");
}

static void inner(int) { say("  the handler of SIGUSR2 runs\n"); }
static void outer(int) {
    say("  the handler of SIGUSR1 begins\n");
    raise(SIGUSR2);  // in place of one that comes by chance just now
    say("  the handler of SIGUSR1 ends\n");
}

static void show_mask(const char* what, int also_blocked) {
    std::printf("%s\n", what);
    install(SIGUSR2, inner, 0);
    install(SIGUSR1, outer, 0, also_blocked);
    raise(SIGUSR1);
}

static void once(int) {}
static void again(int number) { sysv_signal(number, again); }

// In a child, since it may cost the process its life.
static void show_two_signals(const char* what, void (*handler)(int),
                             int flags) {
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        install(SIGUSR1, handler, flags);
        raise(SIGUSR1);
        raise(SIGUSR1);
        _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) == -1) die("waitpid");
    std::printf("%s: the second SIGUSR1 %s\n", what,
                WIFSIGNALED(status) ? "kills the process" : "is handled too");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=2]",
                         "The same as signal, with sigaction(); then what "
                         "sa_mask and SA_RESETHAND do. 0: no alarm.");
    const auto period = args.seconds(1, 2);

    install(SIGINT, key_control, SA_RESTART);
    describe("SA_RESTART:", SIGINT);  // which is what signal() does here
    install(SIGUSR1, once, static_cast<int>(SA_RESETHAND));
    describe("SA_RESETHAND:", SIGUSR1);
    install(SIGALRM, time_out, 0, SIGINT);
    describe("0, and a mask:", SIGALRM);

    alarm_every(period);
    for (int n = 1; n <= 3; ++n) {
        std::printf("sleep %d: 100 s\n", n);
        sleep(100);
    }
    alarm_every(std::chrono::seconds(0));  // no more

    show_mask("SIGUSR2 comes while the handler of SIGUSR1 runs:", 0);
    show_mask("the same with SIGUSR2 in sa_mask:", SIGUSR2);
    const int one_shot = static_cast<int>(SA_RESETHAND);
    show_two_signals("SA_RESETHAND", once, one_shot);
    show_two_signals("SA_RESETHAND, and the handler installs itself again",
                     again, one_shot);
    show_two_signals("without SA_RESETHAND", once, 0);
}
