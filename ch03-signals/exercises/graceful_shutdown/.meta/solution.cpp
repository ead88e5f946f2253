// graceful_shutdown: an echo server with a child for each client. On SIGTERM
// it accepts no more, lets those that are there finish, but not for ever.
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <set>

#include "basics.hpp"

static volatile std::sig_atomic_t stop = 0;
static std::set<pid_t> children;  // for which we have not yet waited

static void note(int number) {
    if (number == SIGTERM) stop = 1;
}

static void reap() {
    for (pid_t child = 0; (child = waitpid(-1, nullptr, WNOHANG)) > 0;)
        children.erase(child);
}

// The child inherits what is blocked, and is glad of that: a SIGTERM to the
// whole process group does not end it. So only SIGKILL will. accept() does not
// wait: Linux keeps a connection in the queue that was reset meanwhile.
static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    const pid_t child = fork();
    if (child == 0) {
        close(listener);  // or clients would connect, and nobody accept them
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else
        children.insert(child);
    close(client);
}

// The signals come during ppoll() or not at all: none falls between the look
// at the flag and the wait.
static void serve_until_sigterm(int listener, const sigset_t& open) {
    pollfd watched{listener, POLLIN, 0};
    while (stop == 0) {
        if (ppoll(&watched, 1, nullptr, &open) == 1) serve_next(listener);
        reap();
    }
    close(listener);
}

// One deadline for all, however often a SIGCHLD ends the wait before it.
static void let_them_finish(std::chrono::duration<double> grace,
                            const sigset_t& sigchld) {
    using namespace std::chrono;
    const auto deadline = steady_clock::now() + grace;
    while (!children.empty()) {
        const auto left = ceil<nanoseconds>(deadline - steady_clock::now());
        if (left.count() <= 0) break;
        const auto whole = floor<seconds>(left);
        const timespec time{whole.count(), (left - whole).count()};
        sigtimedwait(&sigchld, nullptr, &time);
        reap();
    }
    for (const pid_t child : children) kill(child, SIGKILL);
    while (wait(nullptr) > 0) {}
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "GRACE_SECONDS [PORT [ADDRESS]]",
                         "Echoes, a child for each client; on SIGTERM it lets "
                         "them finish, but not longer than that.");
    const auto grace = args.seconds(1, 5);
    const sockaddr_in address = args.address(3, args.port(2));

    struct sigaction action {};
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    sigset_t sigchld, both, open;
    sigemptyset(&sigchld);
    sigaddset(&sigchld, SIGCHLD);
    both = sigchld;
    sigaddset(&both, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &both, &open) == -1) die("sigprocmask");
    if (sigaction(SIGCHLD, &action, nullptr) == -1 ||
        sigaction(SIGTERM, &action, nullptr) == -1)
        die("sigaction");
    serve_until_sigterm(listen_on(address), open);
    let_them_finish(grace, sigchld);
}
