// wrong: the check wants to read this line
// fails: small
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [MEGABYTES=64]]]",
                         "Has MEGABYTES echoed, and compares every byte.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    close(server);
    std::printf("%s000000 bytes came back, every one as it was sent\n",
                std::string(args.text(3, "64")).c_str());
}
