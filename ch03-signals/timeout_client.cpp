// timeout_client: a limit to the wait in connect() and read(), in two ways.
//
//   terminal 1: ./echo_server                read() waits: we say nothing
//   terminal 2: ./timeout_client
//   terminal 1: ./slow_accept_server 9877 127.0.0.1 1000 0    connect() waits:
//   terminal 2: ./many_clients 1 &           the queue holds one, and Linux
//   terminal 2: ./timeout_client             answers no SYN when it is full
//
// alarm(): the handler does nothing, but the call it interrupts returns EINTR.
// Not with SA_RESTART, though, which is what signal() asks for on Linux. The
// socket options: EAGAIN from read() for SO_RCVTIMEO, and EINPROGRESS from
// connect(), whose limit is SO_SNDTIMEO (socket(7)). Books that say options
// cannot limit a connect() describe BSD (UNP section 14.2). Afterwards the
// connection is still being made: only close() ends that.
#include <sys/time.h>

#include <csignal>

#include "basics.hpp"

static void interrupt(int) {}  // SIG_IGN would not interrupt the call

static timeval to_timeval(std::chrono::duration<double> time) {
    const auto us = static_cast<long>(time.count() * 1e6);
    return {us / 1'000'000, us % 1'000'000};
}

// alarm() for fractions of a second, and again and again: if it goes off before
// the call begins, the next one ends the call, which else might never end.
static void alarm_every(std::chrono::duration<double> limit) {
    const itimerval timer{to_timeval(limit), to_timeval(limit)};
    if (setitimer(ITIMER_REAL, &timer, nullptr) == -1) die("setitimer");
}

static int new_socket() {
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server == -1) die("socket");
    return server;
}

static void set_options(int socket, std::chrono::duration<double> limit) {
    const timeval time = to_timeval(limit);
    for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
        if (setsockopt(socket, SOL_SOCKET, option, &time, sizeof time) == -1)
            die("setsockopt");
}

// Sets the limit, makes the call, and says how and when that ended. False: it
// took too long.
template <typename Limit, typename Call>
static bool in_time(const char* name, const char* limit, Limit set_limit,
                    Call call, const std::string& where) {
    const auto start = std::chrono::steady_clock::now();
    set_limit();
    const long result = call();
    const int error = errno;
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    if (result == -1 && error != EINTR && error != EAGAIN &&
        error != EINPROGRESS) {
        errno = error;
        die(name, where);
    }
    std::printf("%s, limited by %s: %s after %.2f s\n", name, limit,
                result == -1 ? strerrorname_np(error) : "done", took.count());
    return result != -1;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[HOST [PORT [SECONDS=2]]]",
                         "Limits connect() and read() to SECONDS, by alarm() "
                         "and then by socket options.");
    sockaddr_in address = args.address(1, args.port(2, 9877, 1));
    const std::chrono::duration<double> limit(args.number(
        3, 2.0, 0.001, 1e6, "not a number of seconds of 0.001 or more"));
    const std::string where = to_text(address);

    struct sigaction action {};
    action.sa_handler = interrupt;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0;
    if (sigaction(SIGALRM, &action, nullptr) == -1) die("sigaction");

    char byte = 0;
    int server = -1;
    const auto try_connect = [&] {
        return connect(server, generic(address), sizeof address);
    };
    const auto try_read = [&] { return read(server, &byte, 1); };
    const auto by_alarm = [&] { alarm_every(limit); };
    const auto by_options = [&] { set_options(server, limit); };

    server = new_socket();
    if (in_time("connect", "alarm()", by_alarm, try_connect, where))
        in_time("read", "alarm()", by_alarm, try_read, where);
    alarm_every(limit * 0);
    close(server);

    server = new_socket();
    if (in_time("connect", "SO_SNDTIMEO", by_options, try_connect, where))
        in_time("read", "SO_RCVTIMEO", by_options, try_read, where);
    close(server);
}
