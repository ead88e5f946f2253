// probe: a client that puts an echo server to the test.
//
//   probe MODE HOST PORT ARGUMENT... [--limit SECONDS]
//
// echo BYTES [CHUNK]    writes pseudo-random bytes, CHUNK at a time, and reads
//                       while it writes; half-closes; expects the end then
// halfclose BYTES       writes all, half-closes, and only then reads
// slow BYTES            a byte at a time, each one back before the next
// lines COUNT [LENGTH]  lines of LENGTH bytes and a newline, one after another
// reset PHASE...        goes with a RST instead of a FIN, once for each PHASE:
//                         connect     the connection is just made
//                         sent        bytes are sent, none of the echo is read
//                         midread     a megabyte is sent, a byte is read
//                         idle        all is sent and read
//                         halfclosed  many bytes are sent, then a FIN
//                         closed      few bytes are sent, then a FIN
//                         blocked     as stall, which see
// stall                 writes and never reads until it can write no more,
//                       prints "blocked after N bytes", waits for the end of
//                       its input, and leaves
// late                  the same, but at the end of its input it reads all that
//                       is under way, half-closes and expects the end
// hold N                opens N connections with an echo on each, prints
//                       "N served, M refused" (and ", K waiting" if there are
//                       such), waits for the end of its input, and leaves.
//                       What the server says to a refused one: "told: TEXT"
// pingpong COUNT [SIZE] prints "N round trips per second"
// churn N               N connections, up to 20 at a time, that leave at
//                       random: by close, half-close or reset
//
// Every byte that comes back is compared with what was sent. Status 0 if all
// is as it should be, otherwise 1 and the reason on standard error (2: usage).
// Every mode ends: if not by itself then after SECONDS (170), with status 1.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

static const char* mode = "";
static sockaddr_in server{};
static std::atomic<std::size_t> sent = 0, received = 0;  // on all connections

[[noreturn]] static void fail(const std::string& reason) {
    std::fprintf(stderr, "probe: %s: %s (%zu bytes sent, %zu received)\n", mode,
                 reason.c_str(), sent.load(), received.load());
    _exit(1);  // from any thread
}

[[noreturn]] static void fail_call(const char* call) {
    fail(std::string(call) + ": " + std::strerror(errno));
}

[[noreturn]] static void usage(const std::string& what) {
    std::fprintf(stderr,
                 "probe: %s\n"
                 "usage: probe MODE HOST PORT ARGUMENT... [--limit SECONDS]\n"
                 "The modes are in the first lines of probe.cpp.\n",
                 what.c_str());
    std::exit(2);
}

static void say(const std::string& line) { std::printf("%s\n", line.c_str()); }

// Pseudo-random bytes, the same ones in every run.
static std::string random_bytes(std::size_t size) {
    static std::uint64_t state = 1;
    std::string bytes(size, '\0');
    for (char& byte : bytes) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        byte = static_cast<char>(state >> 56);
    }
    return bytes;
}

static unsigned random_below(unsigned limit) {
    unsigned value = 0;
    std::memcpy(&value, random_bytes(sizeof value).data(), sizeof value);
    return value % limit;
}

// Bytes in order: in at the back, out at the front.
class Queue {
public:
    std::string_view front() const {
        return std::string_view(bytes).substr(at);
    }
    std::size_t size() const { return bytes.size() - at; }
    void push(std::string_view more) { bytes += more; }
    void pop(std::size_t size) {
        at += size;
        if (at < bytes.size() / 2) return;
        bytes.erase(0, at);
        at = 0;
    }

private:
    std::string bytes;
    std::size_t at = 0;
};

// A connection that knows which bytes must come back.
class Connection {
public:
    enum class Came { bytes, nothing, end, reset };

    Connection() : fd(socket(AF_INET, SOCK_STREAM, 0)) {
        if (fd == -1) fail_call("socket");
        const auto peer = reinterpret_cast<sockaddr*>(&server);
        if (connect(fd, peer, sizeof server) == -1) fail_call("connect");
        const int on = 1;
        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
            fail_call("setsockopt");
        if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1) fail_call("fcntl");
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { close(fd); }

    // Waits for one of the events; false after `milliseconds`.
    bool wait(int events, int milliseconds = -1) const {
        pollfd watched{fd, static_cast<short>(events), 0};
        const int ready = poll(&watched, 1, milliseconds);
        if (ready == -1) fail_call("poll");
        return ready > 0;
    }
    // Writes what the socket takes, and says how much that was.
    std::size_t write_some(std::string_view bytes) {
        const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n == -1 && errno == EAGAIN) return 0;
        if (n == -1) fail_call("write");
        const auto size = static_cast<std::size_t>(n);
        expected.push(bytes.substr(0, size));
        sent += size;
        return size;
    }
    // Reads what is there and compares it with what was sent.
    Came read_some(std::size_t size = 65536) {
        static std::array<char, 65536> buffer;
        const ssize_t n = recv(fd, buffer.data(), size, 0);
        if (n == -1 && errno == EAGAIN) return Came::nothing;
        if (n == -1 && errno == ECONNRESET) return Came::reset;
        if (n == -1) fail_call("read");
        if (n == 0) return Came::end;
        const std::string_view got(buffer.data(), static_cast<std::size_t>(n));
        if (got.size() > expected.size())
            fail("more bytes came back than were sent");
        if (!expected.front().starts_with(got))
            fail("other bytes came back than were sent");
        expected.pop(got.size());
        received += got.size();
        return Came::bytes;
    }
    // The next bytes that came, as they are, which leaves them to be read.
    std::string peek() const {
        std::array<char, 200> text;
        const ssize_t n = recv(fd, text.data(), text.size(), MSG_PEEK);
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
    }
    std::size_t under_way() const { return expected.size(); }
    bool is_echo(std::string_view bytes) const {
        return !bytes.empty() && expected.front().starts_with(bytes);
    }
    void write_all(std::string_view bytes) {
        while (!bytes.empty()) {
            wait(POLLOUT);
            bytes.remove_prefix(write_some(bytes));
        }
    }
    // Until all that was sent is back, having written `bytes` meanwhile.
    void exchange(std::string_view bytes, std::size_t chunk = 65536) {
        while (!bytes.empty() || under_way() > 0) {
            if (!bytes.empty())
                bytes.remove_prefix(write_some(bytes.substr(0, chunk)));
            wait(bytes.empty() ? POLLIN : POLLIN | POLLOUT);
            const Came came = read_some();
            if (came == Came::end) fail("the server closed the connection");
            if (came == Came::reset) fail("the server reset the connection");
        }
    }
    void half_close() const {
        if (shutdown(fd, SHUT_WR) == -1) fail_call("shutdown");
    }
    // After a half-close: all that is under way, and then the end.
    void expect_end() {
        Came came = Came::nothing;
        while (came != Came::end) {
            wait(POLLIN);
            came = read_some();
            if (came == Came::reset) fail("a reset came instead of the end");
        }
        if (under_way() > 0)
            fail("the end came with " + std::to_string(under_way()) +
                 " bytes missing");
    }
    // Until both directions are full: half a second passes with no room.
    void write_until_blocked() {
        constexpr std::size_t too_much = std::size_t{256} << 20;
        const std::string bytes = random_bytes(65536);
        while (write_some(bytes) > 0 || wait(POLLOUT, 500))
            if (under_way() > too_much)
                fail("the server takes bytes without end, and none is read");
    }
    // The destructor will send a RST: SO_LINGER with no time (socket(7)).
    void reset_on_close() const {
        const linger at_once{1, 0};
        if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once))
            fail_call("setsockopt");
    }

private:
    int fd;
    Queue expected;  // sent and not yet back
};

using Arguments = std::span<const std::string_view>;

// The nth argument: a whole number of 1 or more.
static std::size_t number(Arguments args, std::size_t n,
                          std::size_t missing = 0) {
    if (n >= args.size() && missing == 0) usage("too few arguments");
    if (n >= args.size()) return missing;
    const char* end = args[n].data() + args[n].size();
    std::size_t value = 0;
    const auto [stop, error] = std::from_chars(args[n].data(), end, value);
    if (error != std::errc{} || stop != end || value == 0)
        usage("not a number of 1 or more: " + std::string(args[n]));
    return value;
}

static void wait_for_end_of_input() {
    std::array<char, 4096> ignored;
    while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {}
}

static void finish(Connection& connection) {
    connection.half_close();
    connection.expect_end();
    say("all " + std::to_string(received) + " bytes came back");
}

static void echo(Arguments args) {
    Connection connection;
    connection.exchange(random_bytes(number(args, 0)), number(args, 1, 65536));
    finish(connection);
}

// A server that reads no more than it can send back will let us write no more
// than the kernel's buffers hold: if that is less than all, we have to read.
static void halfclose(Arguments args) {
    Connection connection;
    const std::string bytes = random_bytes(number(args, 0));
    std::string_view left = bytes;
    while (!left.empty() && connection.wait(POLLOUT, 300))
        left.remove_prefix(connection.write_some(left));
    if (!left.empty())
        say("no room for " + std::to_string(left.size()) + " bytes: reading");
    while (!left.empty()) {
        connection.wait(POLLIN | POLLOUT);
        left.remove_prefix(connection.write_some(left));
        if (!left.empty()) connection.read_some();
    }
    say("half-close with " + std::to_string(connection.under_way()) +
        " bytes under way");
    finish(connection);
}

static void slow(Arguments args) {
    Connection connection;
    const std::string bytes = random_bytes(number(args, 0));
    for (const char& byte : bytes) connection.exchange({&byte, 1});
    finish(connection);
}

static void lines(Arguments args) {
    Connection connection;
    for (std::size_t n = number(args, 0); n > 0; --n) {
        std::string line = random_bytes(number(args, 1, 64));
        std::ranges::replace(line, '\n', '\0');
        connection.exchange(line + '\n');
    }
    finish(connection);
}

static void reset(Arguments args) {
    if (args.empty()) usage("too few arguments");
    for (const std::string_view phase : args) {
        Connection connection;
        if (phase == "sent" || phase == "closed") {
            connection.write_all(random_bytes(1000));
            if (phase == "closed") connection.half_close();
        } else if (phase == "midread") {
            connection.write_all(random_bytes(1 << 20));
            connection.wait(POLLIN);
            connection.read_some(1);
        } else if (phase == "idle") {
            connection.exchange(random_bytes(1000));
        } else if (phase == "halfclosed") {
            connection.write_all(random_bytes(100'000));
            connection.half_close();
        } else if (phase == "blocked") {
            connection.write_until_blocked();
        } else if (phase != "connect") {
            usage("no such phase: " + std::string(phase));
        }
        connection.reset_on_close();
        say("reset: " + std::string(phase));
    }
}

static void stall(Arguments) {
    Connection connection;
    connection.write_until_blocked();
    say("blocked after " + std::to_string(sent) + " bytes");
    wait_for_end_of_input();
}

static void late(Arguments) {
    Connection connection;
    connection.write_until_blocked();
    say("blocked after " + std::to_string(sent) + " bytes");
    wait_for_end_of_input();
    connection.exchange("");
    finish(connection);
}

// All connect and write before the first answer is looked at.
static void hold(Arguments args) {
    std::vector<std::unique_ptr<Connection>> connections(number(args, 0));
    for (auto& connection : connections) {
        connection = std::make_unique<Connection>();
        // one that is refused may be reset by now: reading will show that
        if (!connection->wait(POLLIN, 0))
            connection->write_some("are you there?\n");
    }
    std::size_t served = 0, refused = 0, waiting = 0;
    std::string told;
    for (const auto& connection : connections) {
        // when one has waited so long, all that wait have
        if (!connection->wait(POLLIN, waiting == 0 ? 2000 : 0)) {
            ++waiting;
        } else if (const std::string got = connection->peek();
                   connection->is_echo(got)) {
            ++served;
        } else {
            ++refused;
            if (!got.empty()) told = got.substr(0, got.find('\n'));
        }
    }
    if (!told.empty()) say("told: " + told);
    say(std::to_string(served) + " served, " + std::to_string(refused) +
        " refused" +
        (waiting > 0 ? ", " + std::to_string(waiting) + " waiting" : ""));
    wait_for_end_of_input();
}

static void pingpong(Arguments args) {
    Connection connection;
    const std::size_t count = number(args, 0);
    const std::string message = random_bytes(number(args, 1, 64));
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t n = 0; n < count; ++n) connection.exchange(message);
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    say(std::to_string(std::lround(static_cast<double>(count) / took.count())) +
        " round trips per second");
}

static void churn(Arguments args) {
    std::map<unsigned, std::unique_ptr<Connection>> open;
    std::size_t coming = number(args, 0);
    while (coming > 0 || !open.empty()) {
        const unsigned place = random_below(20);
        auto& connection = open[place];
        if (connection == nullptr && coming > 0) {
            connection = std::make_unique<Connection>();
            connection->exchange(random_bytes(1 + random_below(2000)));
            --coming;
            continue;
        }
        if (connection != nullptr) {
            connection->write_all(random_bytes(random_below(2000)));
            const unsigned how = random_below(3);
            if (how == 0) connection->half_close();
            if (how == 0) connection->expect_end();
            if (how == 1) connection->reset_on_close();
        }
        open.erase(place);
    }
    say("all connections have come and gone");
}

int main(int argc, char* argv[]) {
    const std::map<std::string_view, void (*)(Arguments)> modes{
        {"echo", echo},   {"halfclose", halfclose}, {"slow", slow},
        {"lines", lines}, {"late", late},           {"reset", reset},
        {"stall", stall}, {"hold", hold},           {"pingpong", pingpong},
        {"churn", churn}};
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    std::vector<std::string_view> args(argv + 1, argv + argc);
    std::size_t limit = 170;  // the tests give it 180
    const auto option = std::ranges::find(args, "--limit");
    if (option != args.end()) {
        limit = number(Arguments(option, args.end()), 1);
        args.erase(option, option + 2);
    }
    if (args.size() < 3) usage("too few arguments");
    const auto run = modes.find(args[0]);
    if (run == modes.end()) usage("no such mode: " + std::string(args[0]));
    mode = run->first.data();
    server.sin_family = AF_INET;
    server.sin_port =
        htons(static_cast<in_port_t>(number(Arguments(args).subspan(2), 0)));
    if (inet_pton(AF_INET, std::string(args[1]).c_str(), &server.sin_addr) != 1)
        usage("not an IPv4 address: " + std::string(args[1]));

    rlimit files{};  // hold wants many
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    std::thread([limit] {
        std::this_thread::sleep_for(std::chrono::seconds(limit));
        fail("not done after " + std::to_string(limit) + " s");
    }).detach();
    run->second(Arguments(args).subspan(3));
}
