// shutdown_server: ends in good order: accepts no more clients, lets those that
// it has finish what they are at, but not for ever.
//
//   terminal 1: ./shutdown_server
//   terminal 2: ../ch01-basics/echo_client     type a line, leave it running
//   terminal 3: pkill -TERM -o shutdown_server      the oldest is the parent
//   terminal 2: still has its echo, until GRACE_SECONDS are over: then a FIN
//   terminal 3: a second SIGTERM ends it at once
//
// A handler that sets a flag is not enough: SIGTERM may come between the look
// at the flag and accept(), or between accept() and fork(). Here the signals
// stay blocked and are read, like messages, from a descriptor that poll()
// watches beside the listener: nothing can happen between two lines of code.
// (signalfd(2), Linux only; chapter 4's pselect_server has the portable ways.)
// FIN or RST? A child that is killed before it has read all leaves a RST, as
// does close() on the listener for clients in the queue (RFC 2525, 2.17).
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <csignal>
#include <set>

#include "basics.hpp"

static sigset_t caught;           // SIGTERM and SIGCHLD, blocked in the server
static std::set<pid_t> children;  // for which we have not yet waited

// Gives one client a child of its own. False if there was no client.
static bool accept_one(int listener, int signals) {
    const int client = accept(listener, nullptr, nullptr);
    if (client == -1) {
        accept_again_or_die();
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        close(listener);  // or the child would hold the port
        close(signals);   // and it inherits what is blocked:
        if (sigprocmask(SIG_UNBLOCK, &caught, nullptr) == -1) _exit(1);
        echo(client);
        _exit(0);
    }
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else
        children.insert(child);
    close(client);
    return true;
}

// Whether it is SIGTERM. A SIGCHLD stands for one child or more, as ever.
static bool next_is_sigterm(int signals) {
    signalfd_siginfo info{};
    if (read(signals, &info, sizeof info) == -1) die("read");
    if (info.ssi_signo == SIGTERM) return true;
    for (pid_t child = 0; (child = waitpid(-1, nullptr, WNOHANG)) > 0;)
        children.erase(child);
    return false;
}

static void serve_until_sigterm(int listener, int signals) {
    std::array<pollfd, 2> watched{
        {{signals, POLLIN, 0}, {listener, POLLIN, 0}}};
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) == -1) die("poll");
        if (watched[0].revents != 0 && next_is_sigterm(signals)) break;
        if (watched[1].revents != 0) accept_one(listener, signals);
    }
    // close() resets whoever is in the queue: those have come before SIGTERM
    for (int n = 0; n <= SOMAXCONN && accept_one(listener, signals);) ++n;
    close(listener);
}

static void let_them_finish(int signals, std::chrono::duration<double> grace) {
    using namespace std::chrono;
    const auto deadline = steady_clock::now() + grace;
    pollfd watched{signals, POLLIN, 0};
    while (!children.empty()) {
        const auto left = ceil<milliseconds>(deadline - steady_clock::now());
        if (left.count() <= 0) break;
        const int ready = poll(&watched, 1, static_cast<int>(left.count()));
        if (ready == -1) die("poll");
        if (ready == 1 && next_is_sigterm(signals)) break;  // the second one
    }
    if (!children.empty())
        std::printf("%zu are left: SIGKILL\n", children.size());
    for (const pid_t child : children) kill(child, SIGKILL);
    while (wait(nullptr) > 0) {}
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS [GRACE_SECONDS=5]]]",
                         "Echoes, a process for each client; on SIGTERM it "
                         "lets them finish, but not longer than that.");
    const sockaddr_in address = args.address(2, args.port(1));
    const auto grace = args.seconds(3, 5);

    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) die("signal");  // if inherited
    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &caught, nullptr) == -1) die("sigprocmask");
    const int signals = signalfd(-1, &caught, 0);
    if (signals == -1) die("signalfd");

    const int listener = listen_on(address);
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1) die("fcntl");
    serve_until_sigterm(listener, signals);
    std::printf("SIGTERM: no more clients; %zu have %g s to finish\n",
                children.size(), grace.count());
    let_them_finish(signals, grace);
}
