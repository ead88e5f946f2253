// short_counts: read() and write() move as many bytes as they can, not as many
// as they are asked to; loops round them move all.
//
//   ./short_counts
//
// This connection's buffers hold some tens of kilobytes. A write() that does
// not wait returns what fitted; one that does (the usual case) blocks until
// the peer has read the rest, unless a signal or a time limit cuts it short.
// read() waits for the first byte only and returns what is there. Look for the
// counts that are less than the megabyte asked for; the numbers vary.
// read(2), write(2), SO_SNDTIMEO in socket(7); readn() and writen() of UNP
// volume 1, figures 3.15 and 3.16.
#include <vector>

#include "basics.hpp"

static constexpr int buffer_size = 16384;  // at each end; Linux doubles it

// Writes all the bytes, and returns how many calls that took.
static int write_all(int socket, std::span<const char> bytes) {
    int calls = 0;
    while (!bytes.empty()) {
        const ssize_t n = write(socket, bytes.data(), bytes.size());
        ++calls;
        if (n == -1 && errno != EINTR && errno != EAGAIN) die("write");
        if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return calls;
}

static int read_exactly(int socket, std::span<char> bytes, bool slowly) {
    int calls = 0;
    while (!bytes.empty()) {
        if (slowly) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        const ssize_t n = read(socket, bytes.data(), bytes.size());
        ++calls;
        if (n == -1 && errno != EINTR) die("read");
        if (n == 0) break;  // the peer has closed: there will be no more
        if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return calls;
}

// One write() of all the bytes, one read(), and read_exactly() for the rest.
static void one_call_each(int from, int to, std::vector<char> bytes,
                          bool wait) {
    const auto start = std::chrono::steady_clock::now();
    const ssize_t n =
        wait ? write(from, bytes.data(), bytes.size())
             : send(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n == -1) die("write");
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    std::printf("write(), %-32s%8zd after %.3f s\n",
                wait ? "waits, with a limit of 0.05 s" : "does not wait", n,
                took.count());
    const ssize_t got = read(to, bytes.data(), bytes.size());
    if (got == -1) die("read");
    std::printf("  then read()%38zd\n", got);
    bytes.resize(static_cast<std::size_t>(n - got));
    const int calls = read_exactly(to, bytes, false);
    std::printf("  then read_exactly() of the rest%18zu   calls: %d\n",
                bytes.size(), calls);
}

static void all(int from, int to, std::span<const char> bytes) {
    std::vector<char> copy(bytes.size());
    int reads = 0;
    std::jthread reader([&] { reads = read_exactly(to, copy, true); });
    const int writes = write_all(from, bytes);
    reader.join();
    std::printf("write_all()%38zu   calls: %d\n", bytes.size(), writes);
    std::printf("read_exactly(), slowly%27zu   calls: %d\n", copy.size(),
                reads);
    std::printf("every byte as it was sent: %s\n",
                std::ranges::equal(bytes, copy) ? "yes" : "no");
}

// Both ends of a connection over loopback, with small buffers.
static std::array<int, 2> connection(sockaddr_in address) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    const int size = buffer_size;
    if (setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == -1)
        die("setsockopt");
    socklen_t length = sizeof address;
    if (bind(listener, generic(address), length) == -1) die("bind");
    if (listen(listener, 1) == -1) die("listen");
    if (getsockname(listener, generic(address), &length) == -1)
        die("getsockname");
    const int client = connect_to(address);
    const timeval limit{0, 50'000};
    if (setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == -1 ||
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1)
        die("setsockopt");
    const int accepted = accept(listener, nullptr, nullptr);
    if (accepted == -1) die("accept");
    close(listener);
    return {client, accepted};
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "Compares what single calls of write() and read() "
                         "return with loops that move every byte.");
    std::vector<char> bytes(1'000'000);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i % 251);
    std::printf("%zu bytes each time; SO_SNDBUF and SO_RCVBUF set to %d\n",
                bytes.size(), buffer_size);
    for (const bool wait : {false, true}) {
        const auto [from, to] = connection(args.address(1, 0));
        one_call_each(from, to, bytes, wait);
    }
    const auto [from, to] = connection(args.address(1, 0));
    all(from, to, bytes);
}
