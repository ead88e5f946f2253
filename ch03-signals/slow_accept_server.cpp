// slow_accept_server: is slow on purpose: a client waits in the queue until the
// server calls accept(), and may well be gone by then.
//
//   terminal 1: ./slow_accept_server
//   terminal 2: ./abort_client             then look at terminal 1
//   terminal 2: ss -tan sport = :9877      the connection is gone, yet the
//                                          queue (Recv-Q of LISTEN) holds it
//
// After a reset, BSD takes the connection out of the queue; on other systems
// accept() fails, with EPROTO (SVR4) or ECONNABORTED (POSIX), says UNP section
// 5.11. On Linux accept() succeeds and names the peer; read() returns the bytes
// that came before the RST, then ECONNRESET, then 0. A server that takes errors
// of read() for the end of one client, no more, is right on all of them.
// BACKLOG is listen()'s: when the queue is full, see timeout_client.
#include <poll.h>

#include <csignal>

#include "basics.hpp"

static void say(const std::string& peer, const char* call, long result) {
    if (result == -1)
        std::printf("%s: %s: %s\n", peer.c_str(), call, std::strerror(errno));
    else
        std::printf("%s: %s returned %ld\n", peer.c_str(), call, result);
}

// In the child, which gets the connection. A client that is still there is
// served; of one that is not, what each call says.
static void serve(int client, const std::string& peer) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int connected = getpeername(client, generic(address), &size);
    say(peer, "getpeername", connected);
    if (connected == 0) return echo(client);

    std::array<char, 4096> buffer;
    bool more = true;
    while (more) {
        const ssize_t n = read(client, buffer.data(), buffer.size());
        more = n > 0 || (n == -1 && errno == ECONNRESET);
        say(peer, "read", n);
    }
    say(peer, "write", send(client, "x", 1, MSG_NOSIGNAL));
}

static void accept_late(int listener, std::chrono::duration<double> nap) {
    pollfd queue{listener, POLLIN, 0};
    if (poll(&queue, 1, -1) == -1) die("poll");
    std::printf("a client is in the queue\n");
    std::this_thread::sleep_for(nap);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    const int client = accept(listener, generic(address), &size);
    if (client == -1) {
        const int error = errno;
        std::printf("accept: %s\n", std::strerror(error));
        errno = error;  // printf() may have changed it
        return accept_again_or_die();
    }
    const std::string peer = to_text(address);
    say(peer, "accept", client);
    const pid_t child = fork();
    if (child == 0) {
        close(listener);
        serve(client, peer);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv,
                         "[PORT [ADDRESS [SECONDS=5 [BACKLOG=4096]]]]",
                         "An echo server that leaves each client in the queue "
                         "for SECONDS before it accepts it.");
    const sockaddr_in address = args.address(2, args.port(1));
    const auto nap = args.seconds(3, 5);
    const int backlog = args.number(4, SOMAXCONN, 0, 1'000'000,
                                    "not a backlog from 0 to 1000000");

    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) die("signal");  // no zombies
    const int listener = listen_on(address);
    if (listen(listener, backlog) == -1)
        die("listen");  // a second time: changes it
    for (;;) accept_late(listener, nap);
}
