// count_server: reads what a client sends until its FIN, and answers with a
// line: how many bytes came. One client after the other.
//
//   terminal 1: ./count_server 9877 127.0.0.1 came
//   terminal 2: ./send_file README.md        cmp README.md came
//
// FILE keeps what came. With step, each byte of the answer waits for a line on
// standard input: an answer may come in pieces.
#include <fcntl.h>

#include "basics.hpp"

static int kept = -1;
static bool step = false;

// All that the client sends. -1 if its end was not a FIN.
static long long count(int client) {
    std::array<char, 65536> buffer;
    long long total = 0;
    ssize_t n = 0;
    if (kept != -1 && ftruncate(kept, 0) == -1) die("ftruncate");
    while ((n = read(client, buffer.data(), buffer.size())) > 0) {
        if (kept != -1 && pwrite(kept, buffer.data(),
                                 static_cast<std::size_t>(n), total) != n)
            die("pwrite");
        total += n;
    }
    return n == 0 ? total : -1;
}

// At once; or with step, a byte for each line of standard input.
static void answer(int client, const std::string& line) {
    if (!step) {
        write_all(client, line.data(), line.size());
        return;
    }
    for (const char& byte : line) {
        char key = 0;
        while (key != '\n')
            if (read(STDIN_FILENO, &key, 1) != 1) return;
        if (!write_all(client, &byte, 1)) return;
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [FILE [step]]]]",
                         "Answers with the number of bytes that came.");
    if (args.count() == 4 && args.text(4) != "step") args.wrong("not step", 4);
    const sockaddr_in address = args.address(2, args.port(1));
    const std::string file(args.text(3));
    step = args.text(4) == "step";
    if (!file.empty()) {
        kept = open(file.c_str(), O_WRONLY | O_CREAT, 0644);
        if (kept == -1) die("open", file);
    }
    const int listener = listen_on(address);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        const long long total = count(client);
        std::printf("%lld bytes came\n", total);
        if (total != -1) answer(client, std::to_string(total) + "\n");
        close(client);
    }
}
