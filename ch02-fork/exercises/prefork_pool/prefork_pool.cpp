// prefork_pool: children made beforehand, which all accept on one listener.
// Your task is in README.md. As it stands, there are no children: nobody serves.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

// Chapter 3 explains signals; here is what you need. While SIGCHLD (a child has
// died, or more than one) and SIGTERM are held back (SIG_BLOCK), they wait for
// next_signal(). A child inherits that, and lets them through (SIG_UNBLOCK).
static sigset_t signals{};

static void hold_back(int how) {
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(how, &signals, nullptr) == -1) die("sigprocmask");
}

// Waits for a signal, and returns which one it is.
static int next_signal() {
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
}

// The life of a child: one client after another.
[[noreturn, maybe_unused]] static void serve(int listener) {
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        echo(client);
        close(client);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [CHILDREN=4]]]",
                         "Echoes what its clients send: CHILDREN processes "
                         "accept on one socket.");
    const auto number = args.number<std::size_t>(3, 4, 1, 100);
    hold_back(SIG_BLOCK);
    listen_on(args.address(2, args.port(1)));
    std::printf("%zu children are to be started\n", number);
    while (next_signal() != SIGTERM) {}
}
