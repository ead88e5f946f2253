// wrong: what was read is a string
// fails: bytes
#include <sys/wait.h>

#include "basics.hpp"

static void echo_strings(int client) {
    std::array<char, 4096> buffer{};
    while (read(client, buffer.data(), buffer.size() - 1) > 0) {
        write_all(client, buffer.data(), std::strlen(buffer.data()));
        buffer.fill('\0');
    }
}

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
        echo_strings(client);
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
