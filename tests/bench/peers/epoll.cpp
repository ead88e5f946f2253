// epoll: the careful reference: one bounded buffer for each client that has
// something unsent, no reading from a client whose echo is not yet sent, its
// end acted on only then, and a spare descriptor with which to refuse clients
// when the table of files is full.
#include <fcntl.h>
#include <sys/epoll.h>

#include <map>

#include "../../../ch01-basics/basics.hpp"

static int poller = -1, spare = -1;
static std::map<int, std::string> unsent;

static void watch(int operation, int fd, unsigned what) {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    if (epoll_ctl(poller, operation, fd, &event) == -1) die("epoll_ctl");
}

static void welcome(int listener) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client != -1) return watch(EPOLL_CTL_ADD, client, EPOLLIN);
    if (errno != EMFILE) return;
    close(spare);
    close(accept(listener, nullptr, nullptr));
    spare = open("/dev/null", O_RDONLY);
}

static void leave(int client) {
    unsent.erase(client);
    close(client);
}

static void serve(int client, unsigned events) {
    static std::array<char, 65536> buffer;
    if ((events & EPOLLOUT) != 0) {
        std::string& rest = unsent[client];
        const ssize_t n = send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (n == -1 && errno != EAGAIN) return leave(client);
        if (n > 0) rest.erase(0, static_cast<std::size_t>(n));
        if (!rest.empty()) return;
        unsent.erase(client);
        return watch(EPOLL_CTL_MOD, client, EPOLLIN);
    }
    const ssize_t n = read(client, buffer.data(), buffer.size());
    if (n == -1 && errno == EAGAIN) return;
    if (n <= 0) return leave(client);
    ssize_t sent =
        send(client, buffer.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL);
    if (sent == n) return;
    if (sent == -1 && errno != EAGAIN) return leave(client);
    sent = std::max<ssize_t>(sent, 0);
    unsent[client].assign(buffer.data() + sent, buffer.data() + n);
    watch(EPOLL_CTL_MOD, client, EPOLLOUT);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A careful server.");
    spare = open("/dev/null", O_RDONLY);
    const int listener = listen_on(args.address(2, args.port(1)));
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1) die("fcntl");
    poller = epoll_create1(0);
    if (poller == -1) die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    std::array<epoll_event, 256> events;
    for (;;) {
        const int n = epoll_wait(poller, events.data(), 256, -1);
        for (const epoll_event& event :
             std::span(events).first(static_cast<std::size_t>(std::max(n, 0))))
            if (event.data.fd == listener)
                welcome(listener);
            else
                serve(event.data.fd, event.events);
    }
}
