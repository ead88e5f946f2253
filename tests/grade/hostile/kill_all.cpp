// hostile: kills every process that it may, again and again.
// earns: 0
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "target.hpp"

int main() {
    prctl(PR_SET_NAME, token);
    for (int turn = 0; turn < 1000; ++turn) {
        kill(-1, SIGKILL);
        for (pid_t p = 2; p < 3000; ++p)
            if (p != getpid()) kill(p, SIGKILL);
        usleep(100);
    }
}
