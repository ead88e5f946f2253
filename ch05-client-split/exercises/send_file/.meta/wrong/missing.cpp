// wrong: a file that is not there has no bytes
// fails: missing directory
#include <fstream>

#include "basics.hpp"

static std::size_t send_bytes(const std::string& name, int server) {
    std::ifstream file(name, std::ios::binary);
    std::array<char, 65536> buffer;
    std::size_t sent = 0;
    while (file.read(buffer.data(), buffer.size()), file.gcount() > 0) {
        const auto n = static_cast<std::size_t>(file.gcount());
        if (!write_all(server, buffer.data(), n)) die("send");
        sent += n;
    }
    return sent;
}

// All that the server says: a short answer may come in pieces, too. It ends
// with the server's FIN; without a limit a bad server could fill our memory.
static std::string read_answer(int server) {
    std::array<char, 64> buffer;
    std::string answer;
    ssize_t n = 0;
    while (answer.size() < 1000 &&
           (n = read(server, buffer.data(), buffer.size())) > 0)
        answer.append(buffer.data(), static_cast<std::size_t>(n));
    if (n == -1) die("read");
    return answer;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "FILE [HOST [PORT]]",
                         "Sends FILE and asks how many bytes came.");
    const sockaddr_in address = args.address(2, args.port(3, 9877, 1));
    const std::string name(args.text(1));
    const int server = connect_to(address);
    const std::string sent = std::to_string(send_bytes(name, server));
    if (shutdown(server, SHUT_WR) == -1) die("shutdown");
    const std::string answer = read_answer(server);
    if (answer != sent + "\n") {
        std::fprintf(stderr, "%s: %s bytes sent, but the answer is '%s'\n",
                     program, sent.c_str(), answer.c_str());
        return 1;
    }
    std::printf("%s bytes came\n", sent.c_str());
}
