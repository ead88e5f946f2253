// many_clients: N clients in one process, which all leave at the same moment.
//
//   terminal 1: ./single_wait_server
//   terminal 2: ./many_clients 5
//   terminal 2: ps -eo pid,ppid,stat,args | grep defunct
//
// It opens N connections, sends a line on each, checks that the same line comes
// back, and exits: the kernel closes all N sockets, N FINs go out, and the N
// children of a server that forks end together. With SECONDS it stays connected
// that long, for a look with ss and ps. UNP figure 5.9.
#include <vector>

#include "basics.hpp"

// The line comes back in one piece or in several.
static std::string read_line(int server) {
    std::string line;
    while (!line.ends_with('\n')) {
        char c = 0;
        const ssize_t n = read(server, &c, 1);
        if (n == -1) die("read");
        if (n == 0) {
            std::fprintf(stderr, "%s: server terminated prematurely\n",
                         program);
            std::exit(1);
        }
        line.push_back(c);
    }
    return line;
}

static std::string line_for(int server) {
    return "client on descriptor " + std::to_string(server) + "\n";
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[N=5 [HOST [PORT [SECONDS=0]]]]",
                         "Opens N connections, checks the echo of a line on "
                         "each, and closes all at once.");
    const auto n = args.number<std::size_t>(
        1, 5, 1, 100'000, "not a number of clients from 1 to 100000");
    const sockaddr_in address = args.address(2, args.port(3, 9877, 1));
    const auto stay = args.seconds(4, 0);

    std::vector<int> servers(n);
    for (int& server : servers) server = connect_to(address);
    for (const int server : servers) {
        const std::string line = line_for(server);
        if (!write_all(server, line.data(), line.size())) die("write");
    }
    for (const int server : servers) {
        if (read_line(server) == line_for(server)) continue;
        std::fprintf(stderr, "%s: another line came back\n", program);
        return 1;
    }
    std::printf("%zu clients: each has its line back\n", n);
    std::this_thread::sleep_for(stay);
    // no close(): exit() closes all
}
