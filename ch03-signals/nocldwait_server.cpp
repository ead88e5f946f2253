// nocldwait_server: a child for each client, with no handler and no wait(): a
// process that ignores SIGCHLD has no zombies.
//
//   terminal 1: ./nocldwait_server        its second line: what that costs
//   terminal 2: ./many_clients 5; ps -eo pid,ppid,stat,args | grep nocldwait
//
// To ignore SIGCHLD is not the same as to leave it at its default, which does
// nothing either: when it is set to SIG_IGN, the kernel removes a child as it
// ends, and its exit status with it. wait() then blocks until the last child
// has ended, and fails. The flag SA_NOCLDWAIT does the same where there is a
// handler (on Linux it still runs; POSIX leaves that open). With SIG_IGN, no
// accept() is interrupted. wait(2), Notes; sigaction(2). RFC 862.
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static void ignore_children() {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
}

static void show_what_is_lost() {
    const pid_t child = fork();
    if (child == 0) _exit(3);
    int status = 0;
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else if (waitpid(child, &status, 0) == -1)
        std::printf("child %d exited with 3, but waitpid: %s\n", child,
                    std::strerror(errno));
    else
        std::printf("child %d exited with %d\n", child, WEXITSTATUS(status));
}

static void serve_for_ever(int listener) {
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
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
                         "Echoes, a process for each client; it ignores "
                         "SIGCHLD, so that the kernel removes the children.");
    const sockaddr_in address = args.address(2, args.port(1));

    ignore_children();
    const int listener = listen_on(address);
    show_what_is_lost();
    serve_for_ever(listener);
}
