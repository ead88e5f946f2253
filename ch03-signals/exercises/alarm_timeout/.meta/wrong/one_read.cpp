// wrong: a reply is what one read() returns
// fails: long
#include <sys/time.h>

#include <csignal>
#include <iostream>

#include "basics.hpp"

static volatile std::sig_atomic_t over = 0;  // the time

static void note(int) { over = 1; }

static timeval to_timeval(std::chrono::duration<double> time) {
    const auto us = static_cast<long>(time.count() * 1e6);
    return {us / 1'000'000, us % 1'000'000};
}

// When the time is over, again and again: the first signal may come between a
// look at the flag and the call after it, the next one ends that call. 0: never.
static void alarm_after(std::chrono::duration<double> limit) {
    const itimerval timer{{0, 10'000}, to_timeval(limit)};
    if (setitimer(ITIMER_REAL, &timer, nullptr) == -1) die("setitimer");
}

static void send_line(int server, std::string_view line) {
    while (over == 0 && !line.empty()) {
        const ssize_t n = send(server, line.data(), line.size(), MSG_NOSIGNAL);
        if (n == -1 && errno != EINTR) die("send");
        if (n > 0) line.remove_prefix(static_cast<std::size_t>(n));
    }
}

static std::string receive_line(int server) {
    std::string line;
    std::array<char, 16384> buffer;
    if (over == 0 && !line.ends_with('\n')) {
        const ssize_t n = read(server, buffer.data(), buffer.size());
        if (n == -1 && errno != EINTR) die("read");
        if (n == 0) {
            std::fprintf(stderr, "%s: the server has closed\n", program);
            std::exit(1);
        }
        if (n > 0) line.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return line;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "SECONDS [HOST [PORT]]",
                         "Sends each line to a server and prints its reply, "
                         "if that comes within SECONDS.");
    const std::chrono::duration<double> limit(args.number(
        1, 1.0, 0.001, 1e6, "not a number of seconds of 0.001 or more"));
    const sockaddr_in address = args.address(2, args.port(3, 9877, 1));

    struct sigaction action {};
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0;  // SA_RESTART: and the calls would go on waiting
    if (sigaction(SIGALRM, &action, nullptr) == -1) die("sigaction");

    int status = 0, server = connect_to(address);
    for (std::string line; std::getline(std::cin, line);) {
        over = 0;
        alarm_after(limit);
        send_line(server, line + '\n');
        const std::string reply = receive_line(server);
        alarm_after(limit * 0);  // or it would break into getline()
        if (!reply.empty()) {
            std::fwrite(reply.data(), 1, reply.size(), stdout);
            continue;
        }
        std::printf("no reply\n");
        status = 3;
        close(server);  // or this reply, late, would be taken for the next one
        server = connect_to(address);
    }
    return status;
}
