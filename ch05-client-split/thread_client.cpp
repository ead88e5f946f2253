// thread_client: split_client with two threads: main() reads from the server
// and prints, the other reads standard input and writes to the server.
//
//   terminal 1: ./slow_echo_server
//   terminal 2: ./thread_client      type lines faster than they come back;
//                                    q, Q or Ctrl-D: ends when all are back
//   terminal 3: ps -LC thread_client -o pid,lwp,stat,wchan:20,args
//
// Compare: no fork, no wait, no signals: the threads share one memory, which
// split_client has to ask for with mmap() (so atomics tell main what has been
// done), and end with their process. UNP section 26.3.
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <iostream>

#include "basics.hpp"

static std::atomic<std::size_t> sent = 0;  // bytes
static std::atomic<bool> half_closed = false, input_failed = false;
static std::size_t received = 0;  // bytes, for main() only

// The writer. There is one descriptor only, but main() still reads from it:
// so shutdown() here, too, and not close().
static void send_lines(int server) {
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "q" || line == "Q") break;
        if (!std::cin.eof()) line += '\n';  // getline() took it off
        sent += line.size();
        if (!write_all(server, line.data(), line.size())) return;
    }
    input_failed = std::cin.bad();
    if (input_failed)  // no die(): main() has replies to print
        std::fprintf(stderr, "%s: read: %s (standard input)\n", program,
                     std::strerror(errno));
    half_closed = !input_failed;  // first: the server answers the FIN
    shutdown(server, SHUT_WR);
}

// The reader. A read() may return half a line, or many. True at the FIN.
static bool print_replies(int server) {
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

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT]]",
                         "A thread sends lines while main prints the replies.");
    const int server = connect_to(args.address(1, args.port(2, 9877, 1)));
    std::signal(SIGPIPE, SIG_IGN);     // lost output: an error, said at the end
    std::ios::sync_with_stdio(false);  // exit() need not wait for cin's reader

    // Not joined: when the server has ended, the writer may sit in a read() of
    // the terminal that nobody ends. As a thread, it ends with its process.
    try {
        std::thread(send_lines, server).detach();
    } catch (const std::system_error& error) {
        errno = error.code().value();
        die("pthread_create");
    }
    const bool all_read = print_replies(server);
    const bool all_back = half_closed && received >= sent;
    if (all_read && !all_back && !input_failed)
        std::fprintf(stderr, "%s: server terminated prematurely\n", program);
    std::exit(all_read && all_back ? 0 : 1);
}
