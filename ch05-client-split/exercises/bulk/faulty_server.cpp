// faulty_server: an echo server that writes before it reads on, one client
// after the other; and what a bad network or a bad server might do, on demand.
//
//   terminal 1: ./faulty_server 9877 127.0.0.1 change 5000
//   terminal 2: ./bulk                        must notice it
//
// FAULT happens to byte number AT, counted from 0:
//   none     nothing
//   change   the byte comes back as another one
//   lose     it does not come back, all others do
//   repeat   from there on, 4096 bytes are those that came 4096 bytes before
//   end      the server's FIN comes instead of it, and nothing is read any more
//   more     behind the last byte comes another one, whatever AT is
#include "basics.hpp"

static std::string_view fault;
static std::size_t at = 0;

// The bytes that a client gets back for these; position is the first's number.
static std::string returned(std::string bytes, std::size_t position) {
    static std::array<char, 4096> before;  // byte number i is at i % 4096
    std::string result;
    for (const char byte : bytes) {
        const std::size_t i = position++;
        if (fault == "repeat" && i >= at && i < at + before.size()) {
            result.push_back(before[i % before.size()]);
            continue;
        }
        before[i % before.size()] = byte;
        if (fault == "lose" && i == at) continue;
        if (fault == "end" && i == at) return result;
        const bool change = fault == "change" && i == at;
        result.push_back(static_cast<char>(change ? byte ^ 1 : byte));
    }
    return result;
}

static void echo_faulty(int client) {
    std::array<char, 65536> buffer;
    std::size_t total = 0;
    ssize_t n = 0;
    while ((n = read(client, buffer.data(), buffer.size())) > 0) {
        std::string bytes(buffer.data(), buffer.data() + n);
        if (fault != "none") bytes = returned(bytes, total);
        if (!write_all(client, bytes.data(), bytes.size())) return;
        total += static_cast<std::size_t>(n);
        if (fault == "end" && total > at) {
            shutdown(client, SHUT_WR);
            for (;;) pause();
        }
    }
    if (fault == "more" && !write_all(client, "m", 1)) return;
    if (n == 0) std::printf("%zu bytes came, and then a FIN\n", total);
}

// Or the kernel lets them grow: how many megabytes it takes to fill them would
// be another number on each machine (tcp_rmem and tcp_wmem, tcp(7)).
static void limit_buffers(int client) {
    const int size = 1 << 18;
    for (const int option : {SO_RCVBUF, SO_SNDBUF})
        if (setsockopt(client, SOL_SOCKET, option, &size, sizeof size) == -1)
            die("setsockopt");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [FAULT=none [AT=0]]]]",
                         "Echoes, with a FAULT at byte number AT.");
    const sockaddr_in address = args.address(2, args.port(1));
    fault = args.text(3, "none");
    const std::array<std::string_view, 6> faults{"none",   "change", "lose",
                                                 "repeat", "end",    "more"};
    if (std::ranges::count(faults, fault) == 0)
        args.wrong("none of none, change, lose, repeat, end, more", 3);
    at = args.number<std::size_t>(4, 0, 0, 1'000'000'000'000);
    const int listener = listen_on(address);
    for (;;) {
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) {
            accept_again_or_die();
            continue;
        }
        limit_buffers(client);
        echo_faulty(client);
        close(client);
    }
}
