// stdio_buffer: fork() copies what stdio has not written yet.
//
//   ./stdio_buffer          on a terminal: each line once
//   ./stdio_buffer | cat    line 1 twice, though it was printed once: both have
//                           the same PID
//
// printf() puts text into a buffer of the process. On a terminal the end of a
// line empties it (line buffering); into a pipe or a file that happens when it
// is full or at exit(). What is in it at fork() is there in both processes,
// and each writes its own. The cures: fflush() before fork(), and _exit() in
// the child, which leaves the buffers alone. setbuf(3), _exit(2).
#include <sys/wait.h>

#include "basics.hpp"

static void print_and_fork(const char* care, bool flush, void (*end)(int)) {
    std::printf("%s: printed once, by %d\n", care, getpid());
    if (flush) std::fflush(stdout);
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) end(0);
    if (waitpid(child, nullptr, 0) == -1) die("waitpid");
    std::fflush(stdout);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "Prints a line and forks: into a pipe, the line comes "
                         "twice. Then with the two cures.");
    // basics.hpp has set line buffering, whatever stdout is, which is a cure
    // as well. This is what C starts every program with:
    std::setvbuf(stdout, nullptr, isatty(1) == 1 ? _IOLBF : _IOFBF, BUFSIZ);

    print_and_fork("1 with no care", false, exit);
    print_and_fork("2 fflush() before fork()", true, exit);
    print_and_fork("3 _exit() in the child", false, _exit);
}
