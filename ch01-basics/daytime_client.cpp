// daytime_client: the shortest client: it connects and prints what comes.
//
//   terminal 1: ./daytime_server
//   terminal 2: ./daytime_client
//
// It sends nothing, and nothing tells it how long the answer is: the server's
// FIN ends it, and read() returns 0. RFC 867.
#include "basics.hpp"

// Prints all there is up to the FIN; says how many bytes it was.
static std::size_t print_until_fin(int server) {
    std::array<char, 4096> piece;
    for (std::size_t total = 0;;) {
        const ssize_t n = read(server, piece.data(), piece.size());
        if (n == -1) die("read");
        if (n == 0) return total;
        total +=
            std::fwrite(piece.data(), 1, static_cast<std::size_t>(n), stdout);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT=9013]]",
                         "Prints a server's date and time.");
    sockaddr_in address = args.address(1, args.port(2, 9013, 1));

    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server == -1) die("socket");
    if (connect(server, generic(address), sizeof address) == -1)
        die("connect", to_text(address));
    if (print_until_fin(server) == 0) {
        std::fprintf(stderr, "%s: the server closed without an answer\n",
                     program);
        return 1;
    }
    close(server);
}
