// wrong: a write() that waits has written all when it returns
// fails: stopped
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "basics.hpp"

static std::size_t send_bytes(int file, const std::string& name, int server) {
    struct stat about {};
    if (fstat(file, &about) == -1) die("fstat", name);
    const auto size = static_cast<std::size_t>(about.st_size);
    if (size == 0) return 0;
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) die("mmap", name);
    if (send(server, bytes, size, MSG_NOSIGNAL) == -1) die("send");
    return size;
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
    if (shutdown(server, SHUT_WR) == -1) die("shutdown");
    const std::string answer = read_answer(server);
    if (answer != sent + "\n") {
        std::fprintf(stderr, "%s: %s bytes sent, but the answer is '%s'\n",
                     program, sent.c_str(), answer.c_str());
        return 1;
    }
    std::printf("%s bytes came\n", sent.c_str());
}
