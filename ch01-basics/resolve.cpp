// resolve: names to addresses, of both families, with getaddrinfo().
//
//   ./resolve localhost
//   ./resolve www.example.org http
//   ./resolve ::1 9013              numbers are taken as they are
//   ./resolve localhost no-such-service
//
// A client is meant to try the results one after the other, in this order
// (RFC 6724; /etc/gai.conf can change it), until a connect() succeeds. Without
// SOCK_STREAM in the hints every address would come three times: for TCP, UDP
// and raw sockets. The errors are no errno's, but for EAI_SYSTEM: their text
// comes from gai_strerror().
// getaddrinfo(3), getnameinfo(3), RFC 3493; UNP volume 1, section 11.6.
#include <netdb.h>

#include "basics.hpp"

// Any family's address as text, "127.0.0.1:80" or "[::1]:80".
static std::string to_text(const addrinfo& result) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    const int error =
        getnameinfo(result.ai_addr, result.ai_addrlen, host.data(), host.size(),
                    port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
    if (error != 0) return gai_strerror(error);
    if (result.ai_family == AF_INET6)
        return "[" + std::string(host.data()) + "]:" + port.data();
    return std::string(host.data()) + ":" + port.data();
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[NODE=localhost [SERVICE=9877]]",
                         "Prints the addresses that getaddrinfo() finds for a "
                         "host's name and a service's, in order.");
    const std::string node(args.text(1, "localhost"));
    const std::string service(args.text(2, "9877"));
    if (service.find_first_not_of("0123456789") == std::string::npos)
        args.port(2);  // the C library would cut 99999 down to 16 bits

    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;  // IPv4 and IPv6
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* results = nullptr;
    const int error =
        getaddrinfo(node.c_str(), service.c_str(), &hints, &results);
    if (error == EAI_SYSTEM) die("getaddrinfo", node + ", " + service);
    if (error != 0) {
        std::fprintf(stderr, "%s: getaddrinfo: %s (%s, %s)\n", program,
                     gai_strerror(error), node.c_str(), service.c_str());
        return 1;
    }
    for (const addrinfo* r = results; r != nullptr; r = r->ai_next)
        std::printf("%s  %s\n", r->ai_family == AF_INET6 ? "IPv6" : "IPv4",
                    to_text(*r).c_str());
    freeaddrinfo(results);
}
