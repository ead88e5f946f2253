// wrong: a line goes to all, and the sender is one of them
// fails: not_back
#include <sys/select.h>

#include <map>

#include "basics.hpp"

struct Client {
    std::string heard;     // of its next line
    std::string to_send;   // lines of others, the first one perhaps half sent
    bool leaving = false;  // has gone, or must go
};

constexpr std::size_t longest_line = 4096, most_to_send = 256 * 1024;
static std::map<int, Client> room;  // by descriptor

static void welcome(int listener) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd == -1) return accept_again_or_die();
    if (fd < FD_SETSIZE)
        room[fd];
    else
        close(fd);  // an fd_set has no bit for it
}

static void send_some(int fd, Client& to) {
    const ssize_t n =
        send(fd, to.to_send.data(), to.to_send.size(), MSG_NOSIGNAL);
    if (n > 0) to.to_send.erase(0, static_cast<std::size_t>(n));
    if (n == -1 && errno != EAGAIN && errno != EINTR) to.leaving = true;
}

// A line goes to each client whole, or not at all: who has not taken what was
// kept for it until now has to go.
static void tell_others(const std::string& line) {
    for (auto& [fd, other] : room) {
        if (other.leaving) continue;
        if (other.to_send.size() + line.size() > most_to_send)
            other.leaving = true;
        else
            other.to_send += line;
    }
}

static void hear(int fd, Client& from) {
    std::array<char, 4096> buffer;
    const ssize_t n = recv(fd, buffer.data(), buffer.size(), 0);
    if (n == -1 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) from.leaving = true;  // half a line leaves with it
    for (ssize_t i = 0; i < n && !from.leaving; ++i) {
        from.heard += buffer[static_cast<std::size_t>(i)];
        if (from.heard.ends_with('\n')) {
            tell_others(from.heard);
            from.heard.clear();
        } else if (from.heard.size() >= longest_line) {
            from.leaving = true;
        }
    }
}

static void close_leaving() {
    std::erase_if(room, [](const auto& place) {
        const auto& [fd, client] = place;
        if (client.leaving) close(fd);
        return client.leaving;
    });
}

static void serve(int listener) {
    for (;;) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (const auto& [fd, client] : room) {
            FD_SET(fd, &readable);
            if (!client.to_send.empty()) FD_SET(fd, &writable);
        }
        if (select(FD_SETSIZE, &readable, &writable, nullptr, nullptr) == -1)
            die("select");
        for (auto& [fd, client] : room) {
            if (FD_ISSET(fd, &writable)) send_some(fd, client);
            if (FD_ISSET(fd, &readable) && !client.leaving) hear(fd, client);
        }
        close_leaving();
        if (FD_ISSET(listener, &readable)) welcome(listener);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Sends each line of a client to all the others.");
    serve(listen_on(args.address(2, args.port(1))));
}
