// wrong: the parent waits for the child that it has just made
// fails: serves
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
    if (waitpid(child, nullptr, 0) == child)
        std::printf("child %d ended\n", child);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes, a child for each client, and says when each "
                         "began and ended.");
    const sockaddr_in address = args.address(2, args.port(1));

    const int listener = listen_on(address);
    for (;;) serve_next(listener);
}
