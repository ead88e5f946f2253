// alarm_timeout: sends each line to a server and prints its reply.
// Your task is in README.md. As it stands, it waits for a reply for ever.
#include <iostream>

#include "basics.hpp"

static void send_line(int server, const std::string& line) {
    if (!write_all(server, line.data(), line.size())) die("write");
}

static std::string receive_line(int server) {
    std::string line;
    std::array<char, 16384> buffer;
    while (!line.ends_with('\n')) {
        const ssize_t n = read(server, buffer.data(), buffer.size());
        if (n == -1) die("read");
        if (n == 0) {
            std::fprintf(stderr, "%s: the server has closed\n", program);
            std::exit(1);
        }
        line.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return line;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "SECONDS [HOST [PORT]]",
                         "Sends each line to a server and prints its reply, "
                         "if that comes within SECONDS.");
    [[maybe_unused]] const std::chrono::duration<double> limit(args.number(
        1, 1.0, 0.001, 1e6, "not a number of seconds of 0.001 or more"));
    const int server = connect_to(args.address(2, args.port(3, 9877, 1)));

    for (std::string line; std::getline(std::cin, line);) {
        send_line(server, line + '\n');
        const std::string reply = receive_line(server);
        std::fwrite(reply.data(), 1, reply.size(), stdout);
    }
}
