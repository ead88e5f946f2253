// loop: the reference of the speeds: one client after the other, blocking
// calls, and nothing else.
#include "../../../ch01-basics/basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "A plain loop.");
    const int listener = listen_on(args.address(2, args.port(1)));
    static std::array<char, 65536> buffer;
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) continue;
        for (ssize_t n = 0;
             (n = read(client, buffer.data(), buffer.size())) > 0;)
            if (!write_all(client, buffer.data(), static_cast<std::size_t>(n)))
                break;
        close(client);
    }
}
