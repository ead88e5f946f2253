// wrong: send() sends all that it is given
// fails: late
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

// Reads if nothing is left to be sent: so who does not read is not read from,
// one buffer is all that is kept, and at the end of input nothing is left.
// False: the client is gone.
static bool echo_step(int client, std::string& bytes) {
    if (bytes.empty()) {
        std::array<char, 16384> buffer;
        const ssize_t n = recv(client, buffer.data(), buffer.size(), 0);
        if (n <= 0) return n == -1 && (errno == EAGAIN || errno == EINTR);
        bytes.assign(buffer.data(), static_cast<std::size_t>(n));
    }
    const ssize_t n = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    bytes.clear();
    return n != -1 || errno == EAGAIN || errno == EINTR;
}

static void serve(int client) {
    FD_CLR(client, &reading);
    FD_CLR(client, &writing);
    if (echo_step(client, unsent[client])) {
        FD_SET(client, unsent[client].empty() ? &reading : &writing);
    } else {
        unsent.erase(client);
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
