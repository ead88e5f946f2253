// echo_server: an iterative server: one client is served, all others wait.
// That is its fault on purpose: a client that says nothing holds up the rest.
//
//   terminal 1: ./echo_server
//   terminal 2: ./echo_client          type a line, leave it running
//   terminal 3: ./echo_client          type a line: no answer...
//   terminal 4: ss -tn sport = :9877   ...though both are ESTAB: the kernel
//                                      has done the handshake, nobody accepted
//
// End the first client with Ctrl-D and the second is served. RFC 862.
#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, one client at a time.");
    sockaddr_in address = args.address(2, args.port(1));

    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    const int on = 1;  // bind() works while old connections are in TIME_WAIT
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    if (listen(listener, SOMAXCONN) == -1) die("listen", to_text(address));
    announce(listener);

    for (;;) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        const int client = accept(listener, generic(peer), &size);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        std::printf("serving %s\n", to_text(peer).c_str());
        echo(client);  // the next accept() has to wait for this
        close(client);
        std::printf("done with %s\n", to_text(peer).c_str());
    }
}
