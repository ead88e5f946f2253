// connect_errors: how connect() can end, and how long that takes.
//
//   terminal 1: ./echo_server
//   terminal 2: ./connect_errors 2 127.0.0.1:9877 127.0.0.1:1 192.0.2.99:80
//
// The first number is the time limit for each target. Without one (0) Linux
// sends its SYN eleven times (before 6.5: seven) and gives up after a little
// more than two minutes (tcp_syn_retries in tcp(7), tcp_syn_linear_timeouts);
// TCP_USER_TIMEOUT ends that sooner, but is looked at only when the next SYN
// would be due: 1 second is the least. An ICMP "unreachable" ends
// connect() on Linux when it comes; the books have Berkeley's TCP go on trying
// until the time is up. An address without a route fails before any SYN.
// connect(2), Errors; RFC 9293, 3.9.2.2; UNP volume 1, section 4.3.
#include <netinet/tcp.h>

#include <vector>

#include "basics.hpp"

static int try_to_connect(sockaddr_in target, std::chrono::milliseconds limit) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1) die("socket");
    const auto time = static_cast<unsigned>(limit.count());
    if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &time, sizeof time) == -1)
        die("setsockopt");
    const int result = connect(fd, generic(target), sizeof target);
    const int error = result == -1 ? errno : 0;
    close(fd);  // also after an error: another try needs another socket
    return error;
}

static const char* meaning(int error) {
    switch (error) {
        case 0:
            return "SYN answered with SYN and ACK";
        case ECONNREFUSED:
            return "SYN answered with RST: no listener";
        case ETIMEDOUT:
            return "SYN not answered";
        case EHOSTUNREACH:
            return "a route or router says: no way";
        case ENETUNREACH:
            return "no route to that network";
        default:
            return std::strerror(error);
    }
}

// The nth argument, ADDRESS:PORT, taken apart.
static sockaddr_in target(const Arguments& args, std::size_t n) {
    const std::string text(args.text(n));
    const std::size_t colon = std::min(text.find(':'), text.size());
    const char* end = text.data() + text.size();
    const char* digits = std::min(text.data() + colon + 1, end);
    in_port_t port = 0;
    const auto [stop, error] = std::from_chars(digits, end, port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    const std::string host = text.substr(0, colon);
    if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
        error != std::errc{} || stop != end || port == 0)
        args.wrong("not an address and a port such as 127.0.0.1:80", n);
    return address;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "SECONDS ADDRESS:PORT...",
                         "Connects to each target and says how that ended; "
                         "gives up after SECONDS (0: when the kernel does).");
    const auto limit = ceil<std::chrono::milliseconds>(args.seconds(1, 0));
    std::vector<sockaddr_in> targets;
    for (std::size_t n = 2; n <= args.count(); ++n)
        targets.push_back(target(args, n));

    std::printf("target                connect()      seconds\n");
    for (const sockaddr_in& address : targets) {
        const auto start = std::chrono::steady_clock::now();
        const int error = try_to_connect(address, limit);
        const std::chrono::duration<double> took =
            std::chrono::steady_clock::now() - start;
        std::printf("%-22s%-14s%8.3f  %s\n", to_text(address).c_str(),
                    error == 0 ? "success" : strerrorname_np(error),
                    took.count(), meaning(error));
    }
}
