// echo_client: stop-and-wait: one line out, one line back, and so on.
//
//   terminal 1: ./slow_echo_server
//   terminal 2: seq 5 >five
//               time ./echo_client <five     5 s: one round trip for each line
//               time ./split_client <five    1 s: compare
//
// Type a line and it waits for the answer before it looks at the next. A line
// that is just q or Q, or Ctrl-D, ends it. While it waits for a line it does
// not hear the server: see split_client for that. UNP figures 5.4 and 5.5.
#include <csignal>
#include <iostream>

#include "basics.hpp"

// TCP has no lines: the answer comes in pieces, of any size from one byte on.
static void read_exactly(int server, std::span<char> answer) {
    while (!answer.empty()) {
        const ssize_t n = read(server, answer.data(), answer.size());
        if (n == -1) die("read");
        if (n == 0) {
            std::fprintf(stderr, "%s: server terminated prematurely\n",
                         program);
            std::exit(1);
        }
        answer = answer.subspan(static_cast<std::size_t>(n));
    }
}

// The answer takes the place of the line. A long line goes in pieces: written
// at once, it could fill the buffers of both directions while nobody reads
// (bulk_client), and each would wait for the other for ever.
static void round_trip(int server, std::span<char> line) {
    while (!line.empty()) {
        const auto piece = line.first(std::min<std::size_t>(line.size(), 4096));
        if (!write_all(server, piece.data(), piece.size())) die("write");
        read_exactly(server, piece);
        line = line.subspan(piece.size());
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends a line, waits for its echo, sends the next.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    std::signal(SIGPIPE, SIG_IGN);  // lost output: an error, said at the end
    std::ios::sync_with_stdio(false);

    for (std::string line; std::getline(std::cin, line);) {
        if (line == "q" || line == "Q") break;
        if (!std::cin.eof()) line += '\n';  // getline() took it off
        round_trip(server, line);
        line.insert(0, "Message from server: ");
        std::fwrite(line.data(), 1, line.size(), stdout);
        if (std::ferror(stdout) != 0) return 1;
    }
    if (std::cin.bad()) die("read", "standard input");
    close(server);
}
