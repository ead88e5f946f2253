// byte_order: which byte of a number lies first in memory, here and on the
// network.
//
//   ./byte_order
//
// The host's order is found by looking into memory, not by asking the
// compiler. The network's order is big-endian, the most significant byte
// first: htons() and htonl() store a number so on every machine, and where the
// host is big-endian too they change nothing. Forgetting htons() is the usual
// reason why a server listens on port 38182 (0x9526) instead of 9877 (0x2695).
// byteorder(3), RFC 1700; UNP volume 1, figures 3.9 and 3.10.
#include "basics.hpp"

// The bytes of a value as they lie in memory, the lowest address first.
template <typename Value>
static std::string in_memory(Value value) {
    std::string text;
    for (const std::byte byte : std::as_bytes(std::span(&value, 1))) {
        std::array<char, 4> hex{};
        std::snprintf(hex.data(), hex.size(), "%02x ",
                      std::to_integer<unsigned>(byte));
        text += hex.data();
    }
    text.pop_back();
    return text;
}

static const char* host_order() {
    const std::string bytes = in_memory(std::uint16_t{0x0102});
    if (bytes == "01 02") return "big-endian";
    if (bytes == "02 01") return "little-endian";
    return "unknown";
}

template <typename Value>
static void line(const char* what, Value value) {
    const int digits = 2 * static_cast<int>(sizeof value);
    std::printf("%-20s  0x%0*x%*s  %10u   %s\n", what, digits,
                static_cast<unsigned>(value), 8 - digits, "",
                static_cast<unsigned>(value), in_memory(value).c_str());
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "Shows the byte order of this host and what htons, "
                         "htonl, ntohs and ntohl do.");
    std::printf("host byte order: %s\n\n", host_order());

    std::printf("%-20s  %-10s  %10s   %s\n", "", "value", "", "in memory");
    const std::uint16_t port = 9877;
    line("port", port);
    line("htons(port)", htons(port));
    line("ntohs(htons(port))", std::uint16_t{ntohs(htons(port))});

    const std::uint32_t host = INADDR_LOOPBACK;  // 127.0.0.1 in host order
    line("host", host);
    line("htonl(host)", htonl(host));
    line("ntohl(htonl(host))", ntohl(htonl(host)));
}
