// reuseaddr_server: whoever closes first keeps TIME_WAIT, and a server that
// does cannot bind its port again for a minute, unless it has set SO_REUSEADDR.
//
//   terminal 1: ./reuseaddr_server 0       without SO_REUSEADDR
//   terminal 2: ./reuseaddr_client         we received FIN from server.
//   terminal 2: ss -tano sport = :11111    TIME-WAIT and its timer
//   terminal 1: Ctrl-C; ./reuseaddr_server 0       bind: Address already in use
//   and after a minute the same with 1             works
//
// On Linux both must have set it, the socket now in TIME_WAIT and the one that
// is bound: 0 first and then 1 fails too. Nor does it let two servers listen
// on one port at once: that is SO_REUSEPORT. socket(7), RFC 9293 section 3.3.2.
#include <sys/wait.h>

#include "basics.hpp"

static int listen_with(int reuse, sockaddr_in address) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) ==
        -1)
        die("setsockopt");
    if (bind(listener, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    if (listen(listener, SOMAXCONN) == -1) die("listen", to_text(address));
    announce(listener);
    return listener;
}

// A child per client, as in chapter 2. The FIN goes out with the last close():
// the parent's descriptor stands for the same connection as the child's.
static void serve(int listener, int client) {
    const pid_t child = fork();
    if (child == 0) {
        close(listener);
        std::printf("child %d: closing first\n", getpid());
        close(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    close(client);
    if (child != -1 && waitpid(child, nullptr, 0) == -1) die("waitpid");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "0|1 [PORT=11111 [ADDRESS]]",
                         "Closes each connection first; with 1, SO_REUSEADDR "
                         "is set.");
    if (args.text(1) != "0" && args.text(1) != "1") args.wrong("not 0 or 1", 1);
    const int reuse = args.text(1) == "1" ? 1 : 0;
    const sockaddr_in address = args.address(3, args.port(2, 11111));

    const int listener = listen_with(reuse, address);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1)
            accept_again_or_die();
        else
            serve(listener, client);
    }
}
