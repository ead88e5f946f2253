// wrong: with a non-blocking socket, try to write and to read, again and again
// fails: asleep
#include <fcntl.h>

#include "basics.hpp"

static char byte_at(std::size_t i) { return static_cast<char>(i % 251); }

static bool complain(std::size_t i, const char* what) {
    std::fprintf(stderr, "%s: byte %zu %s\n", program, i, what);
    return false;
}

static std::size_t sent = 0, received = 0;

static bool send_some(int server, std::size_t total) {
    std::array<char, 65536> buffer;
    const std::size_t size = std::min(buffer.size(), total - sent);
    for (std::size_t i = 0; i < size; ++i) buffer[i] = byte_at(sent + i);
    const ssize_t n = send(server, buffer.data(), size, MSG_NOSIGNAL);
    if (n == -1 && errno != EAGAIN)
        return complain(received, std::strerror(errno));
    if (n > 0) sent += static_cast<std::size_t>(n);
    if (sent == total) shutdown(server, SHUT_WR);
    return true;
}

// True as long as nothing is wrong; at the server's FIN, ended.
static bool read_some(int server, std::size_t total, bool& ended) {
    std::array<char, 65536> buffer;
    const ssize_t n = read(server, buffer.data(), buffer.size());
    if (n == -1)
        return errno == EAGAIN || complain(received, std::strerror(errno));
    ended = n == 0;
    for (const char byte : std::span(buffer.data(), buffer.data() + n)) {
        if (received == total) return complain(total, "was never sent");
        if (byte != byte_at(received))
            return complain(received, "is not the one that was sent");
        ++received;
    }
    return !ended || received == total ||
           complain(received, "did not come back");
}

static bool exchange(int server, std::size_t total) {
    for (bool ended = false; !ended;) {
        if (sent < total && !send_some(server, total)) return false;
        if (!read_some(server, total, ended)) return false;
    }
    return true;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [MEGABYTES=64]]]",
                         "Has MEGABYTES echoed, and compares every byte.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::size_t total =
        args.number<std::size_t>(3, 64, 1, 1'000'000) * 1'000'000;
    const int server = connect_to(address);

    if (fcntl(server, F_SETFL, O_NONBLOCK) == -1) die("fcntl");
    const bool all_back = exchange(server, total);
    if (!all_back) return 1;
    std::printf("%zu bytes came back, every one as it was sent\n", total);
}
