// endpoints: what a socket knows of its two ends, and from when on.
//
//   ./endpoints
//
// getsockname() tells the local address, getpeername() the remote one, or
// ENOTCONN before there is any. Look for the port 0 that becomes an ephemeral
// port with bind(), for the client's, which comes with connect(), and for the
// wildcard address 0.0.0.0: the listener keeps it, while each accepted socket
// has the address that its client used. This machine has at least two, as all
// of 127.0.0.0/8 is itself on Linux; elsewhere 127.0.0.2 may have to be added.
// The listener listens on all interfaces, until the program has ended.
// getsockname(2), getpeername(2), ip(7); UNP volume 1, section 4.10.
#include "basics.hpp"

using Query = int (*)(int, sockaddr*, socklen_t*);

static std::string ask(Query query, int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (query(socket, generic(address), &size) == -1)
        return errno == ENOTCONN ? "ENOTCONN" : std::strerror(errno);
    return to_text(address);
}

static void show(const char* socket_name, const char* after, int socket) {
    std::printf("%-11s%-22s%-23s%s\n", socket_name, after,
                ask(getsockname, socket).c_str(),
                ask(getpeername, socket).c_str());
}

// Local address and port, foreign address and port: no two connections of this
// machine have all four alike.
static void print_four_tuple(const char* socket_name, int socket) {
    const std::string peer = ask(getpeername, socket);
    std::printf("    %-9sfour-tuple {%s, %s}\n", socket_name,
                ask(getsockname, socket).c_str(),
                peer == "ENOTCONN" ? "*:*" : peer.c_str());
}

// A client of its own that reaches the listener by this address.
static void connect_over(int listener, sockaddr_in address) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (client == -1) die("socket");
    show("client", "socket()", client);
    if (connect(client, generic(address), sizeof address) == -1)
        die("connect", to_text(address));
    std::array<char, INET_ADDRSTRLEN> host{};
    inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
    show("client", ("connect(" + std::string(host.data()) + ")").c_str(),
         client);

    const int accepted = accept(listener, nullptr, nullptr);
    if (accepted == -1) die("accept");
    show("accepted", "accept()", accepted);
    print_four_tuple("client", client);
    print_four_tuple("accepted", accepted);
    close(client);
    close(accepted);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "Shows both addresses of a listener, of two clients "
                         "and of the accepted sockets.");
    std::printf(
        "socket     after                 getsockname()          "
        "getpeername()\n");
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    show("listener", "socket()", listener);
    sockaddr_in address{};  // port 0: any free port; 0.0.0.0: all our addresses
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(listener, generic(address), sizeof address) == -1) die("bind");
    show("listener", "bind(0.0.0.0:0)", listener);
    if (listen(listener, 1) == -1) die("listen");
    show("listener", "listen()", listener);
    print_four_tuple("listener", listener);

    socklen_t size = sizeof address;
    if (getsockname(listener, generic(address), &size) == -1)
        die("getsockname");
    for (const char* host : {"127.0.0.1", "127.0.0.2"}) {
        if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die("inet_pton");
        connect_over(listener, address);
    }
}
