// fork: one call, two returns.
//
//   ./fork
//
// Look for: the child's PPID is the parent's PID, and fork() told the parent
// the child's. The variable has one address and two values: each process has
// its own memory. The file has both lines, one after the other: the child's
// descriptor is a copy of the parent's, but both stand for one open file
// with one offset. fork(2).
#include <sys/wait.h>

#include <filesystem>

#include "basics.hpp"

// Both processes run this.
static void report(const char* call, const int& number, int file) {
    std::printf("%d, child of %d: %s, number is %d at %p\n", getpid(),
                getppid(), call, number, static_cast<const void*>(&number));
    if (dprintf(file, "%d wrote this. ", getpid()) < 0) die("dprintf");
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "One call of fork(), two returns, two processes.");
    std::error_code error;
    const auto folder = std::filesystem::temp_directory_path(error);
    errno = error.value();
    if (error) die("temp_directory_path", "$TMPDIR");
    std::string path = folder / "fork.XXXXXX";
    const int file = mkstemp(path.data());
    if (file == -1) die("mkstemp", path);
    // its name goes now, the file itself with its last descriptor
    if (unlink(path.c_str()) == -1) die("unlink", path);

    int number = 10;
    report("before fork()", number, file);
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        number += 7;
        report("fork() returned 0", number, file);
        _exit(0);
    }
    // Which of the two runs first is up to the kernel. Here the parent waits,
    // so that the child's 7 would be in this number if the memory was shared.
    if (waitpid(child, nullptr, 0) == -1) die("waitpid");
    number -= 7;
    report(("fork() returned " + std::to_string(child)).c_str(), number, file);

    std::array<char, 256> text{};
    if (pread(file, text.data(), text.size() - 1, 0) == -1) die("pread");
    std::printf("the file at descriptor %d: %s\n", file, text.data());
}
