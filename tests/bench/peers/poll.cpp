// poll: the classic server with an array of pollfd and blocking writes. Its
// known fault: a client that never reads stops all others.
#include <poll.h>

#include "../../../ch01-basics/basics.hpp"

static std::array<pollfd, 20000> clients;  // the first is the listener

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A classic server.");
    clients.fill({-1, POLLIN, 0});
    clients[0].fd = listen_on(args.address(2, args.port(1)));
    static std::array<char, 4096> buffer;
    for (std::size_t used = 1;;) {
        int left = poll(clients.data(), used, -1);
        if (left == -1) die("poll");
        if (clients[0].revents != 0) {
            const int client = accept(clients[0].fd, nullptr, nullptr);
            if (client == -1) die("accept");
            const auto free =
                std::ranges::find(clients, -1, [](pollfd p) { return p.fd; });
            if (free == clients.end()) die("too many clients");
            free->fd = client;
            used = std::max(
                used, static_cast<std::size_t>(free - clients.begin()) + 1);
            if (--left == 0) continue;
        }
        for (std::size_t i = 1; i < used && left > 0; ++i) {
            pollfd& client = clients[i];
            if (client.fd == -1 || client.revents == 0) continue;
            --left;
            const ssize_t n = read(client.fd, buffer.data(), buffer.size());
            if (n > 0 && write_all(client.fd, buffer.data(),
                                   static_cast<std::size_t>(n)))
                continue;
            close(client.fd);
            client.fd = -1;
        }
    }
}
