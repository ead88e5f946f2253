// fork_server: an echo server with a child for each client.
// Your task is in README.md. As it stands, it serves one client at a time.
#include <sys/wait.h>

#include "basics.hpp"

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    echo(client);
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, a child for each.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
