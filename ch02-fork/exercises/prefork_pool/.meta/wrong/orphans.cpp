// wrong: children end when their parent ends
// fails: ends
#include <sys/wait.h>

#include <csignal>
#include <set>

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
[[noreturn]] static void serve(int listener) {
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

static pid_t start_child(int listener) {
    const pid_t child = fork();
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    if (child != 0) return child;
    hold_back(SIG_UNBLOCK);
    serve(listener);
}

// The parent: keeps the children at their number until SIGTERM comes.
static void keep(std::size_t number, int listener) {
    std::set<pid_t> children;
    do {
        for (pid_t child; (child = waitpid(-1, nullptr, WNOHANG)) > 0;)
            children.erase(child);
        while (children.size() < number) {
            const pid_t child = start_child(listener);
            if (child == -1) break;  // goes on with fewer, for now
            children.insert(child);
        }
    } while (next_signal() != SIGTERM);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [CHILDREN=4]]]",
                         "Echoes what its clients send: CHILDREN processes "
                         "accept on one socket.");
    const auto number = args.number<std::size_t>(3, 4, 1, 100);
    hold_back(SIG_BLOCK);
    keep(number, listen_on(args.address(2, args.port(1))));
}
