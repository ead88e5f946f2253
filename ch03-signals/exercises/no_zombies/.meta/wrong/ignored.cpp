// wrong: to ignore SIGCHLD is all that it takes
// fails: reaped
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    const pid_t child = fork();
    if (child == 0) {
        close(listener);
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else
        std::printf("child %d began\n", child);
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes, a child for each client, and says when each "
                         "began and ended.");
    const sockaddr_in address = args.address(2, args.port(1));

    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;  // or printf() would lose what it writes
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    const int listener = listen_on(address);
    for (;;) serve_next(listener);
}
