// split_client: two processes, one connection: the parent reads from the
// server and prints, the child reads standard input and writes to the server.
// Neither waits for the other, so many lines can be under way.
//
//   terminal 1: ./slow_echo_server
//   terminal 2: ./split_client       type lines faster than they come back;
//                                    q, Q or Ctrl-D: ends when all are back
//   terminal 3: ps -C split_client -o pid,ppid,stat,wchan:20,args
//
// Kill the server's child, and the client says so at once: nobody need type a
// line first. After Yoon, TCP/IP socket programming, chapter 10; UNP 16.2.
#include <sys/mman.h>
#include <sys/prctl.h>  // Linux only
#include <sys/wait.h>

#include <csignal>
#include <iostream>

#include "basics.hpp"

static int server = -1;
static std::size_t received = 0;  // bytes, by the parent
// By the child, in memory they share; read after waitpid() only: so no lock.
static std::size_t* sent = nullptr;
constexpr int cannot_read_input = 1;  // child's exit status, and it has said so
constexpr int cannot_send = 2;

// The child. Its close() would send no FIN, as the parent has the socket open
// too: shutdown() sends it, whoever else holds a descriptor.
[[noreturn]] static void send_lines() {
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "q" || line == "Q") break;
        if (!std::cin.eof()) line += '\n';  // getline() took it off
        *sent += line.size();
        if (!write_all(server, line.data(), line.size())) _exit(cannot_send);
    }
    if (std::ferror(stdin) != 0) {
        std::fprintf(stderr, "%s: read: %s (standard input)\n", program,
                     std::strerror(errno));
        _exit(cannot_read_input);
    }
    std::signal(SIGTERM, SIG_IGN);  // from here on our end is the regular one
    shutdown(server, SHUT_WR);
    _exit(0);
}

// The parent. A read() may return half a line, or many. True at the FIN.
static bool print_replies() {
    const std::string start = "Message from server: ";
    std::string line = start;
    std::array<char, 16384> buffer;
    ssize_t n = 0;
    while ((n = read(server, buffer.data(), buffer.size())) > 0) {
        received += static_cast<std::size_t>(n);
        for (const char c : std::span(buffer.data(), buffer.data() + n)) {
            line.push_back(c);
            if (c != '\n') continue;
            std::fwrite(line.data(), 1, line.size(), stdout);
            line = start;
        }
        if (std::ferror(stdout) != 0) return false;
    }
    if (n == -1)
        std::fprintf(stderr, "%s: read: %s\n", program, std::strerror(errno));
    if (line != start) std::fwrite(line.data(), 1, line.size(), stdout);
    return n == 0;
}

// The child may sit in a read() of the terminal that nobody ends, and would
// take the user's next line away from the shell. Returns its wait status.
static int end_child(pid_t child) {
    kill(child, SIGTERM);
    kill(child, SIGCONT);  // in case it is stopped
    int status = 0;
    if (waitpid(child, &status, 0) == -1) die("waitpid");
    return status;  // 0: it had half-closed before
}

// SIGCHLD: nobody writes any more. Should the child have been killed, this
// makes the server end too. shutdown() is async-signal-safe.
static void half_close(int) {
    const int saved = errno;
    shutdown(server, SHUT_WR);
    errno = saved;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "Its child sends lines while it prints the replies.");
    server = connect_to(args.address(1, args.port(2, 9877, 1)));
    void* shared = mmap(nullptr, sizeof *sent, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) die("mmap");
    sent = static_cast<std::size_t*>(shared);
    std::signal(SIGPIPE, SIG_IGN);  // lost output: the child has to end too
    struct sigaction action {};
    action.sa_handler = half_close;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &action, nullptr) == -1) die("sigaction");
    std::signal(SIGTERM, SIG_DFL);  // if ignored, end_child() would hang

    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);   // if the parent is killed...
        if (getppid() != parent) _exit(1);  // ...or has been
        send_lines();
    }
    const bool all_read = print_replies();
    int status = 0;
    const bool ended = waitpid(child, &status, WNOHANG) == child;
    if (!ended) status = end_child(child);
    const bool all_back = all_read && status == 0 && received >= *sent;
    if (ended && WIFSIGNALED(status))
        std::fprintf(stderr, "%s: child: %s\n", program,
                     strsignal(WTERMSIG(status)));
    else if (all_read && !all_back && WEXITSTATUS(status) != cannot_read_input)
        std::fprintf(stderr, "%s: server terminated prematurely\n", program);
    return all_back ? 0 : 1;
}
