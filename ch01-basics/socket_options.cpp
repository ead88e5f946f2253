// socket_options: what getsockopt() says of a new TCP socket, what we set, and
// what it says then.
//
//   ./socket_options
//   terminal 1: ./socket_options 60            keeps its connections meanwhile
//   terminal 2: ss -tino state established     wscale, mss
//
// Look for the two buffers: Linux doubles what it is asked for, as half is for
// its own book-keeping, up to twice net.core.rmem_max and wmem_max. Buffers
// and TCP_MAXSEG are to be set before connect() or listen(), since the SYN
// announces window scale and MSS. The second table has, in the words of ss,
// the window scales (peer's, ours), the MSS in use and the one we announced.
// Timestamps take 12 bytes of a segment: the MSS in use is 988, not 1000.
// socket(7), tcp(7), RFC 7323; UNP volume 1, figures 7.3 and 7.4.
#include <netinet/tcp.h>

#include "basics.hpp"

static std::string text_of(int value) { return std::to_string(value); }

static std::string text_of(linger value) {
    return (value.l_onoff != 0 ? "on, " : "off, ") +
           std::to_string(value.l_linger) + " s";
}

static std::string text_of(timeval value) {
    const auto ms = value.tv_sec * 1000 + value.tv_usec / 1000;
    return value.tv_sec == 0 && value.tv_usec == 0 ? "none"
                                                   : std::to_string(ms) + " ms";
}

template <typename Value>
static Value value_of(int socket, int level, int option) {
    Value value{};
    socklen_t size = sizeof value;
    if (getsockopt(socket, level, option, &value, &size) == -1)
        die("getsockopt");
    return value;
}

template <typename Value>
static void change(int socket, const char* name, int level, int option,
                   Value value) {
    const auto before = value_of<Value>(socket, level, option);
    if (setsockopt(socket, level, option, &value, sizeof value) == -1)
        die("setsockopt", name);
    const auto after = value_of<Value>(socket, level, option);
    std::printf("%-14s%12s%12s%12s\n", name, text_of(before).c_str(),
                text_of(value).c_str(), text_of(after).c_str());
}

static void change_all(int socket) {
    std::printf("%-14s%12s%12s%12s\n", "option", "default", "set to",
                "read back");
    change(socket, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1);
    change(socket, "SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1);
    change(socket, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 10000);
    change(socket, "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 20000);
    change(socket, "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1);
    change(socket, "SO_LINGER", SOL_SOCKET, SO_LINGER, linger{1, 5});
    change(socket, "SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, timeval{2, 500'000});
    change(socket, "SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, timeval{3, 0});
    change(socket, "TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1);
    change(socket, "TCP_CORK", IPPROTO_TCP, TCP_CORK, 1);
    change(socket, "TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 1000);
}

// Connects, and shows what the SYNs have settled, as ss -ti does.
static void connect_and_show(const char* name, int socket, sockaddr_in server) {
    if (connect(socket, generic(server), sizeof server) == -1)
        die("connect", to_text(server));
    const auto info = value_of<tcp_info>(socket, IPPROTO_TCP, TCP_INFO);
    const int segment = value_of<int>(socket, IPPROTO_TCP, TCP_MAXSEG);
    const std::string scales = std::to_string(info.tcpi_snd_wscale) + "," +
                               std::to_string(info.tcpi_rcv_wscale);
    std::printf("%-14s%12s%12d%12u\n", name, scales.c_str(), segment,
                info.tcpi_advmss);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=0]",
                         "Shows the options of a TCP socket: default, set, "
                         "read back; connects and keeps that for SECONDS.");
    const auto pause = args.seconds(1, 0);
    const int listener = listen_on(args.address(2, 0));
    sockaddr_in server{};
    socklen_t size = sizeof server;
    if (getsockname(listener, generic(server), &size) == -1) die("getsockname");
    const int changed = socket(AF_INET, SOCK_STREAM, 0);
    const int untouched = socket(AF_INET, SOCK_STREAM, 0);
    if (changed == -1 || untouched == -1) die("socket");
    change_all(changed);
    std::printf("\n%-14s%12s%12s%12s\n", "connected", "wscale", "mss",
                "advmss");
    connect_and_show("as it was", untouched, server);
    connect_and_show("with these", changed, server);
    std::this_thread::sleep_for(pause);
}
