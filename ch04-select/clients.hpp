// clients.hpp: what the servers of this chapter share, so that each file shows
// its model and nothing else: how a client is taken or refused, and one step
// of the echo that never waits.
#pragma once
#include <fcntl.h>

#include <limits>
#include <vector>

#include "basics.hpp"

// Descriptor 0, for which a server has no use, becomes the spare one (below).
// SOCK_NONBLOCK in flags: for a loop that waits in select() and nowhere else;
// accept() then never waits, whatever has become of the client (UNP 16.6).
// places: the listener's number has to be less, or nobody shall be told that
// there is a server.
inline int listen_with_spare(sockaddr_in address, int flags,
                             int places = std::numeric_limits<int>::max()) {
    close(STDIN_FILENO);
    if (open("/dev/null", O_RDONLY) != STDIN_FILENO) die("open", "/dev/null");
    const int next = dup(STDIN_FILENO);  // the number that is next
    close(next);
    if (next >= places) {
        std::fprintf(stderr, "%s: descriptor %d: an fd_set has no bit for it\n",
                     program, next);
        std::exit(1);
    }
    const int listener = listen_on(address);
    if (flags == SOCK_NONBLOCK && fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl");
    return listener;
}

inline void refuse(int client) {
    constexpr std::string_view reason = "too many clients\n";
    write_all(client, reason.data(), reason.size());
    close(client);
}

// The next client, with these flags (accept4(2)), or -1: there is none now.
// When the descriptor table is full (EMFILE) a client stays in the queue and
// the listener stays readable: a loop that goes on to select() would spin. So
// the spare descriptor is given up for as long as it takes to refuse that
// client.
inline int next_client(int listener, int flags) {
    const int client = accept4(listener, nullptr, nullptr, flags);
    if (client != -1) return client;
    if (errno != EMFILE) {
        accept_again_or_die();
        return -1;
    }
    close(STDIN_FILENO);
    const int surplus = accept(listener, nullptr, nullptr);
    if (surplus == -1) accept_again_or_die();
    if (surplus != -1) refuse(surplus);
    // Number 0 again, so that no client gets it. A copy is no new open file, as
    // open() makes one, for which the whole system may have no room (ENFILE).
    if (dup2(listener, STDIN_FILENO) == -1) die("dup2");
    return -1;
}

// The bytes of a client's echo for which its socket had no room. By descriptor:
// the kernel gives the lowest free number, so they stay small.
inline std::string& unsent(int client) {
    static std::vector<std::string> all;
    const auto place = static_cast<std::size_t>(client);
    if (place >= all.size()) all.resize(place + 1);
    return all[place];
}

// One step of the echo. A client is read from if all of its echo is sent, and
// written to otherwise: so no more is held for it than one buffer, one that
// does not read is not read from either, and when recv() returns 0 (its FIN),
// nothing is left to send. False: the client is gone.
inline bool echo_step(int client) {
    std::array<char, 65536> buffer;
    std::string_view bytes = unsent(client);
    if (bytes.empty()) {
        const ssize_t n = recv(client, buffer.data(), buffer.size(), 0);
        if (n <= 0) return n == -1 && (errno == EAGAIN || errno == EINTR);
        bytes = {buffer.data(), static_cast<std::size_t>(n)};
    }
    const ssize_t n = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n == -1 && errno != EAGAIN && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    unsent(client) = std::string(bytes);
    return true;
}
