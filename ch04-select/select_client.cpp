// select_client: waits for its input and for the server, both at once.
//
//   terminal 1: ./select_server
//   terminal 2: ./select_client              type a line, leave it running
//   terminal 1: Ctrl-C            terminal 2 ends at once; chapter 1's
//                                 echo_client would when the next line is typed
//   terminal 2: seq 1000000 | ./select_client | cmp - <(seq 1000000)
//
// Two traps of this client (UNP 6.7). The end of the input is not the end of
// the echo: there shutdown() sends the FIN and the reading goes on. And a
// client that sends without reading waits for ever, when both directions are
// full, for a server that waits for it: so send() does not wait, and the input
// is read only when all of it is sent. RFC 862.
#include <sys/select.h>

#include "basics.hpp"

static bool typing = true;         // the input is not at its end
static std::string unsent;         // of the last piece of it
static std::size_t under_way = 0;  // bytes that are sent and not back

static void read_input(int server) {
    std::array<char, 65536> piece;
    const ssize_t n = read(STDIN_FILENO, piece.data(), piece.size());
    if (n == -1) die("read", "standard input");
    unsent.assign(piece.data(), static_cast<std::size_t>(n));
    if (n > 0) return;
    typing = false;
    if (shutdown(server, SHUT_WR) == -1) die("shutdown");
}

static void send_some(int server) {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const ssize_t n = send(server, unsent.data(), unsent.size(), flags);
    if (n == -1 && errno == EAGAIN) return;
    if (n == -1) die("send");
    unsent.erase(0, static_cast<std::size_t>(n));
    under_way += static_cast<std::size_t>(n);
}

// False: the server has closed, and nothing is missing.
static bool print_answer(int server) {
    std::array<char, 65536> piece;
    const ssize_t n = read(server, piece.data(), piece.size());
    if (n == -1) die("read");
    const auto size = static_cast<std::size_t>(n);
    if (std::fwrite(piece.data(), 1, size, stdout) != size ||
        std::fflush(stdout) == EOF)
        std::exit(1);  // basics.hpp says why
    under_way -= std::min(under_way, size);
    if (n > 0) return true;
    if (!typing && under_way == 0) return false;
    std::fprintf(stderr, "%s: server terminated prematurely\n", program);
    std::exit(1);
}

static void copy(int server) {
    for (bool connected = true; connected;) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(server, &readable);
        if (!unsent.empty())
            FD_SET(server, &writable);
        else if (typing)
            FD_SET(STDIN_FILENO, &readable);
        if (select(server + 1, &readable, &writable, nullptr, nullptr) == -1)
            die("select");
        if (FD_ISSET(server, &readable)) connected = print_answer(server);
        if (FD_ISSET(STDIN_FILENO, &readable)) read_input(server);
        if (connected && !unsent.empty()) send_some(server);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends each line of input and prints what comes "
                         "back, whichever is there first.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    if (server >= FD_SETSIZE) {
        std::fprintf(stderr, "%s: descriptor %d: an fd_set has no bit for it\n",
                     program, server);
        return 1;
    }
    const int on = 1;  // or, idle, it never learns that the host has crashed
    if (setsockopt(server, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == -1)
        die("setsockopt");
    copy(server);
    close(server);
}
