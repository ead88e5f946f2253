// basics.hpp: what every program here takes for granted: its arguments, a
// clean end on errors, and the socket calls that chapter 1 spells out.
// The same file lies in every chapter, so that a chapter works on its own.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <thread>

inline const char* program = "";  // argv[0] without its folder

// A failed call: "NAME: call: reason (where)" on standard error, status 1.
[[noreturn]] inline void die(const char* call, const std::string& where = "") {
    const char* reason = std::strerror(errno);
    std::fprintf(stderr, "%s: %s: %s%s\n", program, call, reason,
                 where.empty() ? "" : (" (" + where + ")").c_str());
    std::exit(1);
}

// The command line. The synopsis is the text of the usage line: a word for
// each argument, optional from the first "[" on, "..." for any number more.
// A wrong argument: the reason and the usage on standard error, status 2.
class Arguments {
public:
    Arguments(int argc, char* argv[], std::string_view synopsis,
              const char* shows)
        : given(argv, static_cast<std::size_t>(argc)) {
        const char* slash = std::strrchr(argv[0], '/');
        program = slash != nullptr ? slash + 1 : argv[0];
        usage.append("usage: ./").append(program);
        if (!synopsis.empty()) usage.append(" ").append(synopsis);
        std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // also into a pipe
        std::atexit([] {  // output that was lost is an error
            if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
            std::fprintf(stderr, "%s: cannot write its output\n", program);
            _exit(1);
        });
        if (text(1) == "--help") {
            std::printf("%s\n%s\n", usage.c_str(), shows);
            std::exit(0);
        }
        if (text(1).starts_with('-')) wrong("no such option", 1);
        const auto words = [](std::string_view part) {
            return std::ranges::count(part, ' ') + !part.empty() -
                   part.ends_with(' ');
        };
        if (argc <= words(synopsis.substr(0, synopsis.find('['))))
            wrong("too few arguments");
        if (argc > words(synopsis) + 1 && !synopsis.ends_with("..."))
            wrong("too many arguments");
    }
    // Ends the program: what is wrong, with which argument, and the usage.
    [[noreturn]] void wrong(std::string what, std::size_t n = 0) const {
        if (n > 0) what.append(": '").append(text(n)).append("'");
        std::fprintf(stderr, "%s: %s\n%s\n", program, what.c_str(),
                     usage.c_str());
        std::exit(2);
    }
    std::size_t count() const { return given.size() - 1; }
    std::string_view text(std::size_t n, std::string_view missing = "") const {
        return n <= count() ? given[n] : missing;
    }
    // The nth argument as a number from lowest to highest and nothing else.
    template <typename Number>
    Number number(std::size_t n, Number missing, Number lowest, Number highest,
                  const char* what = "not a number in range") const {
        if (n > count()) return missing;
        const char* end = text(n).data() + text(n).size();
        Number value{};
        const auto [stop, error] = std::from_chars(text(n).data(), end, value);
        if (error != std::errc{} || stop != end) wrong(what, n);
        if (!(lowest <= value && value <= highest)) wrong(what, n);
        return value;
    }
    // Port 0 lets the kernel choose one: for servers. A client's lowest is 1.
    in_port_t port(std::size_t n, int missing = 9877, int lowest = 0) const {
        return static_cast<in_port_t>(
            number(n, missing, lowest, 65535, "not a port number"));
    }
    std::chrono::duration<double> seconds(std::size_t n, double missing) const {
        return std::chrono::duration<double>(
            number(n, missing, 0.0, 1e6, "not a number of seconds"));
    }
    sockaddr_in address(std::size_t n, in_port_t port) const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        const std::string host(text(n, "127.0.0.1"));
        if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
            wrong("not an IPv4 address such as 127.0.0.1", n);
        return address;
    }

private:
    std::span<char*> given;
    std::string usage;
};

// The calls take an address of any family as a sockaddr: here is the one cast.
template <typename Address>
sockaddr* generic(Address& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

// "127.0.0.1:9877"
inline std::string to_text(const sockaddr_in& address) {
    std::array<char, INET_ADDRSTRLEN> host{};
    inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
    return host.data() + (":" + std::to_string(ntohs(address.sin_port)));
}

// "listening on ADDRESS:PORT", a server's first line, printed when clients
// can come; with the port it has where the kernel chose (getsockname(2)).
inline void announce(int server) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    if (getsockname(server, generic(bound), &size) == -1) die("getsockname");
    std::printf("listening on %s\n", to_text(bound).c_str());
}

// socket, SO_REUSEADDR (a server may come back while connections of its last
// run are in TIME_WAIT, socket(7)), bind, listen; then the line above.
inline int listen_on(sockaddr_in address) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    const int on = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    if (listen(listener, SOMAXCONN) == -1) die("listen", to_text(address));
    announce(listener);
    return listener;
}

// After a failed accept(): dies if the listener is broken, returns if another
// try can succeed (accept(2), Errors). When the descriptor table is full, only
// a close() helps, so it waits a little: a server must not spin.
inline void accept_again_or_die() {
    const int error = errno;
    if (error == EBADF || error == EINVAL || error == ENOTSOCK) die("accept");
    if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
        error == ENOMEM) {
        std::fprintf(stderr, "%s: accept: %s\n", program, std::strerror(error));
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

inline int connect_to(sockaddr_in address) {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server == -1) die("socket");
    if (connect(server, generic(address), sizeof address) == -1)
        die("connect", to_text(address));
    return server;
}

// Writes all the bytes, in as many calls as it takes. False, with errno, when
// the peer is gone: MSG_NOSIGNAL makes EPIPE of a SIGPIPE that would end us.
inline bool write_all(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t n = send(socket, bytes, size, MSG_NOSIGNAL);
        if (n == -1 && errno != EINTR) return false;
        if (n == -1) continue;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

// The echo service (RFC 862): sends every byte back until the client's FIN
// (read() returns 0) or the loss of the connection.
inline void echo(int client) {
    std::array<char, 16384> buffer;
    for (;;) {
        const ssize_t n = read(client, buffer.data(), buffer.size());
        if (n == -1 && errno == EINTR) continue;
        if (n <= 0) return;
        if (!write_all(client, buffer.data(), static_cast<std::size_t>(n)))
            return;
    }
}
