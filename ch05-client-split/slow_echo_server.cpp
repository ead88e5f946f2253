// slow_echo_server: an echo service that is far away: what a client sends
// comes back MILLISECONDS later, and waiting for one line does not hold up the
// next. So the clients of this chapter differ by what they do meanwhile.
//
//   terminal 1: ./slow_echo_server           one second
//   terminal 2: seq 5 >five
//               time ./echo_client <five     5 s: one line under way at a time
//               time ./split_client <five    1 s: five lines under way
//
// A child for each client (chapter 2) that nobody need wait for (chapter 3's
// nocldwait_server), so a client that never reads its echo stalls itself only.
#include <poll.h>

#include <csignal>
#include <deque>

#include "basics.hpp"

using Clock = std::chrono::steady_clock;
struct Piece {
    Clock::time_point due;
    std::string bytes;
};

// Milliseconds for poll(), rounded up: with 0 it would spin to the next one.
static int until(Clock::time_point due) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

// Echoes what read() returns, a line or a piece of one, delay later. TCP keeps
// what we do not read, so a full queue makes the client's write() block.
static void echo_later(int client, std::chrono::milliseconds delay) {
    std::deque<Piece> waiting;  // in order of arrival, so also of due
    std::array<char, 4096> buffer;
    for (bool open = true; open || !waiting.empty();) {
        const bool room = open && waiting.size() < 1024;
        pollfd event{client, static_cast<short>(room ? POLLIN : 0), 0};
        if (poll(&event, 1, waiting.empty() ? -1 : until(waiting[0].due)) == -1)
            return;
        if ((event.revents & (POLLERR | POLLHUP)) != 0) return;  // reset
        if ((event.revents & POLLIN) != 0) {
            const ssize_t n = read(client, buffer.data(), buffer.size());
            if (n == -1) return;
            if (n == 0) open = false;  // what is waiting is still sent
            if (n > 0)
                waiting.push_back(
                    {Clock::now() + delay, {buffer.data(), buffer.data() + n}});
        }
        while (!waiting.empty() && waiting[0].due <= Clock::now()) {
            const std::string& bytes = waiting[0].bytes;
            if (!write_all(client, bytes.data(), bytes.size())) return;
            waiting.pop_front();
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [MILLISECONDS=1000]]]",
                         "Echoes what it gets, MILLISECONDS later.");
    const sockaddr_in address = args.address(2, args.port(1));
    const std::chrono::milliseconds delay(
        args.number(3, 1000, 0, 3'600'000,
                    "not a number of milliseconds from 0 to 3600000"));
    std::signal(SIGCHLD, SIG_IGN);  // no zombies, no exit statuses
    const int listener = listen_on(address);

    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        const pid_t child = fork();
        if (child == 0) {
            close(listener);
            echo_later(client, delay);
            _exit(0);
        }
        if (child == -1)  // too many processes: this client has to go
            std::fprintf(stderr, "%s: fork: %s\n", program,
                         std::strerror(errno));
        close(client);
    }
}
