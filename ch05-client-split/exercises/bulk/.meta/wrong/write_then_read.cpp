// wrong: first write all, then read all: TCP keeps what is not read yet
// fails: no_deadlock
#include "basics.hpp"

// Byte number i. The period is a prime, so that no buffer's size is a multiple
// of it: bytes in each other's place are other bytes.
static char byte_at(std::size_t i) { return static_cast<char>(i % 251); }

static void write_bulk(int server, std::size_t total) {
    std::array<char, 65536> buffer;
    for (std::size_t sent = 0; sent < total;) {
        const std::size_t size = std::min(buffer.size(), total - sent);
        for (char& byte : std::span(buffer.data(), size))
            byte = byte_at(sent++);
        if (!write_all(server, buffer.data(), size)) die("send");
    }
    shutdown(server, SHUT_WR);
}

static bool complain(std::size_t i, const char* what) {
    std::fprintf(stderr, "%s: byte %zu %s\n", program, i, what);
    return false;
}

// Until the server's FIN, since more than all is wrong, too.
static bool read_bulk(int server, std::size_t total) {
    std::array<char, 65536> buffer;
    std::size_t received = 0;
    ssize_t n = 0;
    while ((n = read(server, buffer.data(), buffer.size())) > 0)
        for (const char byte : std::span(buffer.data(), buffer.data() + n)) {
            if (received == total) return complain(total, "was never sent");
            if (byte != byte_at(received))
                return complain(received, "is not the one that was sent");
            ++received;
        }
    if (n == -1) return complain(received, std::strerror(errno));
    return received == total || complain(received, "did not come back");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [MEGABYTES=64]]]",
                         "Has MEGABYTES echoed, and compares every byte.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::size_t total =
        args.number<std::size_t>(3, 64, 1, 1'000'000) * 1'000'000;
    const int server = connect_to(address);

    write_bulk(server, total);
    const bool all_back = read_bulk(server, total);
    if (!all_back) return 1;
    std::printf("%zu bytes came back, every one as it was sent\n", total);
}
