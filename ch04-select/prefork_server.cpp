// prefork_server: children made beforehand, which all accept on one socket.
//
//   terminal 1: ./prefork_server
//   terminal 2: pstree -p $(pgrep -o prefork_server)    four children
//               kill -KILL CHILD; pstree ...            another in its place
//   terminal 3: ./select_client                         type a line
//   terminal 4: ss -tnp sport = :9877                   who serves whom
//
// No client waits for a fork(), and all processors have work. In UNP 30.6 each
// child serves one client, and a fifth waits for one of four to leave; here a
// child is a poll_server. The kernel wakes all idle children for one client
// (the thundering herd): one gets it, accept() gives the others EAGAIN.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <set>
#include <vector>

#include "clients.hpp"

static std::vector<pollfd> watched;  // what we wait for

static pollfd& place(int fd) { return watched[static_cast<std::size_t>(fd)]; }

static void watch(int fd) {
    const std::size_t needed = static_cast<std::size_t>(fd) + 1;
    if (watched.size() < needed) watched.resize(needed, {-1, 0, 0});
    place(fd) = {fd, POLLIN, 0};
}

// Where poll_server refuses a client, as its descriptor table is full, a child
// looks away from the listener: another child may have room.
static void welcome(int listener) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (client != -1)
        watch(client);
    else if (errno == EMFILE)
        place(listener).events = 0;
    else
        accept_again_or_die();
}

static void leave(int client, int listener) {
    unsent(client) = {};
    place(client).fd = -1;
    close(client);
    place(listener).events = POLLIN;
}

[[noreturn]] static void serve(int listener) {
    watch(listener);
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) == -1) die("poll");
        if (place(listener).revents != 0) welcome(listener);
        for (auto& [fd, events, revents] : watched) {
            if (revents == 0 || fd == listener) continue;
            if (echo_step(fd))
                events = unsent(fd).empty() ? POLLIN : POLLOUT;
            else
                leave(fd, listener);
        }
    }
}

static pid_t start_child(int listener, const sigset_t& signals) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    if (child != 0) return child;
    // A parent that is killed cannot end its children: the kernel will (Linux).
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) die("prctl");
    if (getppid() != parent) _exit(0);  // it was killed before prctl()
    if (sigprocmask(SIG_UNBLOCK, &signals, nullptr) == -1) die("sigprocmask");
    serve(listener);
}

// The parent: keeps the children at their number until a signal ends it. It
// waits for signals that are blocked, so there is no handler, and no race.
static void keep(std::size_t number, int listener, const sigset_t& signals) {
    const timespec a_second{1, 0};  // then fork() is tried again if it failed
    std::set<pid_t> children;
    int signal = 0;
    while (signal != SIGINT && signal != SIGTERM) {
        while (children.size() < number) {
            const pid_t child = start_child(listener, signals);
            if (child == -1) break;
            children.insert(child);
        }
        signal = sigtimedwait(&signals, nullptr, &a_second);
        for (pid_t child; (child = waitpid(-1, nullptr, WNOHANG)) > 0;) {
            std::printf("child %d is gone\n", child);
            children.erase(child);
        }
    }
    // A child has nothing to clean up, and may ignore SIGTERM, or be stopped.
    for (const pid_t child : children) kill(child, SIGKILL);
    while (wait(nullptr) > 0) {}
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [CHILDREN=4]]]",
                         "Echoes what its clients send: CHILDREN processes "
                         "accept on one socket.");
    const auto number = args.number<std::size_t>(
        3, 4, 1, 100, "not a number of children from 1 to 100");
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM})
        sigaddset(&signals, signal);
    if (sigprocmask(SIG_BLOCK, &signals, nullptr) == -1) die("sigprocmask");
    keep(number,
         listen_with_spare(args.address(2, args.port(1)), SOCK_NONBLOCK),
         signals);
}
