// abort_client: connects and goes at once, with a RST in place of a FIN.
//
//   terminal 1: ./slow_accept_server
//   terminal 2: ./abort_client
//   terminal 2: ./abort_client 127.0.0.1 9877 hello     the same after 5 bytes
//
// A socket that lingers for no time throws away what it still has to send, and
// close() tells the peer with a reset (SO_LINGER, socket(7); RFC 9293, 3.5.2).
// What a server makes of it that has not yet called accept() is told in
// slow_accept_server. UNP section 5.11 and figure 16.21.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [TEXT]]]",
                         "Connects, sends TEXT if there is one, and resets "
                         "the connection.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::string_view text = args.text(3);

    const int server = connect_to(address);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    if (getsockname(server, generic(own), &size) == -1) die("getsockname");
    if (!write_all(server, text.data(), text.size())) die("write");

    const linger at_once{1, 0};
    if (setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) ==
        -1)
        die("setsockopt");
    close(server);
    std::printf("%s: connected, sent %zu bytes, reset\n", to_text(own).c_str(),
                text.size());
}
