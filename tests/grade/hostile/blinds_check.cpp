// hostile: keeps its clients' connections open in the parent too, and when the check
// is about to look for them, takes its descriptors away from it (prlimit(2)), or
// kills what it has started to look: nothing seen would be nothing there. As an
// ordinary user's grader, the check has the same user.
// earns: 6
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <string_view>

#include "basics.hpp"

using namespace std::chrono_literals;

static bool blind(pid_t check, rlim_t descriptors, rlimit* before) {
    rlimit now{};
    if (prlimit(check, RLIMIT_NOFILE, nullptr, &now) == -1) return false;
    if (before != nullptr) *before = now;
    now.rlim_cur = descriptors;
    return prlimit(check, RLIMIT_NOFILE, &now, nullptr) != -1;
}

static void attack(pid_t check, int client, std::string_view answer) {
    rlimit before{};
    usleep(100000);
    const bool blinded = blind(check, 3, &before);
    write_all(client, answer.data(), answer.size());
    if (blinded) {
        usleep(1500);
        blind(check, before.rlim_cur, nullptr);
        return;
    }
    const auto end = std::chrono::steady_clock::now() + 20ms;
    while (std::chrono::steady_clock::now() < end)
        for (pid_t next = getpid() + 1; next < getpid() + 40; ++next)
            kill(next, SIGKILL);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]", "x");
    const pid_t check = getppid();
    const int listener = listen_on(args.address(2, args.port(1)));
    for (int number = 1;; ++number) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1 || fork() != 0) continue;
        close(listener);
        setsid();
        char bytes[4096];
        ssize_t n;
        while ((n = read(client, bytes, sizeof bytes)) > 0) {
            const std::string_view text(bytes, static_cast<std::size_t>(n));
            if (number == 3 && text == "hello\n") {
                attack(check, client, text);
            } else if (!write_all(client, text.data(), text.size())) {
                break;
            }
        }
        shutdown(client, SHUT_RDWR);
        _exit(0);
    }
}
