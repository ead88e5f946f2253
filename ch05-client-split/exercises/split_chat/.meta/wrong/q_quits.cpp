// wrong: q is how one leaves a chat
// fails: at_once bytes
#include <sys/wait.h>

#include <csignal>
#include <iostream>

#include "basics.hpp"

static volatile std::sig_atomic_t half_closed = 0;

static bool print_all(const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n == -1 && errno != EINTR) return false;
        if (n == -1) continue;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

// The child: whatever comes, when it comes, until the server's FIN.
[[noreturn]] static void print_replies(int server) {
    std::array<char, 16384> buffer;
    ssize_t n = 0;
    while ((n = read(server, buffer.data(), buffer.size())) > 0)
        if (!print_all(buffer.data(), static_cast<std::size_t>(n)))
            die("write", "standard output");
    if (n == -1) die("read");
    _exit(0);
}

// SIGCHLD: the child is waited for at once, and takes its parent with it. All
// calls here are async-signal-safe.
static void end_with_child(int) {
    static constexpr std::string_view early =
        "split_chat: server terminated prematurely\n";
    int status = 0;
    if (waitpid(-1, &status, WNOHANG) <= 0) return;
    if (status != 0) _exit(1);  // the child has said why
    if (half_closed == 1) _exit(0);
    if (write(STDERR_FILENO, early.data(), early.size()) == -1) _exit(1);
    _exit(1);
}

static void send_input(int server) {
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "q" || line == "Q") break;
        if (!std::cin.eof()) line += '\n';
        if (!write_all(server, line.data(), line.size())) return;
    }
    half_closed = 1;
    shutdown(server, SHUT_WR);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Sends what you type, prints what comes.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    std::signal(SIGPIPE, SIG_IGN);  // lost output: an error, said by write()
    struct sigaction action {};
    action.sa_handler = end_with_child;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");

    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) print_replies(server);
    send_input(server);
    for (;;) pause();
}
