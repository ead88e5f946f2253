// hostile: takes all the memory it can get, in many processes.
// earns: 0
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "target.hpp"

int main() {
    prctl(PR_SET_NAME, token);
    for (int n = 0; n < 3; ++n)
        if (fork() == 0) break;
    for (;;)
        if (void* block = std::malloc(1 << 24)) std::memset(block, 1, 1 << 24);
}
