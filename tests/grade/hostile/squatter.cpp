// hostile: a daemon takes port 9877 on every address and stays.
// earns: 0
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "target.hpp"

int main() {
    if (fork() != 0) return 0;
    setsid();
    if (fork() != 0) return 0;
    prctl(PR_SET_NAME, token);
    for (int n = 1; n < 65; ++n) std::signal(n, SIG_IGN);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(9877);
    while (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) == -1) {
        usleep(1000);
    }
    listen(fd, 5);
    for (;;) pause();
}
