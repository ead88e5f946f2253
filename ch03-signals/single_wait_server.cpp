// single_wait_server: has a fault on purpose: children stay zombies, for its
// SIGCHLD handler waits for one child only.
//
//   terminal 1: ./single_wait_server
//   terminal 2: ./many_clients 5; ps -eo pid,ppid,stat,args | grep defunct
//
// Five clients end together, so five children do. The first SIGCHLD is handled;
// those that come meanwhile are noted once, as one (signal(7)). Up to four
// zombies are left, differing from run to run, until later ones take their turn
// or the server ends. echo_server has the cure. Also, a handler should not
// wait() at all: a SIGCHLD that says that a child was stopped would hold up the
// server until some child ends.
// UNP figure 5.7.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void reap(int) {
    const int saved = errno;
    wait(nullptr);  // and the other children that have ended?
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
                         "handler waits for one child only.");
    const sockaddr_in address = args.address(2, args.port(1));

    struct sigaction action {};
    action.sa_handler = reap;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0;  // SA_RESTART would restart accept() by itself
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    serve_for_ever(listen_on(address));
}
