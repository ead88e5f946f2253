// io_models: five ways to read the same bytes, and what the process did while
// they had not come yet.
//
//   ./io_models        or ./io_models SECONDS, the time that they take
//
// A read has two phases: waiting for the data, and copying it. The first four
// differ in the first phase only, and the process itself copies; with the last
// one both are over when it hears of it. Look at what each did meanwhile, and
// at its CPU time: to ask again and again is to work for nothing. aio_read() is
// in Linux's C library a thread that blocks in our place (aio(7)); the kernel's
// own way is io_uring(7). UNP 6.2 and 25.
#include <aio.h>
#include <fcntl.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <csignal>
#include <ctime>

#include "basics.hpp"

static std::array<char, 100> buffer;
static volatile std::sig_atomic_t arrived = 0;

static long work() {  // something useful, for some microseconds
    static volatile unsigned number = 1;
    for (int i = 0; i < 1000; ++i) number = number * 1664525 + 1013904223;
    return 1;
}

static ssize_t blocking(int fd, std::string& did) {
    did = "slept in read()";
    return read(fd, buffer.data(), buffer.size());
}

static ssize_t nonblocking(int fd, std::string& did) {
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1) die("fcntl");
    long asked = 0;
    ssize_t n = -1;
    while ((n = read(fd, buffer.data(), buffer.size())) == -1 &&
           errno == EAGAIN)
        ++asked;
    did = "asked and got EAGAIN " + std::to_string(asked) + " times";
    return n;
}

static ssize_t multiplexed(int fd, std::string& did) {
    if (fd >= FD_SETSIZE) {
        std::fprintf(stderr, "%s: descriptor %d: an fd_set has no bit for it\n",
                     program, fd);
        std::exit(1);
    }
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(fd, &reading);
    if (select(fd + 1, &reading, nullptr, nullptr, nullptr) == -1)
        die("select");
    did = "slept in select(), which could watch others too";
    return read(fd, buffer.data(), buffer.size());
}

extern "C" void on_sigio(int) { arrived = 1; }

static ssize_t signal_driven(int fd, std::string& did) {
    struct sigaction action {};
    action.sa_handler = on_sigio;
    action.sa_flags = SA_RESTART;  // the child's close() sends another SIGIO
    if (sigaction(SIGIO, &action, nullptr) == -1) die("sigaction");
    if (fcntl(fd, F_SETOWN, getpid()) == -1) die("fcntl");
    if (fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == -1) die("fcntl");
    long units = 0;
    // First a try: for what came before O_ASYNC was set, no signal comes.
    ssize_t n = read(fd, buffer.data(), buffer.size());
    while (n == -1 && errno == EAGAIN) {
        while (!arrived) units += work();
        arrived = 0;
        n = read(fd, buffer.data(), buffer.size());
    }
    did = "did " + std::to_string(units) + " units of work until SIGIO came";
    return n;
}

static ssize_t asynchronous(int fd, std::string& did) {
    aiocb request{};
    request.aio_fildes = fd;
    request.aio_buf = buffer.data();
    request.aio_nbytes = buffer.size();
    if (aio_read(&request) == -1) die("aio_read");
    long units = 0;
    while (aio_error(&request) == EINPROGRESS) units += work();
    did = "did " + std::to_string(units) + " units of work, the data was there";
    return aio_return(&request);
}

using Model = ssize_t (*)(int fd, std::string& did);

// A child sends the bytes later; we read them in the way of the model.
static void show(const char* name, Model model,
                 std::chrono::duration<double> delay) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == -1)
        die("socketpair");
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        std::this_thread::sleep_for(delay);
        _exit(write_all(ends[1], "hello", 5) ? 0 : 1);
    }
    close(ends[1]);
    std::string did;
    const std::clock_t before = std::clock();
    const ssize_t n = model(ends[0], did);
    if (n == -1) die("read");
    const double cpu =
        static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    std::printf("%s: '%.*s', %.3f s of CPU; meanwhile it %s\n", name,
                static_cast<int>(n), buffer.data(), cpu, did.c_str());
    close(ends[0]);
    if (waitpid(child, nullptr, 0) == -1) die("waitpid");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=0.2]",
                         "Reads the same bytes, which take SECONDS to come, in "
                         "the five ways of I/O.");
    const auto delay = args.seconds(1, 0.2);
    show("blocking", blocking, delay);
    show("non-blocking", nonblocking, delay);
    show("multiplexed", multiplexed, delay);
    show("signal-driven", signal_driven, delay);
    show("asynchronous", asynchronous, delay);
}
