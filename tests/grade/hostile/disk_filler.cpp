// hostile: fills every place that it may write to.
// earns: 0
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "target.hpp"

int main() {
    std::signal(SIGXFSZ, SIG_IGN);
    static char block[1 << 20];
    const std::string places[] = {"",  "/tmp/",   "/var/tmp/", "/dev/shm/",
                                  "/", "/grade/", "/run/",     canary};
    for (const std::string& place : places)
        for (int n = 0; n < 100; ++n) {
            const std::string name = place + token + std::to_string(n);
            const int file = open(name.c_str(), O_CREAT | O_WRONLY, 0666);
            if (file == -1) break;
            while (write(file, block, sizeof block) > 0) {}
            close(file);
        }
}
