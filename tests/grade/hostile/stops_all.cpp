// hostile: stops and kills all that it may, again and again, to outlive whoever comes
// to end it. (Where landlock(7) holds it, it reaches itself only.)
// earns: 0
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "target.hpp"

int main() {
    for (int n = 0; n < 2; ++n)
        if (fork() == 0) {
            setsid();
            prctl(PR_SET_NAME, token);
            for (;;) kill(-1, n == 0 ? SIGSTOP : SIGCONT);
        }
}
