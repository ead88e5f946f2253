// load: measures an echo server. What comes back is compared with what was
// sent, byte by byte, and it always ends by itself.
//
//   load pingpong HOST PORT PID CLIENTS SECONDS   64 bytes to and fro, on each
//                                                 of CLIENTS connections
//   load connect  HOST PORT PID SECONDS           connect, one echo, close
//   load bulk     HOST PORT PID MEGABYTES         one client writes and reads
//   load stalled  HOST PORT PID CLIENTS SECONDS   pingpong without, then with
//                                                 a client that never reads
//
// PID is the server's: memory (Pss) and CPU time are those of this process, its
// threads and its descendants. Prints "FIGURE VALUE" lines; what they mean:
//
//   served refused waiting   how CLIENTS connections fared before the measuring
//   failed wrong             how many were lost during it; got other bytes
//   rate p50 p99             round trips per second; latencies in microseconds
//   cpu                      the server's CPU time per round trip, microseconds
//   memory memory_each       kB with all connected (at the end); the increase by each
//   connections              per second
//   bulk                     megabytes per second, each there and back
//   before beside kept       stalled: the two rates, and their ratio
//   taken                    stalled: bytes that the silent client could write
//
// Linux only (epoll, /proc).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

static sockaddr_in server{};
static int server_pid = 0;

[[noreturn]] static void fail(const std::string& what) {
    std::fprintf(stderr, "load: %s\n", what.c_str());
    std::exit(1);
}
[[noreturn]] static void die(const char* call) {
    fail(std::string(call) + ": " + std::strerror(errno));
}
static void report(const char* figure, double value) {
    std::printf("%s %.10g\n", figure, value);
}

// --- the bytes ---

constexpr std::size_t message_size = 64;
static std::array<char, 1 << 20> noise;
static void fill_noise() {  // the same every time
    std::uint32_t state = 1;
    for (char& byte : noise) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
}
// any size up to 64 KiB: another place for each client and each round
static const char* bytes_of(std::size_t client, std::size_t round) {
    return &noise[(client * 7919 + round * 61) % (noise.size() - 65536)];
}

// --- rates ---

// The median of many short stretches: on a machine that has other work, too,
// some of them are disturbed, and most are not.
class Rate {
public:
    void add(double amount) {
        sum += amount;
        const auto now = Clock::now();
        if (now - start < std::chrono::milliseconds(10)) return;
        rates.push_back(sum / Seconds(now - start).count());
        start = now;
        sum = 0;
    }
    double median() {
        if (rates.empty())  // it was all over in one stretch
            return sum / Seconds(Clock::now() - start).count();
        const auto middle =
            rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
        std::nth_element(rates.begin(), middle, rates.end());
        return *middle;
    }

private:
    double sum = 0;
    Clock::time_point start = Clock::now();
    std::vector<double> rates;
};

// --- the server, as /proc has it ---

static std::vector<int> processes() {  // it and its descendants
    std::multimap<int, int> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != name.npos) continue;
        std::ifstream file(entry.path() / "stat");
        std::string line;
        std::getline(file, line);
        int parent = 0;
        const std::size_t end = line.rfind(')');  // the name may hold anything
        if (end == line.npos) continue;
        std::string state;
        std::istringstream(line.substr(end + 1)) >> state >> parent;
        children.emplace(parent, std::stoi(name));
    }
    std::vector<int> all = {server_pid};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto [first, last] = children.equal_range(all[i]);
        for (auto child = first; child != last; ++child)
            all.push_back(child->second);
    }
    return all;
}

// Proportional set size: pages that n processes share count 1/n for each.
static double memory_kb() {
    double sum = 0;
    for (const int pid : processes()) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
        for (std::string word; file >> word;)
            if (double kb = 0; word == "Pss:" && file >> kb) sum += kb;
    }
    return sum;
}

// Microseconds on the CPU, of every thread that lives now.
static double cpu_time() {
    double sum = 0;
    for (const int pid : processes()) {
        std::error_code gone;
        const auto tasks = "/proc/" + std::to_string(pid) + "/task";
        for (const auto& task :
             std::filesystem::directory_iterator(tasks, gone)) {
            std::ifstream file(task.path() / "schedstat");
            if (double nanoseconds = 0; file >> nanoseconds)
                sum += nanoseconds / 1000;
        }
    }
    return sum;
}

// --- connections ---

// 28,000 ports are not enough for all that are in TIME_WAIT after a second:
// but every 127.x.y.z is ours, and has its own.
static int new_socket(int flags) {
    static unsigned count = 0;
    const int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (fd == -1) die("socket");
    const int on = 1;
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) ==
        -1)
        die("setsockopt");
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + count++ % 200);
    if (bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) == -1)
        die("bind");
    return fd;
}
static int begin_connect(int fd) {
    return connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server);
}

// --- clients that send a message, wait for its echo, and send the next ---

struct Client {
    enum class Stage { connecting, opening, ready, running, gone };
    Stage stage = Stage::connecting;
    int fd = -1;
    std::size_t round = 0, received = 0;
    Clock::time_point sent_at{};
};

class PingPong {
public:
    explicit PingPong(std::size_t number) : clients(number) {
        poller = epoll_create1(0);
        if (poller == -1) die("epoll_create1");
    }

    // Connects them all, with one echo each. Those with no answer when nothing
    // has happened for a while are left waiting: the server has no time for them.
    void open() {
        std::size_t next = 0, last = 0;
        auto patience = Clock::now();
        while (served + refused < clients.size() &&
               Clock::now() - patience <
                   Seconds(next < clients.size() ? 3 : 1)) {
            for (int i = 0; i < 32 && next < clients.size(); ++i) start(next++);
            turn(50);
            if (served + refused + next != last) patience = Clock::now();
            last = served + refused + next;
        }
    }
    // Round trips per second of those that are served.
    double run(Seconds time) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            if (clients[i].stage == Client::Stage::ready) send_message(i);
        trips = 0;
        latencies.clear();
        const auto start = Clock::now();
        auto now = start;
        Rate rate;
        for (std::size_t last = 0; now - start < time && running > 0;
             now = Clock::now()) {
            turn(10);
            rate.add(static_cast<double>(trips - last));
            last = trips;
        }
        stopping = true;  // no new messages: and what is under way comes back
        const auto end = Clock::now();
        while (running > 0 && Clock::now() - end < Seconds(2)) turn(10);
        failed += running;
        stopping = false;
        return rate.median();
    }
    double latency(double part) {
        if (latencies.empty()) return 0;
        const auto place =
            latencies.begin() +
            static_cast<std::ptrdiff_t>(
                part * static_cast<double>(latencies.size() - 1));
        std::nth_element(latencies.begin(), place, latencies.end());
        return *place;
    }
    std::size_t served = 0, refused = 0, failed = 0, wrong = 0, trips = 0;
    std::size_t size() const { return clients.size(); }

private:
    void start(std::size_t i) {
        clients[i].fd = new_socket(SOCK_NONBLOCK);
        if (begin_connect(clients[i].fd) == -1 && errno != EINPROGRESS)
            return lose(i);
        epoll_event event{};
        event.events = EPOLLOUT | EPOLLIN;
        event.data.u64 = i;
        if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[i].fd, &event) == -1)
            die("epoll_ctl");
    }
    void lose(std::size_t i) {
        Client& client = clients[i];
        if (client.stage == Client::Stage::gone) return;
        if (client.stage == Client::Stage::running) --running;
        if (client.stage == Client::Stage::connecting ||
            client.stage == Client::Stage::opening)
            ++refused;
        else
            ++failed;
        client.stage = Client::Stage::gone;
        close(client.fd);
    }
    void send_message(std::size_t i) {
        Client& client = clients[i];
        if (client.stage == Client::Stage::ready) {
            client.stage = Client::Stage::running;
            ++running;
        }
        client.received = 0;
        ++client.round;
        client.sent_at = Clock::now();
        if (send(client.fd, bytes_of(i, client.round), message_size,
                 MSG_NOSIGNAL) != message_size)
            lose(i);
    }
    void connected(std::size_t i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        if (epoll_ctl(poller, EPOLL_CTL_MOD, clients[i].fd, &event) == -1)
            die("epoll_ctl");
        clients[i].stage = Client::Stage::opening;
        send_message(i);
    }
    void receive(std::size_t i) {
        Client& client = clients[i];
        std::array<char, message_size + 1> buffer;  // one more is too many
        const ssize_t n =
            recv(client.fd, buffer.data(), buffer.size() - client.received, 0);
        if (n == -1 && errno == EAGAIN) return;
        if (n <= 0) return lose(i);
        const auto size = static_cast<std::size_t>(n);
        if (client.received + size > message_size ||
            std::memcmp(buffer.data(),
                        bytes_of(i, client.round) + client.received,
                        size) != 0) {
            ++wrong;
            return lose(i);
        }
        client.received += size;
        if (client.received < message_size) return;
        if (client.stage == Client::Stage::opening) {
            ++served;
            client.stage = Client::Stage::ready;
            return;
        }
        if (client.stage != Client::Stage::running) return lose(i);  // unasked
        ++trips;
        latencies.push_back(static_cast<float>(
            Seconds(Clock::now() - client.sent_at).count() * 1e6));
        if (!stopping) return send_message(i);
        client.stage = Client::Stage::ready;
        --running;
    }
    void turn(int milliseconds) {
        const int n = epoll_wait(poller, events.data(),
                                 static_cast<int>(events.size()), milliseconds);
        for (const epoll_event& event : std::span(
                 events.data(), static_cast<std::size_t>(std::max(n, 0)))) {
            const std::size_t i = event.data.u64;
            if (clients[i].stage == Client::Stage::gone) continue;
            if (clients[i].stage != Client::Stage::connecting)
                receive(i);
            else if ((event.events & (EPOLLERR | EPOLLHUP)) != 0)
                lose(i);
            else
                connected(i);
        }
    }

    int poller = -1;
    std::size_t running = 0;
    bool stopping = false;
    std::vector<Client> clients;
    std::vector<float> latencies;
    std::array<epoll_event, 512> events{};
};

static void pingpong(std::size_t number, Seconds time) {
    const double alone = memory_kb();
    PingPong clients(number);
    clients.open();
    report("served", static_cast<double>(clients.served));
    report("refused", static_cast<double>(clients.refused));
    report("waiting",
           static_cast<double>(number - clients.served - clients.refused));
    if (clients.served == 0)
        return report("wrong", static_cast<double>(clients.wrong));
    clients.wrong = 0;      // those refused may have been told why
    clients.run(time / 5);  // until buffers and caches are as they will be
    const double memory = memory_kb();
    report("memory", memory);
    report("memory_each",
           (memory - alone) / static_cast<double>(clients.served));
    const double before = cpu_time();
    const double rate = clients.run(time);
    const double used = cpu_time() - before;
    report("rate", rate);
    report("p50", clients.latency(0.5));
    report("p99", clients.latency(0.99));
    report("failed", static_cast<double>(clients.failed));
    report("wrong", static_cast<double>(clients.wrong));
    if (clients.trips > 0 && used > 0)  // not if the server has died
        report("cpu", used / static_cast<double>(clients.trips));
}

// One connection after the other: the time that it takes to be served at all.
static void connections(Seconds time) {
    const timeval limit{2, 0};
    std::size_t count = 0, failed = 0;
    const auto start = Clock::now();
    Rate rate;
    for (; Clock::now() - start < time && failed < 3; ++count) {
        const int fd = new_socket(0);
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
            setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
        std::array<char, message_size> reply{};
        const char* message = bytes_of(1, count);
        if (begin_connect(fd) == -1 ||
            send(fd, message, message_size, MSG_NOSIGNAL) != message_size ||
            recv(fd, reply.data(), message_size, MSG_WAITALL) != message_size ||
            std::memcmp(reply.data(), message, message_size) != 0)
            ++failed;
        else
            rate.add(1);
        close(fd);
    }
    report("failed", static_cast<double>(failed));
    report("connections", rate.median());
}

static void bulk(std::size_t megabytes) {
    const std::size_t total = megabytes * 1'000'000;
    const int fd = new_socket(0);
    if (begin_connect(fd) == -1) die("connect");
    std::size_t sent = 0, received = 0, good = 0;
    std::vector<char> buffer(65536);
    const std::size_t period = noise.size() - 65536;
    Rate rate;
    while (received < total) {
        pollfd ready{fd, POLLIN, 0};
        if (sent < total) ready.events |= POLLOUT;
        if (poll(&ready, 1, 3000) < 1) break;  // nothing moves any more
        if ((ready.revents & POLLOUT) != 0) {
            const std::size_t size = std::min<std::size_t>(total - sent, 65536);
            const ssize_t n = send(fd, &noise[sent % period], size,
                                   MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n == -1 && errno != EAGAIN) break;
            if (n > 0) sent += static_cast<std::size_t>(n);
        }
        if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
        const ssize_t n = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n == -1 && errno == EAGAIN) continue;
        if (n <= 0) break;
        const auto size = static_cast<std::size_t>(n);
        for (std::size_t at = 0; at < size;) {  // the period may end in between
            const std::size_t place = (received + at) % period;
            const std::size_t part = std::min(size - at, period - place);
            if (std::memcmp(&buffer[at], &noise[place], part) == 0)
                good += part;
            at += part;
        }
        received += size;
        rate.add(static_cast<double>(size));
    }
    report("failed", static_cast<double>(total - good));
    report("bulk", rate.median() / 1e6);
}

static void stalled(std::size_t number, Seconds time) {
    PingPong clients(number);
    clients.open();
    clients.run(time / 5);
    const double before = clients.run(time);
    report("before", before);
    const int silent = new_socket(0);
    if (begin_connect(silent) == -1) die("connect");
    double taken = 0;  // until nothing more is taken, or very much
    for (auto last = Clock::now();
         Clock::now() - last < Seconds(0.3) && taken < 256e6;) {
        const ssize_t n =
            send(silent, noise.data(), 65536, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n == -1 && errno != EAGAIN) break;
        if (n > 0) {
            taken += static_cast<double>(n);
            last = Clock::now();
        } else {
            usleep(1000);
        }
    }
    report("taken", taken);
    const double beside = clients.run(time);
    report("beside", beside);
    if (before > 0) report("kept", beside / before);
    report("failed", static_cast<double>(clients.failed));
    report("memory", memory_kb());
}

// --- the command line ---

template <typename Number>
static Number number(const char* text) {
    Number value{};
    const char* end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, value);
    if (error != std::errc{} || stop != end || value <= 0)
        fail("not a number: " + std::string(text));
    return value;
}

static void out_of_time(int) {
    constexpr std::string_view text = "load: out of time\n";
    write(STDERR_FILENO, text.data(), text.size());
    _exit(3);
}

int main(int argc, char* argv[]) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    const int needed = mode == "pingpong" || mode == "stalled" ? 7
                       : mode == "connect" || mode == "bulk"   ? 6
                                                               : 0;
    if (argc != needed) {
        std::fputs(
            "usage: load pingpong HOST PORT PID CLIENTS SECONDS\n"
            "       load connect  HOST PORT PID SECONDS\n"
            "       load bulk     HOST PORT PID MEGABYTES\n"
            "       load stalled  HOST PORT PID CLIENTS SECONDS\n",
            stderr);
        return 2;
    }
    server.sin_family = AF_INET;
    server.sin_port = htons(number<in_port_t>(argv[3]));
    if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) fail("bad address");
    server_pid = number<int>(argv[4]);

    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    std::signal(SIGALRM, out_of_time);
    alarm(60);
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    fill_noise();

    if (mode == "connect") connections(Seconds(number<double>(argv[5])));
    if (mode == "bulk") bulk(number<std::size_t>(argv[5]));
    if (mode == "pingpong")
        pingpong(number<std::size_t>(argv[5]),
                 Seconds(number<double>(argv[6])));
    if (mode == "stalled")
        stalled(number<std::size_t>(argv[5]), Seconds(number<double>(argv[6])));
}
