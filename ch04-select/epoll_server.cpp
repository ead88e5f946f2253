// epoll_server: one process serves all clients, as select_server and
// poll_server do, at a cost that depends on how many have something to say.
//
//   terminal 1: ulimit -n 4096; ./epoll_server
//   terminal 2: as for poll_server: 2,000 clients that are silent
//   terminal 3: strace -c -p $(pgrep epoll_server)    and then ./select_client
//               (sudo strace ... where that is refused)
//
// select() and poll() are told every time what to wait for, and look at every
// descriptor. epoll_wait() is told of changes only (epoll_ctl) and returns what
// is ready and nothing else: the silent ones cost nothing. Linux has it and
// POSIX has not: epoll(7).
//   diff poll_server.cpp epoll_server.cpp
#include <sys/epoll.h>

#include <utility>

#include "clients.hpp"

static int epoll = -1;  // what we wait for

static void watch(int fd, int operation, std::uint32_t events) {
    epoll_event event{events, {}};  // all 64 bits: strace shows them
    event.data.fd = fd;
    if (epoll_ctl(epoll, operation, fd, &event) == -1) die("epoll_ctl");
}

static void welcome(int listener) {
    const int client = next_client(listener, SOCK_NONBLOCK);
    if (client != -1) watch(client, EPOLL_CTL_ADD, EPOLLIN);
}

static void leave(int client) {
    unsent(client) = {};
    close(client);  // which takes it out of the epoll set
}

static void serve(int listener) {
    std::array<epoll_event, 256> ready;
    watch(listener, EPOLL_CTL_ADD, EPOLLIN);
    for (;;) {
        const int n = epoll_wait(epoll, ready.data(), ready.size(), -1);
        if (n == -1 && errno != EINTR) die("epoll_wait");  // SIGCONT: EINTR
        for (std::size_t i = 0; std::cmp_less(i, n); ++i) {
            const int fd = ready[i].data.fd;
            if (fd == listener) {
                welcome(listener);
                continue;
            }
            const bool was_full = !unsent(fd).empty();
            if (!echo_step(fd))
                leave(fd);
            else if (unsent(fd).empty() == was_full)
                watch(fd, EPOLL_CTL_MOD, was_full ? EPOLLIN : EPOLLOUT);
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send: one process for all "
                         "of them, with epoll.");
    const int listener =
        listen_with_spare(args.address(2, args.port(1)), SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1) die("epoll_create1");
    serve(listener);
}
