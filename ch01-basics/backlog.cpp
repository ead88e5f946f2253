// backlog: connections that wait for accept(), and the one too many.
//
//   terminal 1: ./backlog 1 30
//   terminal 2: ss -tan '( sport = :PORT or dport = :PORT )'
//
// The second argument of listen() limits how many connections the kernel
// completes that nobody has accepted. Linux cuts it to net.core.somaxconn, and
// takes one more than that says. What it does with the SYN of the next one
// is nothing: that connect() sits in SYN_SENT, tries again and again, and ends
// with ETIMEDOUT (here after SECONDS, else after two minutes), where other
// systems answer with RST. ss shows a listener's queue as Recv-Q and its limit
// as Send-Q; TCP_INFO has both under the names of two fields that a listener
// has no use for. listen(2), Notes; tcp(7); UNP volume 1, figure 4.10.
#include <netinet/tcp.h>

#include "basics.hpp"

static int connect_within(sockaddr_in address, std::chrono::milliseconds limit);

static void fill_queue(int listener, sockaddr_in address,
                       std::chrono::milliseconds limit) {
    for (int n = 1;; ++n) {
        const int error = connect_within(address, limit);
        tcp_info info{};
        socklen_t size = sizeof info;
        if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
            die("getsockopt");
        std::printf("connect %d: %s; Recv-Q %u, Send-Q %u\n", n,
                    error == 0 ? "completes" : strerrorname_np(error),
                    info.tcpi_unacked, info.tcpi_sacked);
        if (error != 0) return;
    }
}

static int connect_within(sockaddr_in address,
                          std::chrono::milliseconds limit) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1) die("socket");
    const auto time = static_cast<unsigned>(limit.count());
    if (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &time, sizeof time) == -1)
        die("setsockopt");
    // not closed: the process ends soon, and its connections with it
    return connect(fd, generic(address), sizeof address) == -1 ? errno : 0;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[BACKLOG=1 [SECONDS=1]]",
                         "Connects to a listener that accepts nobody until "
                         "one connect() has had no answer for SECONDS "
                         "(0: for as long as the kernel tries).");
    const int backlog =
        args.number(1, 1, 0, 500, "not a backlog from 0 to 500");
    const auto limit = ceil<std::chrono::milliseconds>(args.seconds(2, 1));
    sockaddr_in address = args.address(3, 0);

    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    if (bind(listener, generic(address), sizeof address) == -1) die("bind");
    if (listen(listener, backlog) == -1) die("listen");
    socklen_t size = sizeof address;
    if (getsockname(listener, generic(address), &size) == -1)
        die("getsockname");
    announce(listener);
    fill_queue(listener, address, limit);
}
