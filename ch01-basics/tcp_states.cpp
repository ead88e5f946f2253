// tcp_states: one process holds both ends of a connection, walks them through
// the states of TCP, and prints after each call what the kernel says.
//
//   ./tcp_states              all at once
//   terminal 1: ./tcp_states 9877 5                 5 seconds at each step
//   terminal 2: watch -n 0.5 "ss -tan '( sport = :9877 or dport = :9877 )'"
//
// Two witnesses, both Linux's own. TCP_INFO (tcp(7)) speaks for a descriptor:
// it knows the socket that is bound and no more, which the other does not, but
// says CLOSED of the one in TIME_WAIT. That is left without a descriptor and
// stands only in the other, /proc/net/tcp (proc(5)), which netstat reads too.
// It is the client's, since the client closes first.
// RFC 9293, figure 5; UNP volume 1, figures 2.4 and 2.5.
#include <netinet/tcp.h>

#include <fstream>
#include <utility>

#include "basics.hpp"

struct End {
    int socket;
    sockaddr_in address;
};
struct Connection {
    End server, client;
    std::chrono::duration<double> pause;
};

static const char* name_of(unsigned state) {
    static constexpr std::array names{
        "-",          "ESTABLISHED", "SYN_SENT",  "SYN_RECEIVED",
        "FIN_WAIT_1", "FIN_WAIT_2",  "TIME_WAIT", "CLOSED",
        "CLOSE_WAIT", "LAST_ACK",    "LISTEN",    "CLOSING"};
    return names.at(state);
}

static unsigned state_of(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == -1)
        die("getsockopt");
    return info.tcpi_state;
}

// The state of the entry with these addresses, 0 if there is none. A line is
// "0: 0100007F:2695 0100007F:E56B 01 ...", local and peer address, state.
static unsigned in_table(const sockaddr_in& local, const sockaddr_in& peer) {
    std::array<char, 40> key{};
    std::snprintf(key.data(), key.size(), ": %08X:%04X %08X:%04X ",
                  local.sin_addr.s_addr, ntohs(local.sin_port),
                  peer.sin_addr.s_addr, ntohs(peer.sin_port));
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);)
        if (const auto at = line.find(key.data()); at != std::string::npos)
            return static_cast<unsigned>(
                std::stoul(line.substr(at + 30, 2), nullptr, 16));
    return 0;
}

static void show(const char* step, const Connection& both) {
    const auto& [server, client, pause] = both;
    const auto tcp_info = [](const End& end) {
        return name_of(end.socket == -1 ? 0 : state_of(end.socket));
    };
    const unsigned client_entry = in_table(client.address, server.address);
    unsigned server_entry = in_table(server.address, client.address);
    if (server_entry == 0) server_entry = in_table(server.address, {});
    std::printf("%-24s%-13s%-15s%-13s%s\n", step, tcp_info(client),
                name_of(client_entry), tcp_info(server), name_of(server_entry));
    std::this_thread::sleep_for(pause);
}

// A segment over loopback, or the ACK of one, may come a moment later.
static void wait_while(auto condition) {
    while (condition())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

static void establish(Connection& both) {
    End& server = both.server;
    End& client = both.client;
    show("bind()", both);

    if (listen(server.socket, 1) == -1) die("listen");
    show("listen()", both);

    sockaddr_in address = server.address;
    if (connect(client.socket, generic(address), sizeof address) == -1)
        die("connect", to_text(address));
    wait_while([&] {
        return in_table(server.address, client.address) == TCP_SYN_RECV;
    });
    show("connect()", both);  // the handshake needs no accept()

    const int listener = server.socket;
    server.socket = accept(listener, nullptr, nullptr);
    if (server.socket == -1) die("accept");
    close(listener);
    show("accept()", both);
}

static void terminate(Connection& both) {
    End& server = both.server;
    End& client = both.client;
    if (shutdown(client.socket, SHUT_WR) == -1) die("shutdown");
    wait_while([&] { return state_of(client.socket) == TCP_FIN_WAIT1; });
    show("client: shutdown()", both);

    // LAST_ACK is over at once, unless the FIN waits behind unread bytes
    std::array<char, 65536> bytes{};
    while (send(server.socket, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {}
    if (errno != EAGAIN) die("send");
    if (shutdown(server.socket, SHUT_WR) == -1) die("shutdown");
    show("server: shutdown()", both);

    ssize_t n = 1;
    while (n > 0) n = read(client.socket, bytes.data(), bytes.size());
    if (n == -1) die("read");
    wait_while([&] { return state_of(server.socket) == TCP_LAST_ACK; });
    show("client: read() to EOF", both);
}

static End bound_to(sockaddr_in address) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1) die("socket");
    if (bind(fd, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    socklen_t size = sizeof address;  // port 0: the kernel has chosen one
    if (getsockname(fd, generic(address), &size) == -1) die("getsockname");
    return {fd, address};
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [SECONDS=0]]",
                         "Walks a connection through the states of TCP, with "
                         "a pause of SECONDS at each step.");
    const auto pause = args.seconds(2, 0);
    const End server = bound_to(args.address(3, args.port(1)));
    Connection both{server, bound_to(args.address(3, 0)), pause};
    std::printf("client %s, server %s\n", to_text(both.client.address).c_str(),
                to_text(server.address).c_str());
    std::printf("%30s%28s\n%32s%18s%10s%18s\n", "client", "server", "TCP_INFO",
                "/proc/net/tcp", "TCP_INFO", "/proc/net/tcp");
    establish(both);
    terminate(both);
    close(std::exchange(both.client.socket, -1));
    close(std::exchange(both.server.socket, -1));
    show("both: close()", both);
}
