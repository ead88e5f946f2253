// echo_server: a child for each client, and no child ever stays a zombie.
//
//   terminal 1: ./echo_server
//   terminal 2: ./many_clients 5; ps -eo pid,ppid,stat,args | grep echo_server
//   terminal 2: diff single_wait_server.cpp echo_server.cpp
//
// The last server of UNP section 5.10. Its three rules: catch SIGCHLD when you
// fork; expect EINTR from slow calls when you catch signals; wait in a loop
// in the handler, since one SIGCHLD may stand for many children. RFC 862.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void reap(int) {
    const int saved = errno;  // waitpid() ends the loop with an error: ECHILD
    while (waitpid(-1, nullptr, WNOHANG) > 0) {}
    errno = saved;
}

static void serve_for_ever(int listener) {
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {  // EINTR, most often: a child has ended
            accept_again_or_die();
            continue;
        }
        const pid_t child = fork();
        if (child == 0) {
            close(listener);
            echo(client);
            _exit(0);
        }
        if (child == -1)  // too many processes: this client has to go
            std::fprintf(stderr, "%s: fork: %s\n", program,
                         std::strerror(errno));
        close(client);
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes, a process for each client; its SIGCHLD "
                         "handler waits for all that have ended.");
    const sockaddr_in address = args.address(2, args.port(1));

    struct sigaction action {};
    action.sa_handler = reap;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0;  // SA_RESTART would restart accept() by itself
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    serve_for_ever(listen_on(address));
}
