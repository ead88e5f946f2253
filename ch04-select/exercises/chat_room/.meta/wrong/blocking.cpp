// wrong: the sockets may block: a line is short, and is always taken
// fails: slow
#include <sys/select.h>

#include <map>

#include "basics.hpp"

struct Client {
    std::string heard;     // of its next line
    bool leaving = false;  // has gone, or must go
};

constexpr std::size_t longest_line = 4096;
static std::map<int, Client> room;  // by descriptor

static void welcome(int listener) {
    const int fd = accept(listener, nullptr, nullptr);
    if (fd == -1) return accept_again_or_die();
    if (fd < FD_SETSIZE)
        room[fd];
    else
        close(fd);  // an fd_set has no bit for it
}

static void tell_others(int from, const std::string& line) {
    for (auto& [fd, other] : room) {
        if (fd == from || other.leaving) continue;
        if (!write_all(fd, line.data(), line.size())) other.leaving = true;
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
            tell_others(fd, from.heard);
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
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(listener, &readable);
        for (const auto& [fd, client] : room) { FD_SET(fd, &readable); }
        if (select(FD_SETSIZE, &readable, nullptr, nullptr, nullptr) == -1)
            die("select");
        for (auto& [fd, client] : room) {
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
