// fd_sets: what select() is given, and what it gives back.
//
//   ./fd_sets          or ./fd_sets SECONDS: the longest that it shall wait
//
// An fd_set is an array of bits, one for each descriptor. select() looks at
// the first nfds of them: that is the highest descriptor plus one, not how many
// there are. It overwrites the sets with its answer, and on Linux the time-out
// with the time that was left (POSIX leaves that open, select(2)): in a loop
// both have to be set again. UNP 6.3.
#include <fcntl.h>
#include <sys/select.h>

#include "basics.hpp"

static void show(const char* what, const fd_set& set) {
    std::printf("%-22s", what);
    for (int fd = 0; fd < 8; ++fd)
        std::printf(" %d", FD_ISSET(fd, &set) ? 1 : 0);
    std::printf("\n");
}

static void macros() {
    std::printf("descriptor             0 1 2 3 4 5 6 7\n");
    fd_set set;
    FD_ZERO(&set);  // or the bits are whatever the memory held
    show("FD_ZERO", set);
    for (const int fd : {1, 4, 7}) FD_SET(fd, &set);
    show("FD_SET 1, 4, 7", set);
    FD_CLR(4, &set);
    show("FD_CLR 4", set);
    for (const int fd : {1, 4, 7})
        std::printf("FD_ISSET(%d): %s\n", fd,
                    FD_ISSET(fd, &set) ? "yes" : "no");
    // FD_SET() does not look: the bit of 1024 is in the memory behind the set.
    // With -O and -D_FORTIFY_SOURCE of 1 or more, as Ubuntu's compiler sets it,
    // it looks and aborts.
    for (const int fd : {FD_SETSIZE - 1, FD_SETSIZE}) {
        const bool fits = fd < FD_SETSIZE;
        if (fits) FD_SET(fd, &set);
        std::printf("descriptor %d: %s\n", fd,
                    fits ? "FD_SET" : "refused, an fd_set has no bit for it");
    }
}

// 4 has nothing to read, 7 has; 1, standard output, can be written to.
static void overwritten() {
    fd_set reading, writing;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(4, &reading);
    FD_SET(7, &reading);
    FD_SET(1, &writing);
    show("to be read, before", reading);
    show("to be written, before", writing);
    constexpr int nfds = 7 + 1;
    const int n = select(nfds, &reading, &writing, nullptr, nullptr);
    if (n == -1) die("select");
    std::printf("select(nfds = %d) = %d ready\n", nfds, n);
    show("to be read, after", reading);
    show("to be written, after", writing);
}

// Waits for descriptor 4 to be readable, and reads what is there.
static void wait(const char* what, timeval* limit) {
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(4, &reading);
    const auto start = std::chrono::steady_clock::now();
    const int n = select(4 + 1, &reading, nullptr, nullptr, limit);
    if (n == -1) die("select");
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    std::string left;
    if (limit != nullptr)
        left = ", timeval is now {" + std::to_string(limit->tv_sec) + ", " +
               std::to_string(limit->tv_usec) + "}";
    std::printf("%s: %d ready after %.3f s%s\n", what, n, took.count(),
                left.c_str());
    char byte{};
    if (n == 1 && read(4, &byte, 1) == -1) die("read");
}

static void time_outs(int writer, std::chrono::duration<double> longest) {
    const auto us =
        std::chrono::duration_cast<std::chrono::microseconds>(longest).count();
    const timeval limit{us / 1'000'000, us % 1'000'000};
    const auto byte_halfway = [=] {
        std::this_thread::sleep_for(longest / 2);
        if (write(writer, "!", 1) == -1) die("write");
    };
    timeval zero{}, limited = limit;
    wait("time-out 0", &zero);
    wait("limited, nothing comes", &limited);
    limited = limit;
    std::jthread first(byte_halfway);
    wait("limited, a byte comes", &limited);
    std::jthread second(byte_halfway);
    wait("no limit, a byte comes", nullptr);
}

// A pipe whose end to read from is this descriptor. Returns the other end.
static int pipe_into(int reader) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) == -1) die("pipe");
    const int writer = fcntl(ends[1], F_DUPFD, 8);  // leaves 0 to 7 alone
    if (writer == -1) die("fcntl");
    close(ends[1]);
    if (dup2(ends[0], reader) == -1) die("dup2");
    if (ends[0] != reader) close(ends[0]);
    return writer;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=0.4]",
                         "Shows the sets and the time-outs of select().");
    const auto longest = args.seconds(1, 0.4);
    macros();
    const int to_4 = pipe_into(4), to_7 = pipe_into(7);
    if (write(to_7, "!", 1) == -1) die("write");
    overwritten();
    time_outs(to_4, longest);
}
