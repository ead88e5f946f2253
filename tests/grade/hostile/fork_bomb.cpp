// hostile: forks without end.
// earns: 0
#include <sys/prctl.h>
#include <unistd.h>

#include "target.hpp"

int main() {
    prctl(PR_SET_NAME, token);
    for (;;) fork();
}
