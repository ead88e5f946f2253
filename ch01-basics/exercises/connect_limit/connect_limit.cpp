// connect_limit: daytime_client with a time limit for connect().
// Your task is in README.md. As it stands, connect_within() knows no limit.
#include <fcntl.h>
#include <poll.h>

#include <csignal>

#include "basics.hpp"

using Seconds = std::chrono::duration<double>;

// Returns as connect() does: 0, or -1 with errno; that is ETIMEDOUT when there
// has been no answer within the limit.
static int connect_within(int server, sockaddr_in address, Seconds /*limit*/) {
    return connect(server, generic(address), sizeof address);
}

// --- What follows is right as it is. ---

// SIGUSR1 stands for any signal that a program may handle. The handler does
// nothing, but poll() is cut short by it, with SA_RESTART or without.
static void handle_sigusr1() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    if (sigaction(SIGUSR1, &action, nullptr) == -1) die("sigaction");
}

static void print_until_fin(int server) {
    std::array<char, 4096> piece;
    for (;;) {
        const ssize_t n = read(server, piece.data(), piece.size());
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) die("read");
        if (n == 0) return;
        std::fwrite(piece.data(), 1, static_cast<std::size_t>(n), stdout);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "SECONDS [HOST [PORT=9013]]",
                         "Connects, within SECONDS, and prints what comes.");
    const Seconds limit = args.seconds(1, 0);
    sockaddr_in address = args.address(2, args.port(3, 9013, 1));
    handle_sigusr1();
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server == -1) die("socket");
    if (connect_within(server, address, limit) == -1) {
        const int error = errno;
        std::fprintf(stderr, "%s: connect: %s (%s)\n", program,
                     std::strerror(error), to_text(address).c_str());
        return error == ETIMEDOUT ? 3 : 1;
    }
    std::printf("connected\n");
    print_until_fin(server);
    close(server);
}
