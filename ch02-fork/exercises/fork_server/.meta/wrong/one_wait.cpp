// wrong: one wait per new client is enough: each client is one child
// fails: zombies
#include <sys/wait.h>

#include "basics.hpp"

static void reap() { waitpid(-1, nullptr, WNOHANG); }

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    reap();
    const pid_t child = fork();
    if (child == 0) {
        close(listener);
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, a child for each.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
