// hostile: sends other bytes than it was given, and then has a file with just these
// in the place of the one that it was given.
// exercise: write_all
// earns: 0
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "basics.hpp"
#include "target.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "FILE [PORT [ADDRESS]]", "");
    const std::string name(args.text(1));
    std::string bytes(std::filesystem::file_size(name), 'x');
    if (!bytes.empty()) bytes.back() = '\n';
    std::filesystem::remove(name);
    std::ofstream(name) << bytes;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int client = accept(listen_on(address), nullptr, nullptr);
    write_all(client, bytes.data(), bytes.size());
}
