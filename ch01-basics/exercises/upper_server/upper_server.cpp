// upper_server: sends back what its clients send, in upper case.
// Your task is in README.md.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Sends back what its clients send, in upper case.");
    sockaddr_in address = args.address(2, args.port(1));
    std::printf("nobody listens on %s yet\n", to_text(address).c_str());
}
