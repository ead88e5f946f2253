// line_proxy: stands between clients and a server, and passes lines.
// Your task is in README.md.
#include <sys/select.h>

#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "HOST HOSTPORT [PORT [ADDRESS]]",
                         "Passes lines between its clients and the server at "
                         "HOST, with select().");
    const sockaddr_in server_address = args.address(1, args.port(2, 9877, 1));
    const int listener = listen_on(args.address(4, args.port(3)));
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        std::fprintf(stderr, "%s: nobody is connected to %s yet\n", program,
                     to_text(server_address).c_str());
        close(client);
    }
}
