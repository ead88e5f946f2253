// wrong: a call that returns -1 has failed
// fails: next
#include <sys/wait.h>

#include <csignal>

#include "basics.hpp"

// No printf() here: main may be in the middle of one (signal-safety(7)).
static void say_ended(pid_t child) {
    static constexpr std::string_view before = "child ", after = " ended\n";
    std::array<char, 64> line{};
    char* end = std::ranges::copy(before, line.data()).out;
    end = std::to_chars(end, line.data() + line.size(), child).ptr;
    end = std::ranges::copy(after, end).out;
    const auto size = static_cast<std::size_t>(end - line.data());
    if (write(STDOUT_FILENO, line.data(), size) == -1) _exit(1);
}

// One SIGCHLD may stand for several children, or for one that the call before
// this one has waited for already.
static void reap(int) {
    const int saved = errno;
    for (pid_t child = 0; (child = waitpid(-1, nullptr, WNOHANG)) > 0;)
        say_ended(child);
    errno = saved;
}

static void serve_next(int listener) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) die("accept");
    const pid_t child = fork();
    if (child == 0) {
        close(listener);
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else
        std::printf("child %d began\n", child);
    close(client);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes, a child for each client, and says when each "
                         "began and ended.");
    const sockaddr_in address = args.address(2, args.port(1));

    struct sigaction action {};
    action.sa_handler = reap;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0;
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    const int listener = listen_on(address);
    for (;;) serve_next(listener);
}
