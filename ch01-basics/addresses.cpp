// addresses: IPv4 and IPv6 addresses as text and as bytes, the functions old
// and new that convert them, and the structures that carry them.
//
//   ./addresses                 a table of each
//   ./addresses 10.0.0.300      valid (exit status 0) or not (1)
//
// inet_pton() and inet_ntop() are the ones to use. The older ones: inet_aton()
// and inet_addr() take fewer than four numbers, octal ones, and anything after
// a space; inet_addr() has one value for an error and for 255.255.255.255;
// inet_ntoa() has one static buffer, so that a second call in the same printf()
// overwrites the first. The structures have the family in the same place, at
// offset 0 on Linux (BSD has a length before it), so that a pointer to any of
// them can be passed as a pointer to sockaddr. That itself is too small for
// IPv6; sockaddr_storage has room for all of them.
// inet(3), inet_pton(3), ip(7), ipv6(7), unix(7); UNP volume 1, chapter 3.
#include <sys/un.h>

#include <cstddef>

#include "basics.hpp"

template <typename Address>
static std::string bytes_of(const Address& address) {
    std::string text;
    for (const std::byte byte : std::as_bytes(std::span(&address, 1))) {
        std::array<char, 4> two{};
        std::snprintf(two.data(), two.size(), "%02x ",
                      std::to_integer<unsigned>(byte));
        text += two.data();
    }
    text.pop_back();
    return text;
}

static void text_to_bytes() {
    std::printf("%-19s%-15s%-15s%s\n", "text to bytes", "inet_pton",
                "inet_aton", "inet_addr");
    for (const char* text : {"127.0.0.1", "127.1", "0177.0.0.1", "10.0.0.300",
                             "10.0.0.1 x", "255.255.255.255"}) {
        in_addr by_pton{};
        in_addr by_aton{};
        const bool new_takes_it = inet_pton(AF_INET, text, &by_pton) == 1;
        const bool old_takes_it = inet_aton(text, &by_aton) == 1;
        const in_addr_t by_addr = inet_addr(text);  // -1: an error
        std::printf("%-19s%-15s%-15s%s%s\n", text,
                    new_takes_it ? bytes_of(by_pton).c_str() : "rejected",
                    old_takes_it ? bytes_of(by_aton).c_str() : "rejected",
                    bytes_of(by_addr).c_str(),
                    by_addr == INADDR_NONE ? "  (error?)" : "");
    }
}

static void bytes_to_text() {
    const in_addr first{htonl(0x0a000001)};
    const in_addr second{htonl(0x0a000002)};
    const char* text_1 = inet_ntoa(first);
    std::printf("\nbytes to text      the first       the second\n");
    std::printf("inet_ntoa once     %s\n", text_1);
    const char* text_2 = inet_ntoa(second);  // the same buffer once more
    std::printf("inet_ntoa twice    %-16s%s\n", text_1, text_2);
    std::array<char, INET_ADDRSTRLEN> buffer_1{};
    std::array<char, INET_ADDRSTRLEN> buffer_2{};
    inet_ntop(AF_INET, &first, buffer_1.data(), buffer_1.size());
    inet_ntop(AF_INET, &second, buffer_2.data(), buffer_2.size());
    std::printf("inet_ntop twice    %-16s%s\n", buffer_1.data(),
                buffer_2.data());
}

// Sizes, and offsets of the fields, in bytes; -1: has no such field.
static void structures() {
    const auto row = [](const char* what, const std::array<int, 5>& numbers) {
        std::array<std::string, 5> text;
        std::ranges::transform(numbers, text.begin(), [](int n) {
            return n == -1 ? "-" : std::to_string(n);
        });
        std::printf("%-12s%9s%13s%14s%13s%18s\n", what, text[0].c_str(),
                    text[1].c_str(), text[2].c_str(), text[3].c_str(),
                    text[4].c_str());
    };
    std::printf(
        "\nstructures   sockaddr  sockaddr_in  sockaddr_in6  "
        "sockaddr_un  sockaddr_storage\n");
    row("size", {sizeof(sockaddr), sizeof(sockaddr_in), sizeof(sockaddr_in6),
                 sizeof(sockaddr_un), sizeof(sockaddr_storage)});
    row("family",
        {offsetof(sockaddr, sa_family), offsetof(sockaddr_in, sin_family),
         offsetof(sockaddr_in6, sin6_family), offsetof(sockaddr_un, sun_family),
         offsetof(sockaddr_storage, ss_family)});
    row("port", {-1, offsetof(sockaddr_in, sin_port),
                 offsetof(sockaddr_in6, sin6_port), -1, -1});
    row("flow label", {-1, -1, offsetof(sockaddr_in6, sin6_flowinfo), -1, -1});
    row("address",
        {offsetof(sockaddr, sa_data), offsetof(sockaddr_in, sin_addr),
         offsetof(sockaddr_in6, sin6_addr), offsetof(sockaddr_un, sun_path),
         -1});
    row("scope", {-1, -1, offsetof(sockaddr_in6, sin6_scope_id), -1, -1});
}

// Whether it is an address of that family; says which if it is.
template <typename Address>
static bool is_valid(const char* text, int family, const char* name) {
    Address address{};
    if (inet_pton(family, text, &address) != 1) return false;
    std::array<char, INET6_ADDRSTRLEN> short_form{};
    inet_ntop(family, &address, short_form.data(), short_form.size());
    std::printf("valid: %s %s, bytes %s\n", name, short_form.data(),
                bytes_of(address).c_str());
    return true;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[TEXT]",
                         "Shows the address functions and structures, or says "
                         "whether TEXT is a valid IPv4 or IPv6 address.");
    if (args.count() == 1) {
        const std::string text(args.text(1));
        if (is_valid<in_addr>(text.c_str(), AF_INET, "IPv4") ||
            is_valid<in6_addr>(text.c_str(), AF_INET6, "IPv6"))
            return 0;
        std::printf("not valid: '%s'\n", text.c_str());
        return 1;
    }
    text_to_bytes();
    bytes_to_text();
    structures();
}
