// echo_client: sends each line of standard input and prints what comes back.
//
//   terminal 1: ./echo_server
//   terminal 2: ./echo_client      type lines; Ctrl-D ends it
//   terminal 2: ./echo_client <echo_client.cpp | cmp - echo_client.cpp
//
// Stop-and-wait: it reads from the server only after it has written, and sits
// in getchar() meanwhile. If the server dies now, it learns that one line later
// ("server terminated prematurely"); chapter 4's select_client learns at once.
// The other end's part is RFC 862.
#include "basics.hpp"

// A line with its newline, or 4096 bytes of a longer one. Not fgets(), which
// cannot tell how long a line with a NUL byte in it is.
static std::string next_line() {
    std::string line;
    while (line.size() < 4096 && !line.ends_with('\n')) {
        const int c = std::getchar();
        if (c == EOF) break;
        line.push_back(static_cast<char>(c));
    }
    return line;
}

// TCP has no lines: the answer comes in pieces, of any size from one byte on.
static void print_answer(int server, std::size_t size) {
    std::array<char, 4096> piece;
    while (size > 0) {
        const ssize_t n = read(server, piece.data(), piece.size());
        if (n == -1) die("read");
        if (n == 0) {
            std::fprintf(stderr, "%s: server terminated prematurely\n",
                         program);
            std::exit(1);
        }
        std::fwrite(piece.data(), 1, static_cast<std::size_t>(n), stdout);
        size -= std::min(size, static_cast<std::size_t>(n));
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends each line of input, prints what comes back.");
    sockaddr_in address = args.address(1, args.port(2, 9877, 1));

    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server == -1) die("socket");
    if (connect(server, generic(address), sizeof address) == -1)
        die("connect", to_text(address));

    for (std::string line; !(line = next_line()).empty();) {
        if (!write_all(server, line.data(), line.size())) die("write");
        print_answer(server, line.size());
    }
    if (std::ferror(stdin) != 0) die("read", "standard input");
    close(server);
}
