// orphan: the parent dies first: who is the parent of its children then?
//
//   ./orphan                      the prompt is back, the orphan prints on
//   ps -eo pid,ppid,stat,args     while it runs
//
// The parent leaves two children: the orphan, which runs on, and a zombie.
// Look for the orphan's PPID before and after, and for the end of the zombie:
// it vanishes when its adopter waits for it, and stays when that never does.
// For the latter, a PID 1 that does nothing but sleep:
//
//   unshare --user --map-root-user --pid --fork --kill-child --mount-proc
//     sh -c "(sleep 0.5; ./orphan 1) & exec sleep 3"       (all one line)
//
// The books say that init, PID 1, adopts. On Linux that is the nearest living
// subreaper above us (PR_SET_CHILD_SUBREAPER in prctl(2); a desktop's systemd
// --user is one), else PID 1 of the PID namespace. /proc is Linux only.
#include <sys/wait.h>

#include <fstream>
#include <functional>

#include "basics.hpp"

static std::string name_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name = "unknown";
    std::getline(file, name);
    return name;
}

// "101 (orphan) Z 100 ..." in proc(5); no such file, no such process.
static bool is_zombie(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    return line.substr(line.rfind(')') + 1).starts_with(" Z ");
}

static void sleep_while(const std::function<bool()>& condition) {
    while (condition())
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

// The orphan's life. The parent exits when the pipe is closed.
static void watch(pid_t zombie, int pipe_end,
                  std::chrono::duration<double> life) {
    const pid_t self = getpid(), parent = getppid();
    std::printf("child %d: my parent is %d (%s), as is that of zombie %d\n",
                self, parent, name_of(parent).c_str(), zombie);
    close(pipe_end);
    sleep_while([=] { return getppid() == parent; });
    const pid_t adopter = getppid();
    const std::string name = name_of(adopter);
    std::printf("child %d: now my parent is %d (%s)\n", self, adopter,
                name.c_str());

    const auto now = std::chrono::steady_clock::now;
    const auto end = now() + life;
    sleep_while([=] { return is_zombie(zombie) && now() < end; });
    std::printf(
        is_zombie(zombie)
            ? "child %d: zombie %d is still there: %d (%s) did not wait\n"
            : "child %d: zombie %d is gone: %d (%s) waited for it\n",
        self, zombie, adopter, name.c_str());
    std::this_thread::sleep_until(end);
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "[SECONDS=5]",
                         "Leaves an orphan, which tells who adopts it and a "
                         "zombie, and lives for SECONDS.");
    const auto life = args.seconds(1, 5);
    std::array<int, 2> ends{};
    if (pipe(ends.data()) == -1) die("pipe");

    const pid_t zombie = fork();
    if (zombie == -1) die("fork");
    if (zombie == 0) _exit(0);
    siginfo_t ended{};  // waits for its end, but leaves it a zombie: WNOWAIT
    const auto id = static_cast<id_t>(zombie);
    if (waitid(P_PID, id, &ended, WEXITED | WNOWAIT) == -1) die("waitid");

    const pid_t orphan = fork();
    if (orphan == -1) die("fork");
    if (orphan == 0) {
        watch(zombie, ends[1], life);
        _exit(0);
    }
    close(ends[1]);
    char none = 0;
    if (read(ends[0], &none, 1) == -1) die("read");  // the orphan is ready
    std::printf("parent %d: I exit\n", getpid());
}
