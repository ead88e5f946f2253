// wrong: write() has an error, or it works
// fails: resets
#include "basics.hpp"

static bool send_all(int client, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t n = write(client, bytes, size);
        if (n == -1 && errno == EINTR) continue;
        if (n == -1) return false;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

static void serve(int client) {
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t n = read(client, buffer.data(), buffer.size());
        if (n == -1 && errno == EINTR) continue;
        if (n <= 0) return;
        const std::span bytes(buffer.data(), static_cast<std::size_t>(n));
        for (char& byte : bytes)
            if (byte >= 'a' && byte <= 'z')
                byte = static_cast<char>(byte - 'a' + 'A');
        send_all(client, bytes.data(), bytes.size());
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Sends back what its clients send, in upper case.");
    sockaddr_in address = args.address(2, args.port(1));
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    const int on = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    if (listen(listener, SOMAXCONN) == -1) die("listen", to_text(address));
    announce(listener);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        serve(client);
        close(client);
    }
}
