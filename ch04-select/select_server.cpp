// select_server: one process serves all clients, without a child or a thread.
//
//   terminal 1: ./select_server
//   terminal 2: ./select_client              type a line, leave it running
//   terminal 3: ./select_client              type a line: it is served too
//   terminal 4: ps -L -C select_server       one process, one thread
//
// select() waits for all clients at once and says which of them are ready: no
// other call may wait, and clients.hpp shows what that takes. The limit of this
// one: an fd_set has places for descriptors 0 to 1023, and FD_SET() on a higher
// one overwrites whatever lies behind it. UNP 6.8. poll_server and epoll_server
// differ from this by the model only: diff select_server.cpp poll_server.cpp
#include <sys/select.h>

#include "clients.hpp"

static fd_set reading, writing;  // what we wait for

static int welcome(int listener) {
    const int client = next_client(listener, SOCK_NONBLOCK);
    if (client == -1) return -1;
    if (client >= FD_SETSIZE) {
        refuse(client);
        return -1;
    }
    FD_SET(client, &reading);
    return client;
}

static void leave(int client) {
    unsent(client) = {};
    close(client);
}

static void serve(int listener) {
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(listener, &reading);
    for (int last = listener;;) {
        fd_set readable = reading, writable = writing;  // will be overwritten
        if (select(last + 1, &readable, &writable, nullptr, nullptr) == -1)
            die("select");
        if (FD_ISSET(listener, &readable))
            last = std::max(last, welcome(listener));
        for (int fd = listener + 1; fd <= last; ++fd) {
            if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable)) continue;
            FD_CLR(fd, &reading);
            FD_CLR(fd, &writing);
            if (echo_step(fd))
                FD_SET(fd, unsent(fd).empty() ? &reading : &writing);
            else
                leave(fd);
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send: one process for all "
                         "of them, with select().");
    const int listener = listen_with_spare(args.address(2, args.port(1)),
                                           SOCK_NONBLOCK, FD_SETSIZE);
    serve(listener);
}
