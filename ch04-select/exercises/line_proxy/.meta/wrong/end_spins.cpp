// wrong: after its end a socket has nothing to read, so it is not readable
// fails: half_close
#include <fcntl.h>
#include <sys/select.h>

#include <list>

#include "basics.hpp"

// One way through: bytes from one socket to another.
struct Way {
    int from = -1, to = -1;
    std::string kept;        // read, and not yet written
    bool ended = false;      // `from` has sent its last byte
    bool passed_on = false;  // and `to` has been told
};

struct Connection {
    std::array<Way, 2> ways;  // client to server, server to client
    bool broken = false;
};

constexpr std::size_t longest_line = 4096;
static std::list<Connection> connections;

static void welcome(int listener, sockaddr_in address) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client == -1) return accept_again_or_die();
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server != -1 && std::max(client, server) < FD_SETSIZE &&
        connect(server, generic(address), sizeof address) == 0 &&
        fcntl(server, F_SETFL, O_NONBLOCK) == 0) {
        const Way up{client, server, {}}, down{server, client, {}};
        connections.push_back({{up, down}});
    } else {
        if (server != -1) close(server);
        close(client);
    }
}

// How many of the bytes may go: whole lines, and what need not be whole.
static std::size_t to_send(const Way& way) {
    if (way.ended) return way.kept.size();
    const std::size_t newline = way.kept.rfind('\n');
    if (newline != std::string::npos) return newline + 1;
    return way.kept.size() < longest_line ? 0 : way.kept.size();
}

// Two steps, each for a socket that is ready. False: the connection is lost.
static bool read_some(Way& way) {
    std::array<char, 16384> buffer;
    const ssize_t n = recv(way.from, buffer.data(), buffer.size(), 0);
    if (n == -1) return errno == EAGAIN || errno == EINTR;
    way.kept.append(buffer.data(), static_cast<std::size_t>(n));
    way.ended = n == 0;
    return true;
}

static bool write_some(Way& way) {
    const ssize_t n = send(way.to, way.kept.data(), to_send(way), MSG_NOSIGNAL);
    if (n == -1) return errno == EAGAIN || errno == EINTR;
    way.kept.erase(0, static_cast<std::size_t>(n));
    return true;
}

// The half-close follows the last byte; the other way stays open.
static void pass_end_on(Way& way) {
    if (!way.ended || !way.kept.empty() || way.passed_on) return;
    shutdown(way.to, SHUT_WR);
    way.passed_on = true;
}

static bool is_over(const Connection& connection) {
    const auto& [up, down] = connection.ways;
    if (!connection.broken && !(up.passed_on && down.passed_on)) return false;
    close(up.from);
    close(up.to);
    return true;
}

static void serve(int listener, sockaddr_in address) {
    for (;;) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (const auto& connection : connections)
            for (const Way& way : connection.ways) {
                if (way.kept.size() < longest_line) FD_SET(way.from, &readable);
                if (to_send(way) > 0) FD_SET(way.to, &writable);
            }
        if (select(FD_SETSIZE, &readable, &writable, nullptr, nullptr) == -1)
            die("select");
        for (auto& [ways, broken] : connections)
            for (Way& way : ways) {
                if (FD_ISSET(way.to, &writable)) broken |= !write_some(way);
                if (FD_ISSET(way.from, &readable)) broken |= !read_some(way);
                pass_end_on(way);
            }
        connections.remove_if(is_over);
        if (FD_ISSET(listener, &readable)) welcome(listener, address);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "HOST HOSTPORT [PORT [ADDRESS]]",
                         "Passes lines between its clients and the server at "
                         "HOST, with select().");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    serve(listen_on(args.address(4, args.port(3))), address);
}
