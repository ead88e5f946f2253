// thread_server: a thread for each client.
//
//   terminal 1: ./thread_server
//   terminal 2: ./select_client              type a line, leave it running
//   terminal 3: ./select_client              type a line: it is served too
//   terminal 4: ps -L -C thread_server       one process; a thread (LWP) for
//                                            main, and one for each client
//
// The loop that serves one client is chapter 1's: its calls may wait, since a
// thread has nobody else to serve. What a fork copies, threads share: if one
// crashes, all are gone, and the descriptor must not be closed by main as in
// chapter 2, for there is one descriptor table. A thread is detached because
// nobody joins it: otherwise its remains would stay, as a zombie's do.
// pthreads(7), UNP 26.4.
#include <poll.h>

#include <system_error>

#include "clients.hpp"

static void serve(int listener) {
    for (;;) {
        // accept() wants a free descriptor before it looks for a client. After
        // this wait, EMFILE means that there is one, to be refused.
        pollfd arrival{listener, POLLIN, 0};
        if (poll(&arrival, 1, -1) == -1) die("poll");
        const int client = next_client(listener, 0);
        if (client == -1) continue;
        try {
            std::thread thread([client] {  // a copy: it will be the next one's
                echo(client);
                close(client);
            });
            thread.detach();
        } catch (const std::system_error& error) {  // EAGAIN: one too many
            std::fprintf(stderr, "%s: thread: %s\n", program, error.what());
            refuse(client);
        }
    }
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Echoes what its clients send: a thread for each.");
    serve(listen_with_spare(args.address(2, args.port(1)), SOCK_NONBLOCK));
}
