// echo_server: a concurrent server, a child per client, that asks after its
// children whenever a client comes.
//
//   terminal 1: ./echo_server
//   terminal 2: nc 127.0.0.1 9877      type a line, leave it running
//   terminal 3: nc 127.0.0.1 9877      type a line: both are served
//   terminal 4: ps -C echo_server -o pid,ppid,stat,args
//
// End both clients with Ctrl-C: their children are <defunct>. Start another:
// both are gone. That is the limit of this cure: the server sits in accept()
// when a child ends, and the last ones stay zombies until the next client
// comes. Chapter 3 has the better one, SIGCHLD. waitpid(2); UNP, section 5.10.
#include <sys/wait.h>

#include "basics.hpp"

// As many as have ended by now. 0: the others run; -1: there are no others.
static void reap() {
    for (pid_t child = 0; (child = waitpid(-1, nullptr, WNOHANG)) > 0;)
        std::printf("child %d has ended\n", child);
}

static void serve_next(int listener) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int client = accept(listener, generic(peer), &size);
    if (client == -1) return accept_again_or_die();

    reap();  // before fork(), which may need the places that they free
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
    const Arguments args(
        argc, argv, "[PORT [ADDRESS]]",
        "Echoes what its clients send, a child for each, and "
        "waits for ended children when the next client comes.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) serve_next(listener);
}
