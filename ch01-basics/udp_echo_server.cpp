// udp_echo_server: datagrams: no listen(), no accept(), no connection. One
// socket serves everybody; each datagram brings its sender's address along.
//
//   terminal 1: ./udp_echo_server
//   terminal 2: ./udp_echo_client           and the same in terminal 3:
//                                           both are served, in turn
//   terminal 4: ss -uan sport = :9877       UNCONN, however many clients
//
// recvfrom() returns one whole datagram or, with the buffer too small, cuts
// off its end. A return of 0 is an empty datagram, not the end. RFC 862, 768.
// Bound to 0.0.0.0 it answers from the address that routing picks, which need
// not be the one the client sent to (UNP section 22.6; IP_PKTINFO in ip(7)):
// what was sent to 127.0.0.2 is answered from 127.0.0.1, and a client that is
// connected to 127.0.0.2 does not see that.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Sends each datagram back to where it came from.");
    sockaddr_in address = args.address(2, args.port(1));

    const int server = socket(AF_INET, SOCK_DGRAM, 0);
    if (server == -1) die("socket");
    if (bind(server, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    announce(server);

    std::array<char, 65535> datagram;
    for (;;) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const ssize_t n = recvfrom(server, datagram.data(), datagram.size(), 0,
                                   generic(peer), &size);
        if (n == -1) die("recvfrom");
        std::printf("%zd bytes from %s\n", n, to_text(peer).c_str());
        // It may fail for this client (a firewall, a forged port 0), and the
        // server goes on. It never tells that the client is not there.
        if (sendto(server, datagram.data(), static_cast<std::size_t>(n), 0,
                   generic(peer), size) == -1)
            std::fprintf(stderr, "%s: sendto: %s (%s)\n", program,
                         std::strerror(errno), to_text(peer).c_str());
    }
}
