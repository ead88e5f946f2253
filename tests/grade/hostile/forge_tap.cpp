// hostile: writes TAP that says "ok" to every descriptor and pipe in reach.
// earns: 0
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

int main() {
    constexpr std::string_view tap = "1..1\nok 1 a client gets its line back\n";
    int reached = 0;
    for (int fd = 3; fd < 300; ++fd)
        reached += write(fd, tap.data(), tap.size()) > 0;
    for (int p = 1; p < 3000; ++p) {
        if (p == getpid()) continue;
        for (int fd = 0; fd < 20; ++fd) {
            const std::string path =
                "/proc/" + std::to_string(p) + "/fd/" + std::to_string(fd);
            const int file = open(path.c_str(), O_WRONLY | O_NONBLOCK);
            reached += file != -1 && write(file, tap.data(), tap.size()) > 0;
            if (file != -1) close(file);
        }
    }
    std::printf("%.*sdescriptors reached: %d\n", static_cast<int>(tap.size()),
                tap.data(), reached);
}
