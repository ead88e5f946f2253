// wrong: when the parent ends, so does its child
// fails: no_orphan
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

static volatile std::sig_atomic_t reaped = 0, child_status = 0;

static void reap(int) {
    const int saved = errno;
    int status = 0;
    if (waitpid(-1, &status, WNOHANG) > 0) {
        child_status = status;
        reaped = 1;
    }
    errno = saved;
}

[[noreturn]] static void send_input(int server) {
    std::array<char, 16384> buffer;
    ssize_t n = 0;
    while ((n = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0)
        if (!write_all(server, buffer.data(), static_cast<std::size_t>(n)))
            _exit(1);
    std::signal(SIGTERM, SIG_IGN);
    shutdown(server, SHUT_WR);
    _exit(0);
}

static bool print_replies(int server) {
    std::array<char, 16384> buffer;
    ssize_t n = 0;
    while ((n = read(server, buffer.data(), buffer.size())) > 0) {
        std::fwrite(buffer.data(), 1, static_cast<std::size_t>(n), stdout);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return false;
    }
    if (n == -1)
        std::fprintf(stderr, "%s: read: %s\n", program, std::strerror(errno));
    return n == 0;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends what you type, prints what comes.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    std::signal(SIGPIPE, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = reap;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");

    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) send_input(server);
    const bool all_read = print_replies(server);
    if (all_read && (reaped == 0 || child_status != 0))
        std::fprintf(stderr, "%s: server terminated prematurely\n", program);
    return all_read && reaped == 1 && child_status == 0 ? 0 : 1;
}
