// send_file: sends a file and asks how many bytes came.
// Your task is in README.md.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "FILE [HOST [PORT]]",
                         "Sends FILE and asks how many bytes came.");
    const std::string name(args.text(1));
    const int server = connect_to(args.address(2, args.port(3, 9877, 1)));
    std::printf("%s is not sent yet\n", name.c_str());
    close(server);
}
