// no_zombies: an echo server with a child for each client.
// Your task is in README.md. As it stands, every child becomes a zombie.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) die("accept");
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
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
