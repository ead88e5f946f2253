// hostile: loops for ever, deaf to what can be ignored.
// earns: 0
#include <sys/prctl.h>

#include <csignal>

#include "target.hpp"

int main() {
    prctl(PR_SET_NAME, token);
    for (int n = 1; n < 65; ++n) std::signal(n, SIG_IGN);
    for (volatile int n = 0;; n = n + 1) {}
}
