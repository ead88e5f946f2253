// wrong: the child closes the connection, so the parent need not
// fails: bytes parent_closes
#include <sys/wait.h>

#include "basics.hpp"

static void reap() {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {}
}

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
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, a child for each.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
