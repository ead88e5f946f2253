// bulk: has MEGABYTES echoed, and compares every byte.
// Your task is in README.md. As it stands, it compares nothing, and with many
// megabytes it hangs.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [MEGABYTES=64]]]",
                         "Has MEGABYTES echoed, and compares every byte.");
    const sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::size_t total =
        args.number<std::size_t>(3, 64, 1, 1'000'000) * 1'000'000;
    const int server = connect_to(address);

    const std::string bytes(total, 'x');
    if (!write_all(server, bytes.data(), bytes.size())) die("send");
    shutdown(server, SHUT_WR);
    std::array<char, 65536> buffer;
    std::size_t received = 0;
    ssize_t n = 0;
    while ((n = read(server, buffer.data(), buffer.size())) > 0)
        received += static_cast<std::size_t>(n);
    if (n == -1) die("read");
    std::printf("%zu bytes came back, and nobody has looked at them\n",
                received);
}
