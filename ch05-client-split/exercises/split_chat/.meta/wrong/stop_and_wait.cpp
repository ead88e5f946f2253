// wrong: each line has its answer, so read one after each line
// fails: both at_once half_close server_first
#include <iostream>

#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends what you type, prints what comes.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    std::array<char, 16384> answer;
    for (std::string line; std::getline(std::cin, line);) {
        line += '\n';
        if (!write_all(server, line.data(), line.size())) die("write");
        const ssize_t n = read(server, answer.data(), answer.size());
        if (n == -1) die("read");
        std::fwrite(answer.data(), 1, static_cast<std::size_t>(n), stdout);
    }
    shutdown(server, SHUT_WR);
    ssize_t n = 0;
    while ((n = read(server, answer.data(), answer.size())) > 0)
        std::fwrite(answer.data(), 1, static_cast<std::size_t>(n), stdout);
}
