// graceful_shutdown: an echo server with a child for each client.
// Your task is in README.md. As it stands, SIGTERM ends the parent, at once.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void reap(int) {
    const int saved = errno;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {}
    errno = saved;
}

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    const pid_t child = fork();
    if (child == 0) {
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "GRACE_SECONDS [PORT [ADDRESS]]",
                         "Echoes, a child for each client; on SIGTERM it lets "
                         "them finish, but not longer than that.");
    [[maybe_unused]] const auto grace = args.seconds(1, 5);
    const sockaddr_in address = args.address(3, args.port(2));

    struct sigaction action {};
    action.sa_handler = reap;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    const int listener = listen_on(address);
    for (;;) serve_next(listener);
}
