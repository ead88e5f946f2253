// shift_client: sends one string, with the NUL that ends it, and prints the
// string that returns.
//
//   terminal 1: ./shift_server
//   terminal 2: ./shift_client                         234567CDEF
//   terminal 2: ./shift_client 127.0.0.1 5001 HAL      JCN
//   terminal 2: ./shift_client 127.0.0.1 5001 $'ab\xfecd'   cd, and no more:
//                            0xFE became 0x00, which ends a string here
//
// It reads until the NUL, however many read()s that takes. If the server's FIN
// comes first, what came is no translation but says what is wrong.
#include "basics.hpp"

// The bytes up to the NUL, or up to the FIN if there is none.
static std::string receive(int server, bool& complete) {
    std::string answer;
    for (complete = false; !complete;) {
        std::array<char, 1024> piece;
        const ssize_t n = read(server, piece.data(), piece.size());
        if (n == -1) die("read");
        if (n == 0) break;
        const auto end = piece.begin() + n;
        const auto nul = std::find(piece.begin(), end, '\0');
        answer.append(piece.begin(), nul);
        complete = nul != end;
    }
    return answer;
}

int main(int argc, char* argv[]) {
    const Arguments args(
        argc, argv, "[HOST [PORT=5001 [MESSAGE=012345ABCD]]]",
        "Sends MESSAGE and prints its translation: 2 added to each byte.");
    const sockaddr_in address = args.address(1, args.port(2, 5001, 1));
    const std::string message(args.text(3, "012345ABCD"));

    const int server = connect_to(address);
    const std::size_t with_nul = message.size() + 1;
    if (!write_all(server, message.c_str(), with_nul)) die("write");

    bool complete = false;
    const std::string answer = receive(server, complete);
    if (!complete) {
        std::fprintf(
            stderr, "%s: %s\n", program,
            answer.empty()
                ? "server terminated prematurely"
                : ("server: " + answer.substr(0, answer.find('\n'))).c_str());
        return 1;
    }
    std::printf("%s\n", answer.c_str());
    if (answer.size() < message.size()) {
        std::fprintf(stderr,
                     "%s: a NUL ends the answer after %zu of %zu bytes\n",
                     program, answer.size(), message.size());
        return 1;
    }
    close(server);
}
