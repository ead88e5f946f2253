// bulk_client: a deadlock on purpose, and its cure. It has an echo server
// return MEGABYTES; sequential writes them all and then reads, split writes in
// a child and reads meanwhile.
//
//   terminal 1: ./slow_echo_server 9877 127.0.0.1 0
//   terminal 2: ./bulk_client 127.0.0.1 9877 1         works: a test misses it
//               ./bulk_client 127.0.0.1 9877 64        deadlock
//               ./bulk_client 127.0.0.1 9877 64 split  works
//   terminal 3: ss -tn dport = :9877 or sport = :9877  all queues are full
//
// While nobody reads the echo, it fills the client's receive buffer and the
// server's send buffer; the server then waits in its write() and reads no more;
// the other two buffers fill, and the client waits in its write() too. SECONDS
// without progress end that (SO_SNDTIMEO, socket(7)); 0 is no limit.
#include <sys/prctl.h>  // Linux only
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

// Byte number i is i % 251: no buffer's size is a multiple of this prime, so
// a byte lost, doubled or out of place is noticed.
constexpr std::size_t period = 251;
constexpr auto pattern = [] {
    std::array<char, 65536 + period> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i % period);
    return bytes;
}();

static bool complain(const char* what, std::size_t byte) {
    std::fprintf(stderr, "%s: %s %zu\n", program, what, byte);
    return false;
}

// Returns how many bytes the kernel took; with errno if these are not all. A
// send() that runs out of time with some bytes taken is short, the next fails.
static std::size_t write_bulk(int server, std::size_t total) {
    std::size_t sent = 0;
    while (sent < total) {
        const std::size_t size = std::min<std::size_t>(total - sent, 65536);
        const ssize_t n =
            send(server, &pattern[sent % period], size, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR) continue;  // Ctrl-Z and fg: signal(7)
        if (n == -1) return sent;
        sent += static_cast<std::size_t>(n);
    }
    shutdown(server, SHUT_WR);
    return sent;
}

// Until the server's FIN. True if all came back, each byte as it was.
static bool read_bulk(int server, std::size_t total) {
    std::array<char, 65536> buffer;
    std::size_t received = 0;
    ssize_t n = 0;
    for (;;) {
        n = read(server, buffer.data(), buffer.size());
        if (n == -1 && errno == EINTR) continue;
        if (n <= 0) break;
        const auto size = static_cast<std::size_t>(n);
        if (std::memcmp(buffer.data(), &pattern[received % period], size) != 0)
            return complain("other bytes came back, after byte", received);
        received += size;
    }
    if (n == -1 && errno == EAGAIN) return complain("stuck at byte", received);
    if (n == -1) {  // no die(): split() has a child to wait for
        std::fprintf(stderr, "%s: read: %s\n", program, std::strerror(errno));
        return false;
    }
    if (received < total)
        return complain("server terminated prematurely, at byte", received);
    return received == total || complain("too many bytes came back:", received);
}

static bool sequential(int server, std::size_t total) {
    const std::size_t sent = write_bulk(server, total);
    if (sent == total) return read_bulk(server, total);
    if (errno != EAGAIN) die("send");
    return complain("deadlock: all buffers are full, at byte", sent);
}

static bool split(int server, std::size_t total) {
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // or it could wait for ever
        _exit(write_bulk(server, total) == total ? 0 : 1);
    }
    const bool all_read = read_bulk(server, total);
    kill(child, SIGKILL);  // if it still waits in its write()
    if (waitpid(child, nullptr, 0) == -1) die("waitpid");
    return all_read;
}

int main(int argc, char* argv[]) {
    const Arguments args(
        argc, argv,
        "[HOST [PORT [MEGABYTES=64 [sequential|split [SECONDS=2]]]]]",
        "Has MEGABYTES echoed: sequential writes all before it reads, which "
        "deadlocks; split does both at once.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::size_t total =
        args.number<std::size_t>(
            3, 64, 1, 1'000'000,
            "not a number of megabytes from 1 to 1000000") *
        1'000'000;
    const std::string_view how = args.text(4, "sequential");
    if (how != "sequential" && how != "split")
        args.wrong("neither sequential nor split", 4);
    const auto limit = args.seconds(5, 2);

    const int server = connect_to(address);
    timeval time{};
    time.tv_sec = static_cast<time_t>(limit.count());
    time.tv_usec =
        static_cast<suseconds_t>((limit.count() - double(time.tv_sec)) * 1e6);
    for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
        if (setsockopt(server, SOL_SOCKET, option, &time, sizeof time) == -1)
            die("setsockopt");

    const auto start = std::chrono::steady_clock::now();
    if (!(how == "split" ? split : sequential)(server, total)) return 1;
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    std::printf("%zu bytes there and back, every one as it was, in %.2f s\n",
                total, took.count());
}
