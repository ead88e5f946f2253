// fork: the classic server with a process for each client and a SIGCHLD
// handler: 4 KB buffer, nothing printed.
#include <sys/wait.h>

#include <csignal>

#include "../../../ch01-basics/basics.hpp"

static void reap(int) {
    const int saved = errno;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {}
    errno = saved;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A classic server.");
    std::signal(SIGCHLD, reap);
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) continue;
        if (fork() == 0) {
            close(listener);
            std::array<char, 4096> buffer;
            for (ssize_t n = 0;
                 (n = read(client, buffer.data(), buffer.size())) > 0;)
                if (!write_all(client, buffer.data(),
                               static_cast<std::size_t>(n)))
                    break;
            _exit(0);
        }
        close(client);
    }
}
