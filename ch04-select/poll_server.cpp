// poll_server: one process serves all clients, as select_server does, and not
// only those whose descriptors are below FD_SETSIZE.
//
//   terminal 1: ulimit -n 4096; ./poll_server
//   terminal 2: ulimit -n 4096; for n in {1..2000}; do
//                 exec {fd}<>/dev/tcp/127.0.0.1/9877; done     (in bash)
//   terminal 3: ./select_client                                it is served
//
// poll() takes an array, of any length up to `ulimit -n`, instead of sets of
// bits, and answers in a field of its own (revents), so that nothing needs to
// be copied. Here a client's place in the array is its descriptor; poll()
// passes over a place whose fd is negative. UNP 6.11.
//   diff select_server.cpp poll_server.cpp
#include <poll.h>

#include <vector>

#include "clients.hpp"

static std::vector<pollfd> watched;  // what we wait for

static pollfd& place(int fd) { return watched[static_cast<std::size_t>(fd)]; }

static void watch(int fd) {
    const std::size_t needed = static_cast<std::size_t>(fd) + 1;
    if (watched.size() < needed) watched.resize(needed, {-1, 0, 0});
    place(fd) = {fd, POLLIN, 0};
}

static void welcome(int listener) {
    const int client = next_client(listener, SOCK_NONBLOCK);
    if (client != -1) watch(client);
}

static void leave(int client) {
    unsent(client) = {};
    place(client).fd = -1;
    close(client);
}

static void serve(int listener) {
    watch(listener);
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) == -1) die("poll");
        if (place(listener).revents != 0) welcome(listener);
        for (auto& [fd, events, revents] : watched) {
            if (revents == 0 || fd == listener) continue;
            if (echo_step(fd))
                events = unsent(fd).empty() ? POLLIN : POLLOUT;
            else
                leave(fd);
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send: one process for all "
                         "of them, with poll().");
    serve(listen_with_spare(args.address(2, args.port(1)), SOCK_NONBLOCK));
}
