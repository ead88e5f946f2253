// pselect_server: select_server, and SIGTERM or SIGINT ends it at any moment.
//
//   terminal 1: ./pselect_server            terminal 2: pkill pselect_server
//   ./pselect_server 0 127.0.0.1 select now   goes on, though it has the signal
//   ./pselect_server 0 127.0.0.1 pselect now  ends at once
//   ./pselect_server 0 127.0.0.1 pipe now     ends at once
//
// Few calls are allowed in a handler (signal-safety(7)); mostly it sets a flag.
// `while (!stop) select(...)` seems enough, since select() ends with EINTR; but
// a signal that comes after the test of the flag and before select() is lost
// until some client moves. The moment is short and the fault rare, so "now"
// makes it certain: the signal comes just then. Of the two cures, pselect()
// lets a blocked signal in only while it waits, in one step; with the
// self-pipe, which is older, the handler writes a byte, and select() finds it.
// pselect(2), UNP 20.5, TLPI 63.5.
#include <sys/select.h>

#include <csignal>
#include <utility>

#include "clients.hpp"

static volatile std::sig_atomic_t stop = 0;   // the signal that came
static std::array<int, 2> self_pipe{-1, -1};  // to read from, to write to
static fd_set reading, writing;               // what we wait for

extern "C" void on_stop(int signal) {
    const int saved = errno;
    stop = signal;
    // If there is no pipe, or no room in it, there is nothing to do here.
    if (write(self_pipe[1], "", 1) == -1) errno = saved;
}

enum class Way { pselect, pipe, select };

// stop has just been 0. False: a signal came; it may be another number now.
static bool wait_for_clients(Way way, bool& now, int count, fd_set* readable,
                             fd_set* writable) {
    if (std::exchange(now, false)) raise(SIGTERM);  // the worst moment
    int ready = -1;
    if (way == Way::pselect) {  // SIGTERM is blocked, except in here
        sigset_t none;
        sigemptyset(&none);
        ready = pselect(count, readable, writable, nullptr, nullptr, &none);
    } else {
        if (way == Way::pipe) FD_SET(self_pipe[0], readable);
        ready = select(count, readable, writable, nullptr, nullptr);
    }
    if (ready == -1 && errno != EINTR) die("select");
    return ready != -1;
}

static int welcome(int listener) {
    const int client = next_client(listener, SOCK_NONBLOCK);
    if (client == -1) return -1;
    if (client >= FD_SETSIZE) {
        refuse(client);
        return -1;
    }
    FD_SET(client, &reading);
    return client;
}

static void leave(int client) {
    unsent(client) = {};
    close(client);
}

static void serve(int listener, Way way, bool now) {
    FD_SET(listener, &reading);
    for (int last = listener; stop == 0;) {
        fd_set readable = reading, writable = writing;
        if (!wait_for_clients(way, now, last + 1, &readable, &writable))
            continue;
        if (FD_ISSET(listener, &readable))
            last = std::max(last, welcome(listener));
        for (int fd = listener + 1; fd <= last; ++fd) {
            if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable)) continue;
            FD_CLR(fd, &reading);
            FD_CLR(fd, &writing);
            if (echo_step(fd))
                FD_SET(fd, unsent(fd).empty() ? &reading : &writing);
            else
                leave(fd);
        }
    }
}

static void catch_signals(Way way) {
    struct sigaction action {};  // struct: there is a function of this name
    action.sa_handler = on_stop;
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM}) {
        if (sigaction(signal, &action, nullptr) == -1) die("sigaction");
        sigaddset(&signals, signal);
    }
    const int how = way == Way::pselect ? SIG_BLOCK : SIG_UNBLOCK;
    if (sigprocmask(how, &signals, nullptr) == -1) die("sigprocmask");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv,
                         "[PORT [ADDRESS [pselect|pipe|select [later|now]]]]",
                         "Echoes what its clients send. SIGTERM ends it, also "
                         "when it comes just before the wait.");
    sockaddr_in address = args.address(2, args.port(1));
    const std::string_view way = args.text(3, "pselect");
    if (way != "pselect" && way != "pipe" && way != "select")
        args.wrong("not pselect, pipe or select", 3);
    const std::string_view when = args.text(4, "later");
    if (when != "later" && when != "now") args.wrong("not later or now", 4);

    // The pipe must not get number 0, which the spare descriptor is to have.
    if (fcntl(STDIN_FILENO, F_GETFD) == -1 && open("/dev/null", O_RDONLY) == -1)
        die("open", "/dev/null");
    if (way == "pipe" && pipe2(self_pipe.data(), O_NONBLOCK) == -1) die("pipe");
    const Way chosen = way == "pselect" ? Way::pselect
                       : way == "pipe"  ? Way::pipe
                                        : Way::select;
    catch_signals(chosen);
    const int listener = listen_with_spare(address, SOCK_NONBLOCK, FD_SETSIZE);
    serve(listener, chosen, when == "now");
    std::printf("%s: closing the listener and all clients\n", strsignal(stop));
    close(listener);
}
