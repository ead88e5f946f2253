// daytime_server: an iterative server: a line with date and time for each
// client, then it closes, before the client does. A DELAY in seconds shows
// what iterative means: while one is held, all others wait, though connected.
//
//   terminal 1: ./daytime_server 9013 127.0.0.1 10
//   terminal 2: time ./daytime_client        10 s
//   terminal 3: time ./daytime_client        up to 20 s: it waits its turn
//   terminal 4: ss -tan sport = :9013        LISTEN, Recv-Q 1: one waits;
//                                            then TIME-WAIT: we closed first
//
// RFC 867. The original has port 13, which only root may bind; ours is 9013.
#include <ctime>

#include "basics.hpp"

// RFC 867 lets a server choose the format; this is the first that it proposes.
static std::string date_and_time() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    std::array<char, 100> line;
    if (localtime_r(&now, &local) == nullptr) die("localtime_r");
    const char* format = "%A, %B %d, %Y %H:%M:%S %Z\r\n";
    return {line.data(), strftime(line.data(), line.size(), format, &local)};
}

static void serve(int client) {
    const std::string line = date_and_time();
    write_all(client, line.data(), line.size());  // fails if it has gone: fine
    // RFC 867 throws away what a client sends, but it has to be read for that:
    // over unread bytes close() sends a RST, and the client may lose the line.
    // Once: a loop is what a client that never stops could keep going. What is
    // more than that, or comes later, does meet a RST.
    std::array<char, 16384> unwanted;
    const ssize_t n =
        recv(client, unwanted.data(), unwanted.size(), MSG_DONTWAIT);
    if (n > 0) std::printf("threw away %zd bytes\n", n);
}

int main(int argc, char* argv[]) {
    const Arguments args(
        argc, argv, "[PORT=9013 [ADDRESS [DELAY=0]]]",
        "Tells each client the time, DELAY seconds late, and closes: one "
        "client after the other.");
    sockaddr_in address = args.address(2, args.port(1, 9013));
    const auto delay = args.seconds(3, 0);

    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener == -1) die("socket");
    const int on = 1;  // it closes first, and so leaves TIME_WAITs
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, generic(address), sizeof address) == -1)
        die("bind", to_text(address));
    if (listen(listener, SOMAXCONN) == -1) die("listen", to_text(address));
    announce(listener);

    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        std::this_thread::sleep_for(delay);  // the next client waits for this
        serve(client);
        close(client);
    }
}
