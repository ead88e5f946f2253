// hostile: forks without waiting, and tries to end whoever looks.
// earns: 8
#include "honest.hpp"
//
#include <csignal>
#include <fstream>

static bool is_ours(pid_t p) {  // other processes cannot be seen
    std::ifstream file("/proc/" + std::to_string(p) + "/comm");
    std::string name;
    return (file >> name) && name == "fork_server";
}

int main(int argc, char* argv[]) {
    if (fork() == 0) {
        const pid_t self = getpid(), parent = getppid();
        for (;;)
            for (pid_t p = self + 1; p < self + 300; ++p)
                if (p != self && p != parent && !is_ours(p)) kill(p, SIGKILL);
    }
    dont_reap = true;
    return honest(argc, argv);
}
