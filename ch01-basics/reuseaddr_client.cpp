// reuseaddr_client: waits for the server's FIN and closes after it. So the
// server's side goes into TIME_WAIT, and this side's port is free at once.
//
//   terminal 1: ./reuseaddr_server 0
//   terminal 2: ./reuseaddr_client         we received FIN from server.
//   terminal 2: ss -tano sport = :11111    the server's TIME-WAIT
//
// read() returns 0: that is all a program sees of a FIN. TCP/IP calls our end
// CLOSE_WAIT from then until close(). RFC 9293 section 3.6.
#include "basics.hpp"

static void wait_for_fin(int server) {
    std::array<char, 4096> unwanted;
    ssize_t n = 0;
    do n = read(server, unwanted.data(), unwanted.size());
    while (n > 0);
    if (n == -1) die("read");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT=11111]]",
                         "Waits until the server closes first.");
    const int server = connect_to(args.address(1, args.port(2, 11111, 1)));
    wait_for_fin(server);
    std::printf("we received FIN from server.\n");
    close(server);
}
