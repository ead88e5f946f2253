// wrong: what the client sends must be read at once, or it would be lost
// fails: memory
#include <sys/select.h>

#include <map>

#include "basics.hpp"

static fd_set reading, writing;            // what we wait for
static std::map<int, std::string> unsent;  // the echo that is still to be sent

static void welcome(int listener) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client == -1) return accept_again_or_die();
    if (client < FD_SETSIZE)
        FD_SET(client, &reading);
    else
        close(client);  // an fd_set has no bit for it
}

static std::array<bool, FD_SETSIZE> at_end;  // by descriptor

// Reads and keeps all that comes, and sends what the socket takes.
// False: the client is gone.
static bool echo_step(int client, std::string& bytes, bool& end) {
    std::array<char, 16384> buffer;
    ssize_t n = end ? 0 : recv(client, buffer.data(), buffer.size(), 0);
    if (n == -1 && errno != EAGAIN && errno != EINTR) return false;
    if (n > 0) bytes.append(buffer.data(), static_cast<std::size_t>(n));
    end = n == 0;
    if (bytes.empty()) return !end;
    n = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n == -1) return errno == EAGAIN || errno == EINTR;
    bytes.erase(0, static_cast<std::size_t>(n));
    return true;
}

static void serve(int client) {
    bool& end = at_end[static_cast<std::size_t>(client)];
    FD_CLR(client, &reading);
    FD_CLR(client, &writing);
    if (echo_step(client, unsent[client], end)) {
        if (!end) FD_SET(client, &reading);
        if (!unsent[client].empty() || end) FD_SET(client, &writing);
    } else {
        unsent.erase(client);
        end = false;
        close(client);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, with select().");
    const int listener = listen_on(args.address(2, args.port(1)));
    FD_SET(listener, &reading);
    for (;;) {
        fd_set readable = reading, writable = writing;  // will be overwritten
        if (select(FD_SETSIZE, &readable, &writable, nullptr, nullptr) == -1)
            die("select");
        for (int fd = 0; fd < FD_SETSIZE; ++fd) {
            if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable)) continue;
            if (fd == listener)
                welcome(listener);
            else
                serve(fd);
        }
    }
}
