// shift_server: adds 2 to every byte of a string: "012" becomes "234".
//
//   terminal 1: ./shift_server
//   terminal 2: ./shift_client               234567CDEF
//   terminal 2: printf 'IBM' | nc -N 127.0.0.1 5001 | od -c
//
// TCP has no strings, so both sides agree on how one ends: with a NUL, or else
// with the sender's FIN. read() may return any part of one, or a byte at a
// time. An answer without a NUL is not a translation but says what is wrong:
// the string is longer than 4096 bytes, or did not come within SECONDS.
//
// 2 is added modulo 256: 0xFF becomes 0x01, and 0xFE becomes 0x00, a NUL like
// any other. It is sent, and the client takes it for the end of the string.
#include "basics.hpp"

using Clock = std::chrono::steady_clock;
constexpr std::size_t limit = 4096;  // bytes of a string, without its NUL

// read() until the deadline; then -1 and EAGAIN. The time left is set anew each
// time: SO_RCVTIMEO is a limit on one read(), and a client that sends a byte
// now and then would keep an iterative server from the others for good.
static ssize_t read_before(Clock::time_point deadline, int client,
                           std::span<char> piece) {
    using std::chrono::microseconds;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<microseconds>(deadline - Clock::now())
                .count();
        errno = EAGAIN;
        if (left <= 0) return -1;
        const timeval time{left / 1000000, left % 1000000};
        if (setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) ==
            -1)
            die("setsockopt");
        const ssize_t n = read(client, piece.data(), piece.size());
        if (n != -1 || errno != EINTR) return n;
    }
}

// The translation with its NUL, or a message without one.
static std::string answer(int client, Clock::time_point deadline) {
    std::string string;
    for (bool ended = false; !ended;) {
        std::array<char, 1024> piece;
        const ssize_t n = read_before(deadline, client, piece);
        if (n == -1)
            return errno == EAGAIN ? "out of time" : std::strerror(errno);
        const auto end = piece.begin() + n;
        const auto nul = std::find(piece.begin(), end, '\0');
        string.append(piece.begin(), nul);
        if (string.size() > limit)
            return "string longer than " + std::to_string(limit) + " bytes";
        ended = n == 0 || nul != end;
    }
    for (char& byte : string) byte = static_cast<char>(byte + 2);
    return string + '\0';
}

// Closes with nothing unread: else close() would send a RST, which may cost
// the client the answer while the rest of a long string is still coming.
static void close_gently(int client, Clock::time_point deadline) {
    shutdown(client, SHUT_WR);
    std::array<char, 16384> rest;
    while (read_before(deadline, client, rest) > 0) continue;
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT=5001 [ADDRESS [SECONDS=10]]]",
                         "Adds 2 to each byte of a client's string, one client "
                         "after the other; each has SECONDS.");
    const sockaddr_in address = args.address(2, args.port(1, 5001));
    const auto seconds = args.seconds(3, 10);
    const int listener = listen_on(address);
    for (;;) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const int client = accept(listener, generic(peer), &size);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        const auto deadline =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(seconds);
        std::string text = answer(client, deadline);
        if (!text.ends_with('\0')) {
            std::fprintf(stderr, "%s: %s (%s)\n", program, text.c_str(),
                         to_text(peer).c_str());
            text += '\n';
        }
        write_all(client, text.data(), text.size());
        close_gently(client, deadline);
    }
}
