// hostile: does its work, and leaves a daemon in a session of its own that
// ignores SIGTERM, each time.
// earns: 10
#include "honest.hpp"
//
#include <sys/prctl.h>

#include <csignal>

#include "target.hpp"

int main(int argc, char* argv[]) {
    const pid_t middle = fork();
    if (middle == 0) {
        setsid();
        if (fork() == 0) {
            prctl(PR_SET_NAME, token);
            for (int n = 1; n < 65; ++n) std::signal(n, SIG_IGN);
            for (;;) pause();
        }
        _exit(0);
    }
    waitpid(middle, nullptr, 0);
    return honest(argc, argv);
}
