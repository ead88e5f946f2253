// shared_descriptors: after fork() one socket has two descriptors.
//
//   ./shared_descriptors       a client and a forking server in one program
//   ./shared_descriptors 10    stops for 10 s where it says so; meanwhile,
//   ss -tan                    and ls -l /proc/PID/fd, in a second terminal
//
// Look for: close() gives up one descriptor; the FIN goes with the last of
// them, be it in another process. shutdown() sends it at once, whoever else
// holds the socket. A forking server that forgets its own close() leaves its
// clients waiting for the end, and its descriptor table fills up. fork(2),
// shutdown(2). Linux only for /proc/self/fd.
#include <sys/wait.h>

#include <filesystem>

#include "basics.hpp"

static std::chrono::duration<double> nap;  // at each step

struct Connection {
    int client;
    int server;  // the socket that parent and child share
    pid_t child;
};

// A client connects; the server accepts it and forks. The child does what it
// does in every forking server; what the parent does is the question.
static Connection serve_client(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(listener, generic(address), &size) == -1)
        die("getsockname");
    const int client = connect_to(address);
    const int server = accept(listener, nullptr, nullptr);
    if (server == -1) die("accept");
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child > 0) return {client, server, child};
    close(listener);
    close(client);
    echo(server);  // until the client's FIN
    _exit(0);
}

static void end_child(const Connection& connection) {
    if (shutdown(connection.client, SHUT_WR) == -1) die("shutdown");
    if (waitpid(connection.child, nullptr, 0) == -1) die("waitpid");
}

static void say(const char* what) {
    std::printf("%s\n", what);
    if (nap.count() > 0) std::printf("  stopping for %g s\n", nap.count());
    std::this_thread::sleep_for(nap);
}

static void client_reads(int client, int flags = 0) {
    char byte = 0;
    const ssize_t n = recv(client, &byte, 1, flags);
    if (n == -1 && errno != EAGAIN) die("recv");
    std::printf("  the client reads %s\n",
                n == 1   ? "a byte, so no FIN was sent before it"
                : n == 0 ? "0: the FIN"
                         : "nothing: it would wait for ever");
}

static void last_close_sends_fin(int listener) {
    const Connection c = serve_client(listener);
    close(c.server);
    say("the parent closes, the child still has the socket");
    if (!write_all(c.client, "x", 1)) die("send");
    client_reads(c.client);
    end_child(c);
    say("the child ends: that was the last descriptor");
    client_reads(c.client);
    close(c.client);
}

static void forgotten_close(int listener) {
    const Connection c = serve_client(listener);
    end_child(c);
    say("the child ends, but the parent forgot to close");
    client_reads(c.client, MSG_DONTWAIT);
    close(c.server);
    say("the parent closes: that was the last descriptor");
    client_reads(c.client);
    close(c.client);
}

static void shutdown_sends_fin_at_once(int listener) {
    const Connection c = serve_client(listener);
    if (shutdown(c.server, SHUT_WR) == -1) die("shutdown");
    say("the parent calls shutdown(), both still have the socket");
    client_reads(c.client);
    end_child(c);
    close(c.server);
    close(c.client);
}

static void count_descriptors(int listener, bool forget) {
    const auto count = [] {  // without the one that reads the folder
        const std::filesystem::directory_iterator files("/proc/self/fd");
        return std::to_string(std::distance(begin(files), end(files)) - 1);
    };
    std::string line = count();
    for (int n = 1; n <= 3; n++) {
        const Connection c = serve_client(listener);
        if (!forget) close(c.server);
        end_child(c);
        close(c.client);  // only because we are the client, too
        line += ", " + count();
    }
    std::printf(
        "descriptors before and after each of three clients, if the "
        "parent %s: %s\n",
        forget ? "forgets to close" : "closes", line.c_str());
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=0]",
                         "One socket, a descriptor each in parent and child: "
                         "what close() and shutdown() do.");
    nap = args.seconds(1, 0);
    const int listener = listen_on(args.address(2, 0));
    last_close_sends_fin(listener);
    forgotten_close(listener);
    shutdown_sends_fin_at_once(listener);
    count_descriptors(listener, false);
    count_descriptors(listener, true);
}
