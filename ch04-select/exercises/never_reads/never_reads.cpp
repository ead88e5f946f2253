// never_reads: an echo server, one process, that one client can stop.
// Your task is in README.md.
#include <sys/select.h>

#include "basics.hpp"

static fd_set reading;  // what we wait for
static int last = 0;    // the highest descriptor

static void welcome(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) return accept_again_or_die();
    FD_SET(client, &reading);
    last = std::max(last, client);
}

static void serve(int client) {
    std::array<char, 16384> buffer;
    const ssize_t n = recv(client, buffer.data(), buffer.size(), 0);
    if (n > 0 && write_all(client, buffer.data(), static_cast<std::size_t>(n)))
        return;
    FD_CLR(client, &reading);
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, with select().");
    const int listener = listen_on(args.address(2, args.port(1)));
    FD_SET(listener, &reading);
    last = listener;
    for (;;) {
        fd_set readable = reading;  // will be overwritten
        if (select(last + 1, &readable, nullptr, nullptr, nullptr) == -1)
            die("select");
        for (int fd = 0; fd <= last; ++fd) {
            if (!FD_ISSET(fd, &readable)) continue;
            if (fd == listener)
                welcome(listener);
            else
                serve(fd);
        }
    }
}
