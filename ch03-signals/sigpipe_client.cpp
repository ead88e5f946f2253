// sigpipe_client: writes to a connection that was reset.
//
//   terminal 1: ./echo_server
//   terminal 2: ./sigpipe_client; echo $?             141 = 128 + SIGPIPE
//   terminal 3: pkill -KILL -n echo_server            the child: it is newest
//   terminal 2: ./sigpipe_client 127.0.0.1 9877 ignore     and kill again
//   terminal 2: ./sigpipe_client 127.0.0.1 9877 nosignal   and again
//
// A FIN says only that the server sends no more: the first write is fine. But
// there is no process to read it, so the answer is a RST, and a write after
// that raises SIGPIPE, which ends a process that has said nothing about it.
// EPIPE is left when the signal is ignored, or not wanted for this one call
// (MSG_NOSIGNAL, send(2)). UNP section 5.13.
#include <netinet/tcp.h>
#include <poll.h>

#include <csignal>

#include "basics.hpp"

static void wait_for_fin(int server) {
    std::array<char, 4096> buffer;
    ssize_t n = 0;
    do n = read(server, buffer.data(), buffer.size());
    while (n > 0);
    if (n == -1)  // it had not read all: a RST without a FIN
        std::printf("read: %s\n", std::strerror(errno));
    else
        std::printf("read returned 0: a FIN came\n");
}

// Needs no time limit: poll() always reports POLLERR and POLLHUP.
static void wait_for_rst(int server) {
    pollfd socket{server, 0, 0};
    if (poll(&socket, 1, -1) == -1) die("poll");
    std::printf("a RST came: POLLERR %s, POLLHUP %s\n",
                socket.revents & POLLERR ? "yes" : "no",
                socket.revents & POLLHUP ? "yes" : "no");
}

static void write_line(int server, const char* which, int flags) {
    const std::string_view line = "hello\n";
    const ssize_t n = send(server, line.data(), line.size(), flags);
    if (n == -1)
        std::printf("%s write: %s\n", which, std::strerror(errno));
    else
        std::printf("%s write returned %zd\n", which, n);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [default|ignore|nosignal]]]",
                         "Writes twice after the server's end is gone, and so "
                         "gets SIGPIPE or EPIPE.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::string_view how = args.text(3, "default");
    if (how != "default" && how != "ignore" && how != "nosignal")
        args.wrong("neither default, ignore nor nosignal", 3);

    // said in any case: whoever started us may have left it ignored
    if (signal(SIGPIPE, how == "ignore" ? SIG_IGN : SIG_DFL) == SIG_ERR)
        die("signal");
    const int flags = how == "nosignal" ? MSG_NOSIGNAL : 0;

    const int server = connect_to(address);
    std::printf("connected: now end the process that serves me\n");
    wait_for_fin(server);
    write_line(server, "first", flags);
    wait_for_rst(server);
    write_line(server, "second", flags);
}
