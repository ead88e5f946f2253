// select: the classic server with an array of FD_SETSIZE clients and blocking
// writes. Its known faults: a client that never reads stops all others, and a
// reset ends it. More clients than an fd_set holds: it says so and ends (the
// models it is after overwrite memory or hang).
#include <sys/select.h>

#include "../../../ch01-basics/basics.hpp"

static std::array<int, FD_SETSIZE> clients;
static fd_set all, ready;

static void welcome(int client, int& highest, std::size_t& used) {
    if (client == -1) die("accept");
    const auto free = std::ranges::find(clients, -1);
    if (free == clients.end() || client >= FD_SETSIZE) {
        std::fprintf(stderr, "too many clients\n");
        std::exit(1);
    }
    *free = client;
    used = std::max(used, static_cast<std::size_t>(free - clients.begin()) + 1);
    FD_SET(client, &all);
    highest = std::max(highest, client);
}

static void serve(int& client) {
    static std::array<char, 4096> buffer;
    const ssize_t n = read(client, buffer.data(), buffer.size());
    if (n == -1) die("read");
    if (n > 0) {
        if (!write_all(client, buffer.data(), static_cast<std::size_t>(n)))
            die("write");
        return;
    }
    close(client);
    FD_CLR(client, &all);
    client = -1;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A classic server.");
    const int listener = listen_on(args.address(2, args.port(1)));
    clients.fill(-1);
    FD_SET(listener, &all);
    int highest = listener;
    std::size_t used = 0;  // places in clients
    for (;;) {
        ready = all;
        int left = select(highest + 1, &ready, nullptr, nullptr, nullptr);
        if (left == -1) die("select");
        if (FD_ISSET(listener, &ready)) {
            welcome(accept(listener, nullptr, nullptr), highest, used);
            if (--left == 0) continue;
        }
        for (std::size_t i = 0; i < used && left > 0; ++i) {
            if (clients[i] == -1 || !FD_ISSET(clients[i], &ready)) continue;
            serve(clients[i]);
            --left;
        }
    }
}
