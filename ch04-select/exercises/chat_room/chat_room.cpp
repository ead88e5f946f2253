// chat_room: what one client says, line by line, all the others hear.
// Your task is in README.md.
#include <sys/select.h>

#include "basics.hpp"

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[PORT [ADDRESS]]",
                         "Sends each line of a client to all the others.");
    const int listener = listen_on(args.address(2, args.port(1)));
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(listener, &readable);
        if (select(listener + 1, &readable, nullptr, nullptr, nullptr) == -1)
            die("select");
        const int client = accept(listener, nullptr, nullptr);
        if (client == -1) accept_again_or_die();
        // the client is in the room: and now?
    }
}
