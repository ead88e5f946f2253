// wrong: a piece out, the same piece back: that limits what is under way
// fails: no_deadlock
#include "basics.hpp"

// Byte number i. The period is a prime, so that no buffer's size is a multiple
// of it: bytes in each other's place are other bytes.
static char byte_at(std::size_t i) { return static_cast<char>(i % 251); }

constexpr std::size_t piece = 32'000'000;

static void write_piece(int server, std::size_t first, std::size_t size) {
    std::string bytes;
    for (std::size_t i = first; i < first + size; ++i)
        bytes.push_back(byte_at(i));
    if (!write_all(server, bytes.data(), bytes.size())) die("send");
}

static bool complain(std::size_t i, const char* what) {
    std::fprintf(stderr, "%s: byte %zu %s\n", program, i, what);
    return false;
}

static bool read_piece(int server, std::size_t first, std::size_t size) {
    std::array<char, 65536> buffer;
    const std::size_t end = first + size;
    while (first < end) {
        const ssize_t n =
            read(server, buffer.data(), std::min(buffer.size(), end - first));
        if (n == -1) return complain(first, std::strerror(errno));
        if (n == 0) return complain(first, "did not come back");
        for (const char byte : std::span(buffer.data(), buffer.data() + n)) {
            if (byte != byte_at(first))
                return complain(first, "is not the one that was sent");
            ++first;
        }
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

    for (std::size_t done = 0; done < total; done += piece) {
        const std::size_t size = std::min(piece, total - done);
        write_piece(server, done, size);
        if (!read_piece(server, done, size)) return 1;
    }
    shutdown(server, SHUT_WR);
    char more = 0;
    const bool all_back =
        read(server, &more, 1) == 0 || complain(total, "was never sent");
    if (!all_back) return 1;
    std::printf("%zu bytes came back, every one as it was sent\n", total);
}
