// wrong: when all is sent, the server knows it
// fails: answer
#include <fcntl.h>

#include "basics.hpp"

// Every byte of the file, in pieces, so that its size does not matter.
static std::size_t send_bytes(int file, const std::string& name, int server) {
    std::array<char, 65536> buffer;
    std::size_t sent = 0;
    ssize_t n = 0;
    while ((n = read(file, buffer.data(), buffer.size())) > 0) {
        if (!write_all(server, buffer.data(), static_cast<std::size_t>(n)))
            die("send");
        sent += static_cast<std::size_t>(n);
    }
    if (n == -1) die("read", name);  // a folder, for instance
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
    const int file = open(name.c_str(), O_RDONLY);
    if (file == -1) die("open", name);

    const int server = connect_to(address);
    const std::string sent = std::to_string(send_bytes(file, name, server));
    const std::string answer = read_answer(server);
    if (answer != sent + "\n") {
        std::fprintf(stderr, "%s: %s bytes sent, but the answer is '%s'\n",
                     program, sent.c_str(), answer.c_str());
        return 1;
    }
    std::printf("%s bytes came\n", sent.c_str());
}
