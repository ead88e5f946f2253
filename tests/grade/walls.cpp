// walls: runs a command in namespaces of its own, and in the file system in which
// one check or one compilation runs. Called by isolation.bash, never by hand:
//
//   walls SECONDS PARENT BOX FILL HEADER OWNER [NAME=VALUE...] COMMAND [ARGUMENT...]
//
// The new root holds the system, read-only, BOX as /grade, /tmp, and /work, which
// user OWNER may write, with what is in BOX/FILL: no other folder of this machine is
// in it. HEADER is /header/basics.hpp.gch. FILL and HEADER may be empty. So may
// OWNER, for callers who are not root: they are it in a user namespace, where confine
// makes a world below this one.
//
// COMMAND is process 1 in there: when it ends, all else in there has ended. It has
// that environment and no other, and leads a session of its own. It is killed when
// its SECONDS are over, and when walls ends, and that when process PARENT does.
// Status: COMMAND's, 128 + N if signal N ended it, 90 if it could not be started.
// The calls are those of unshare(1), setpriv(1), mount(8), ip(8) and cp(1), in one
// process where those are thirty.
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace fs = std::filesystem;

[[noreturn]] static void fail(const std::string& what) {
    const char* reason = std::strerror(errno);
    std::printf("walls: %s: %s\n", what.c_str(), reason);
    std::fflush(stdout);
    _exit(90);
}

static void write_file(const char* path, const std::string& text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1 || write(file, text.data(), text.size()) == -1) fail(path);
    close(file);
}

static void make_folder(const std::string& path) {
    if (mkdir(path.c_str(), 0755) == -1) fail("mkdir " + path);
}

static void make_file(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file == -1) fail("open " + path);
    close(file);
}

static void link_to(const std::string& target, const std::string& path) {
    if (symlink(target.c_str(), path.c_str()) == -1) fail("symlink " + path);
}

static void mount_new(const std::string& type, const std::string& target,
                      unsigned long flags, const std::string& options) {
    if (mount("none", target.c_str(), type.c_str(), flags, options.c_str()) ==
        -1)
        fail("mount " + type + " on " + target);
}

// mount_setattr(2), from Linux 5.12 on. With AT_RECURSIVE all below target, too, so
// that no mount in there stays writable. The structure is spelt out since
// <linux/mount.h> may be older, and does not go with every <sys/mount.h>.
static void make_read_only(const char* target, unsigned flags) {
    struct {
        std::uint64_t set = 1,  // MOUNT_ATTR_RDONLY
            clear = 0, propagation = 0, user_namespace = 0;
    } change;
    if (syscall(SYS_mount_setattr, AT_FDCWD, target, flags, &change,
                sizeof change) == -1)
        fail(std::string("mount_setattr ") + target);
}

static void bind_to(const std::string& source, const std::string& target,
                    unsigned long flags = MS_BIND) {
    if (mount(source.c_str(), target.c_str(), nullptr, flags, nullptr) == -1)
        fail("mount " + source + " on " + target);
}

static void bind_read_only(const std::string& source,
                           const std::string& target) {
    bind_to(source, target, MS_BIND | MS_REC);
    make_read_only(target.c_str(), AT_RECURSIVE);
}

// /bin and its like: links into /usr nowadays, folders of their own before.
static void bind_or_link(const std::string& name) {
    const fs::path path = "/" + name;
    if (fs::is_symlink(path)) {
        link_to(fs::read_symlink(path), name);
    } else if (fs::is_directory(path)) {
        make_folder(name);
        bind_read_only(path, name);
    }
}

static void build_root(const std::string& box, const std::string& header,
                       const std::string& owner) {
    constexpr unsigned long plain = MS_NOSUID | MS_NODEV;
    const std::string root = box + "/root";
    mount_new("tmpfs", root, 0, "mode=755,size=1m");
    if (chdir(root.c_str()) == -1) fail(root);
    for (const char* name :
         {"usr", "etc", "proc", "dev", "tmp", "work", "grade", "header", "old"})
        make_folder(name);
    for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"})
        bind_or_link(name);
    bind_read_only("/usr", "usr");
    bind_read_only("/etc", "etc");
    // where there is no OWNER, confine mounts a /proc of its own
    mount_new("proc", "proc", plain | MS_NOEXEC,
              owner.empty() ? "hidepid=0" : "hidepid=2");
    mount_new("tmpfs", "tmp", plain, "mode=1777,size=64m,nr_inodes=4k");
    mount_new("tmpfs", "work", plain,
              "mode=755,size=64m,nr_inodes=4k" +
                  (owner.empty() ? "" : ",uid=" + owner));
    bind_to(box, "grade");
    make_read_only("grade", 0);
    mount_new("tmpfs", "grade/tmp", plain, "mode=700,size=256m");
    for (const char* name : {"grade/tmp/report", "grade/tmp/test"})
        make_folder(name);
    if (!header.empty()) {
        make_file("header/basics.hpp.gch");
        bind_read_only(header, "header/basics.hpp.gch");
    }
    for (const std::string name :
         {"null", "zero", "full", "random", "urandom"}) {
        make_file("dev/" + name);
        bind_to("/dev/" + name, "dev/" + name);
    }
    link_to("/proc/self/fd", "dev/fd");
    link_to("fd/0", "dev/stdin");
    link_to("fd/1", "dev/stdout");
    link_to("fd/2", "dev/stderr");
    link_to("/tmp", "dev/shm");  // shm_open(3): what it takes is limited there
}

// The old root is no longer anywhere.
static void move_in() {
    if (syscall(SYS_pivot_root, ".", "old") == -1) fail("pivot_root");
    if (chdir("/") == -1) fail("/");
    if (umount2("/old", MNT_DETACH) == -1) fail("umount /old");
    make_read_only("/", 0);
}

// Only now, when a link leads nowhere else, and as a link: a submission's folder may
// change while it is taken.
static void fill_work(const std::string& fill) {
    std::error_code failed;
    fs::copy("/grade/" + fill, "/work",
             fs::copy_options::recursive | fs::copy_options::copy_symlinks,
             failed);
    errno = failed.value();
    if (failed) fail("copy " + fill);
}

// A new network namespace has a loopback interface, which is down.
static void loopback_up() {
    const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any == -1) fail("socket");
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    if (ioctl(any, SIOCGIFFLAGS, &request) == -1) fail("lo");
    request.ifr_flags |= IFF_UP;
    if (ioctl(any, SIOCSIFFLAGS, &request) == -1) fail("lo");
    close(any);
}

// unshare(2): with a user namespace if there is no OWNER
static void enter_namespaces(const std::string& owner) {
    const std::string user = std::to_string(geteuid());
    const std::string group = std::to_string(getegid());
    const int root = owner.empty() ? CLONE_NEWUSER : 0;
    if (unshare(root | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
                CLONE_NEWIPC | CLONE_NEWUTS) == -1)
        fail("unshare");
    if (root != 0) {
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "0 " + user + " 1");
        write_file("/proc/self/gid_map", "0 " + group + " 1");
    }
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == -1)
        fail("mount /");
}

// Root has no more use for most of its powers: capabilities(7). They are lost with
// execve(2), and nothing that is executed gets them back.
static void give_up_powers() {
    constexpr std::array kept{
        CAP_CHOWN,     CAP_DAC_OVERRIDE, CAP_FOWNER,
        CAP_KILL,      CAP_SETGID,       CAP_SETUID,
        CAP_NET_ADMIN, CAP_SYS_PTRACE,   CAP_SYS_RESOURCE};
    for (int power = 0; prctl(PR_CAPBSET_READ, power, 0, 0, 0) >= 0; ++power)
        if (std::find(kept.begin(), kept.end(), power) == kept.end() &&
            prctl(PR_CAPBSET_DROP, power, 0, 0, 0) == -1)
            fail("PR_CAPBSET_DROP");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> powers{};
    if (syscall(SYS_capget, &header, powers.data()) == -1) fail("capget");
    for (auto& word : powers) word.inheritable = 0;
    if (syscall(SYS_capset, &header, powers.data()) == -1) fail("capset");
}

// A parent that has ended before is not noticed by prctl(2).
static void die_with_parent() {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1) fail("PR_SET_PDEATHSIG");
}
// a process (pidfd_open(2)), or whoever has the other end of a pipe
static bool ends_within(int descriptor, int milliseconds) {
    pollfd ended{descriptor, POLLIN, 0};
    int ready;
    do {
        ready = poll(&ended, 1, milliseconds);
    } while (ready == -1 && errno == EINTR);
    return ready != 0;
}

int main(int argc, char* argv[]) {
    char** const variables = argv + std::min(argc, 7);
    char** command = variables;
    while (*command != nullptr && std::strchr(*command, '=') != nullptr)
        ++command;
    if (*command == nullptr) {
        std::puts(
            "usage: walls SECONDS PARENT BOX FILL HEADER OWNER [NAME=VALUE...] "
            "COMMAND [ARGUMENT...]");
        return 90;
    }
    const int seconds = std::atoi(argv[1]), parent = std::atoi(argv[2]);
    const std::string fill = argv[4], owner = argv[6];
    die_with_parent();
    if (getppid() != parent) return 90;
    umask(022);
    std::signal(SIGCHLD, SIG_DFL);
    enter_namespaces(owner);
    std::array<int, 2> alive{};  // its end says that walls has ended
    if (pipe2(alive.data(), O_CLOEXEC) == -1) fail("pipe2");
    const pid_t child = fork();
    if (child == -1) fail("fork");
    if (child == 0) {
        die_with_parent();
        close(alive[1]);
        if (ends_within(alive[0], 0)) _exit(90);
        build_root(argv[3], argv[5], owner);
        move_in();
        if (!fill.empty()) fill_work(fill);
        loopback_up();
        if (!owner.empty()) give_up_powers();
        if (setsid() == -1) fail("setsid");
        clearenv();
        for (char** variable = variables; variable < command; ++variable)
            putenv(*variable);
        execvp(*command, command);
        fail(*command);
    }
    const int process = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    if (process == -1) fail("pidfd_open");
    constexpr int most = 1000000;  // seconds, 11 days
    if (!ends_within(process, std::clamp(seconds, 1, most) * 1000)) {
        kill(child, SIGKILL);
        constexpr int patience = 10000;  // for what cannot be killed
        if (!ends_within(process, patience)) return 128 + SIGKILL;
    }
    int status = 0;
    if (waitpid(child, &status, 0) == -1) fail("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
