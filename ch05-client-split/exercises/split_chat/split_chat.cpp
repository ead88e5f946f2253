// split_chat: a chat client: sends what you type, prints what comes.
// Your task is in README.md. As it stands, it waits for a line of its user's,
// then for the answer, and hears nothing else meanwhile.
#include <iostream>

#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends what you type, prints what comes.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    for (std::string line; std::getline(std::cin, line);) {
        line += '\n';
        if (!write_all(server, line.data(), line.size())) die("write");
        std::array<char, 16384> answer;
        const ssize_t n = read(server, answer.data(), answer.size());
        if (n == -1) die("read");
        std::fwrite(answer.data(), 1, static_cast<std::size_t>(n), stdout);
    }
    close(server);
}
