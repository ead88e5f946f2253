// zombie_echo_server: a concurrent server, a child per client, with a fault
// on purpose: it never waits, so each client that leaves leaves a zombie.
//
//   terminal 1: ./zombie_echo_server
//   terminal 2: nc 127.0.0.1 9877      type a line, leave it running
//   terminal 3: nc 127.0.0.1 9877      type a line: both are served
//   terminal 4: ps -C zombie_echo_server -o pid,ppid,stat,args
//
// End the clients with Ctrl-C, and see their children turn <defunct>. Each
// keeps its place in the process table until the server ends; when the table
// is full, fork() fails with EAGAIN. UNP, figure 5.2; echo_server has a cure.
#include "basics.hpp"

static void serve_next(int listener) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int client = accept(listener, generic(peer), &size);
    if (client == -1) return accept_again_or_die();

    const pid_t child = fork();
    if (child == 0) {
        close(listener);  // or it would keep the port when the parent has gone
        echo(client);
        _exit(0);
    }
    if (child == -1)  // this client's bad luck, no reason to end
        std::fprintf(stderr, "%s: fork: %s (%s)\n", program,
                     std::strerror(errno), to_text(peer).c_str());
    else
        std::printf("child %d serves %s\n", child, to_text(peer).c_str());
    close(client);  // or the client would never see the end: shared_descriptors
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send, a child for each, and "
                         "leaves the children zombies.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
