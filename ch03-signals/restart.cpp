// restart: which calls a signal ends, and what SA_RESTART does about it.
//
//   ./restart            a signal every 0.2 s while it waits in each call
//
// A call that may wait for ever is a slow one: read() from a pipe, a terminal
// or a socket, accept(), waitpid(). A signal with a handler ends the wait with
// EINTR, or, with SA_RESTART, the call goes on when the handler is done. Some
// calls never go on, whatever the flag says: poll() here, also select() and
// sleep() (signal(7)). So a loop round such a call has to know EINTR in any
// case. UNP section 5.9.
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>

#include "basics.hpp"

// A handler may share with the program what is atomic without a lock, or a
// volatile sig_atomic_t, and nothing else.
static std::atomic<int> signals = 0;  // that came during this call
static std::atomic<bool (*)()> end_the_wait = nullptr;
static_assert(decltype(end_the_wait)::is_always_lock_free);

static void on_alarm(int) {
    const int saved = errno;
    const auto end = end_the_wait.load();
    if (++signals == 3 && end != nullptr && !end()) _exit(1);
    errno = saved;
}

// Again and again, since the first may come before the call has begun.
static void alarm_every(std::chrono::duration<double> period) {
    const auto us = static_cast<long>(period.count() * 1e6);
    const timeval every{us / 1'000'000, us % 1'000'000};
    const itimerval timer{every, every};
    if (setitimer(ITIMER_REAL, &timer, nullptr) == -1) die("setitimer");
}

// The call under a rain of signals; the third ends the wait, if it has an end.
static void show(const char* name, long (*call)(), int flags,
                 std::chrono::duration<double> period, bool (*end)()) {
    struct sigaction action {};
    action.sa_handler = on_alarm;
    sigemptyset(&action.sa_mask);
    action.sa_flags = flags;
    if (sigaction(SIGALRM, &action, nullptr) == -1) die("sigaction");
    signals = 0;
    end_the_wait = end;
    alarm_every(period);
    const long result = call();
    const int error = errno;
    alarm_every(period * 0);
    const std::string returned = "returned " + std::to_string(result);
    std::printf("%-9s %-14s  %s after %d signal%s\n", name,
                flags == SA_RESTART ? "SA_RESTART" : "no SA_RESTART",
                result == -1 ? strerrorname_np(error) : returned.c_str(),
                signals.load(), signals == 1 ? "" : "s");
}

static std::array<int, 2> empty{}, full{}, leash{};  // pipes: [0] reads
static int listener = -1;
static pid_t child = -1;
static std::array<char, 65536> bytes;

static void make_what_they_wait_for() {
    if (pipe(empty.data()) == -1 || pipe(leash.data()) == -1 ||
        pipe2(full.data(), O_NONBLOCK) == -1)
        die("pipe");
    while (write(full[1], bytes.data(), bytes.size()) > 0) {}
    if (fcntl(full[1], F_SETFL, 0) == -1) die("fcntl");
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    // 127.0.0.1: else any host could end accept()'s wait
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, generic(address), sizeof address) == -1) die("bind");
    if (listen(listener, 1) == -1) die("listen");
    child = fork();
    if (child == -1) die("fork");
    if (child > 0) return;
    close(leash[1]);  // so that its end comes with ours at the latest
    _exit(read(leash[0], bytes.data(), 1) == 1 ? 0 : 1);
}

static bool connect_to_listener() {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    return client != -1 &&
           getsockname(listener, generic(address), &size) == 0 &&
           connect(client, generic(address), size) == 0;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=0.2]",
                         "Waits in slow calls while SIGALRM comes every "
                         "SECONDS, without SA_RESTART and with it.");
    const std::chrono::duration<double> period(args.number(
        1, 0.2, 0.001, 1e6, "not a number of seconds of 0.001 or more"));
    make_what_they_wait_for();

    struct Slow {
        const char* name;
        long (*call)();
        bool (*end)();
    };
    const std::array<Slow, 4> calls{{
        {"read()", [] { return read(empty[0], bytes.data(), 1); },
         [] { return write(empty[1], "!", 1) == 1; }},
        {"write()", [] { return write(full[1], "!", 1); },
         [] { return read(full[0], bytes.data(), bytes.size()) > 0; }},
        {"accept()", [] { return long{accept(listener, nullptr, nullptr)}; },
         connect_to_listener},
        {"waitpid()", [] { return long{waitpid(child, nullptr, 0)}; },
         [] { return write(leash[1], "!", 1) == 1; }},
    }};
    for (const Slow& slow : calls) {
        show(slow.name, slow.call, 0, period, nullptr);
        show(slow.name, slow.call, SA_RESTART, period, slow.end);
    }
    const auto wait_in_poll = [] { return long{poll(nullptr, 0, -1)}; };
    show("poll()", wait_in_poll, SA_RESTART, period, nullptr);
}
