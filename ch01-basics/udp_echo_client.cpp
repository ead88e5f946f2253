// udp_echo_client: sends each line as a datagram, prints the one that returns.
//
//   terminal 1: ./udp_echo_server
//   terminal 2: ./udp_echo_client            type lines; Ctrl-D ends it
//   head -c 65507 /dev/zero | ./udp_echo_client | wc -c     the longest...
//   head -c 65508 /dev/zero | ./udp_echo_client             ...and EMSGSIZE
//
// Then end the server, type a line: ECONNREFUSED. An ICMP message says that
// the port is closed, and the kernel passes it on since the socket is
// connected: connect() sends nothing here, it notes the peer. If the server is
// there but stopped (Ctrl-Z), nothing comes at all: a time-out. udp(7).
#include <iostream>

#include "basics.hpp"

// The time limit of each recv(); all zeros would mean none.
static void set_time_limit(int server, double seconds) {
    const auto us = static_cast<long>(seconds * 1e6);
    const timeval limit{us / 1000000, us % 1000000};
    if (setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == -1)
        die("setsockopt");
}

static std::string answer_to(const std::string& line, int server,
                             const std::string& peer) {
    if (send(server, line.data(), line.size(), 0) == -1) die("send", peer);
    std::string answer(65535, '\0');
    ssize_t n = 0;
    do n = recv(server, answer.data(), answer.size(), 0);
    while (n == -1 && errno == EINTR);  // stopped and continued: signal(7)
    if (n == -1 && errno == EAGAIN) errno = ETIMEDOUT;
    if (n == -1) die("recv", peer);
    answer.resize(static_cast<std::size_t>(n));
    return answer;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [SECONDS=1]]]",
                         "Sends each line of input, without its newline, as "
                         "one datagram (an empty\nline as an empty one), and "
                         "waits SECONDS for each answer.");
    sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const auto wait =
        args.number(3, 1.0, 0.001, 1e6, "not a number of seconds");

    const int server = socket(AF_INET, SOCK_DGRAM, 0);
    if (server == -1) die("socket");
    if (connect(server, generic(address), sizeof address) == -1)
        die("connect", to_text(address));
    set_time_limit(server, wait);

    for (std::string line; std::getline(std::cin, line);) {
        const std::string answer = answer_to(line, server, to_text(address));
        std::fwrite(answer.data(), 1, answer.size(), stdout);
        std::putchar('\n');
    }
    if (std::ferror(stdin) != 0) die("read", "standard input");
    close(server);
}
