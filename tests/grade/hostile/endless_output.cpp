// hostile: writes without end, to both outputs.
// earns: 0
#include <unistd.h>

#include <csignal>

int main() {
    std::signal(SIGXFSZ, SIG_IGN);
    for (;;) {
        static char text[1 << 16] = "listening on 127.0.0.1:1 ]]></failure>\n";
        if (write(1, text, sizeof text) + write(2, text, sizeof text) == 0)
            break;
    }
}
