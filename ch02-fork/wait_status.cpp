// wait_status: what a status from wait() says, by the macros of wait(2).
//
//   ./wait_status
//
// Look for: exit() hands over only the low 8 bits; a killed child has no exit
// status at all (a shell shows 128 + the signal: its own invention); the status
// of a child that stops or goes on is reported only to a parent that asks
// for it with WUNTRACED or WCONTINUED.
//
// A core is dumped if RLIMIT_CORE and /proc/sys/kernel/core_pattern let it be:
// both are shown. Here it goes to a folder that is removed in the end; a
// pattern with a "|" hands it to a program whatever the limit: core(5).
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "basics.hpp"

static std::string meaning(int status) {
    const auto signal = [](const char* macro, int n) {
        return macro + (" " + std::to_string(n)) + " '" + strsignal(n) + "'";
    };
    if (WIFEXITED(status))
        return "WIFEXITED, WEXITSTATUS " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return signal("WIFSIGNALED, WTERMSIG", WTERMSIG(status)) +
               (WCOREDUMP(status) ? ", WCOREDUMP" : ", not WCOREDUMP");
    if (WIFSTOPPED(status))
        return signal("WIFSTOPPED, WSTOPSIG", WSTOPSIG(status));
    if (WIFCONTINUED(status)) return "WIFCONTINUED";
    return "nothing known";
}

static void wait_for(pid_t child, const char* what) {
    int status = 0;
    if (waitpid(child, &status, WUNTRACED | WCONTINUED) == -1) die("waitpid");
    std::printf("%-20s 0x%04x  %s\n", what, static_cast<unsigned>(status),
                meaning(status).c_str());
}

static void kill_and_wait(pid_t child, int signal, const char* what) {
    if (kill(child, signal) == -1) die("kill");
    wait_for(child, what);
}

template <typename Action>
static pid_t child_that(Action action) {
    const pid_t child = fork();
    if (child == -1) die("fork");
    if (child == 0) {
        action();
        _exit(0);
    }
    return child;
}

// Ends by abort() with at most this much core. 1 is no core, whoever would
// get it: less than a file needs, and for a "|" it means no core, too.
static void abort_with(rlim_t core) {
    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) == -1) die("getrlimit");
    limit.rlim_cur = std::min(core, limit.rlim_max);
    if (setrlimit(RLIMIT_CORE, &limit) == -1) die("setrlimit");
    std::abort();
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "What wait() says of children that exit, are killed, "
                         "dump core, stop and continue.");
    std::error_code error;
    const auto folder = std::filesystem::temp_directory_path(error);
    errno = error.value();
    if (error) die("temp_directory_path", "$TMPDIR");
    std::string name = folder / "wait_status.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) die("mkdtemp", name);
    if (chdir(name.c_str()) == -1) die("chdir", name);

    wait_for(child_that([] { _exit(24); }), "_exit(24)");
    wait_for(child_that([] { _exit(256 + 7); }), "_exit(256 + 7)");

    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) == -1) die("getrlimit");
    wait_for(child_that([] { abort_with(1); }), "abort() without core");
    wait_for(child_that([] { abort_with(1 << 20); }), "abort() with core");
    std::string pattern;
    std::ifstream file("/proc/sys/kernel/core_pattern");
    std::getline(file, pattern);
    std::printf("  (core_pattern is '%s', the limit %s)\n", pattern.c_str(),
                limit.rlim_max < (1 << 20) ? "too low" : "1 MiB");
    std::filesystem::remove_all(name);

    // It must not end by itself: its status would take the place of those that
    // nobody has asked for yet.
    const pid_t child = child_that([] {
        for (;;) pause();
    });
    kill_and_wait(child, SIGSTOP, "kill(SIGSTOP)");
    kill_and_wait(child, SIGCONT, "kill(SIGCONT)");
    kill_and_wait(child, SIGKILL, "kill(SIGKILL)");
}
