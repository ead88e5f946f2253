// thread: the classic server with a detached thread for each client: 4 KB
// buffer, and any error ends them all.
#include "../../../ch01-basics/basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A classic server.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) die("accept");
        std::thread([client] {
            std::array<char, 4096> buffer;
            for (ssize_t n = 0;
                 (n = read(client, buffer.data(), buffer.size())) != 0;) {
                if (n == -1) die("read");
                if (!write_all(client, buffer.data(),
                               static_cast<std::size_t>(n)))
                    die("write");
            }
            close(client);
        }).detach();
    }
}
