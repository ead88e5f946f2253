// wrong: the exit status says it all
// fails: lost
#include <csignal>
#include <fstream>
#include <iterator>

#include "basics.hpp"

static bool write_all(int socket, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t n =
            send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) _exit(1);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

// SIGUSR1 stands for any signal that a program may handle. The handler does
// nothing, but without SA_RESTART (sigaction(2)) it cuts a blocked call short.
static void handle_sigusr1() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    if (sigaction(SIGUSR1, &action, nullptr) == -1) die("sigaction");
}

static std::string contents_of(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) die("open", name);
    file.peek();  // a directory can be opened, and cannot be read
    if (file.bad()) die("read", name);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The next client, with a send buffer that a slow reader soon fills.
static int next_client(int listener) {
    int client = -1;
    while ((client = accept(listener, nullptr, nullptr)) == -1)
        if (errno != EINTR) accept_again_or_die();
    const int size = 16384;
    if (setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == -1)
        die("setsockopt");
    return client;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "FILE [PORT [ADDRESS]]",
                         "Sends a file's bytes to one client.");
    const sockaddr_in address = args.address(3, args.port(2));
    const std::string bytes = contents_of(std::string(args.text(1)));
    handle_sigusr1();
    const int client = next_client(listen_on(address));
    if (!write_all(client, bytes)) {
        std::fprintf(stderr, "%s: connection lost: %s\n", program,
                     std::strerror(errno));
        return 1;
    }
    close(client);
}
