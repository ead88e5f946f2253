// hostile: takes hold of every process that it may, to make it exit with 0.
// earns: 0
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int main() {
    int held = 0, memory = 0;
    for (pid_t p = 1; p < 3000; ++p) {
        if (p == getpid()) continue;
        held += ptrace(PTRACE_SEIZE, p, nullptr, nullptr) == 0;
        const std::string path = "/proc/" + std::to_string(p) + "/mem";
        if (std::FILE* file = std::fopen(path.c_str(), "r+")) {
            ++memory;
            std::fclose(file);
        }
    }
    std::printf("processes held: %d\nmemories opened: %d\n", held, memory);
}
