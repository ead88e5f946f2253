// confine: starts a submission's program, or the compiler, so that it cannot
// reach the check that watches it. Called by the grader, never by hand:
//
//   ./NAME ARGUMENT...     through a symbolic link NAME -> confine: starts
//                          $CONFINE_DIR/NAME in $CONFINE_DIR
//   confine COMMAND...     starts COMMAND there
//
// CONFINE_AS      uid N      becomes user N: the caller is root
//                 namespace  a user namespace of its own: the caller is root
//                            of one; same PIDs, but no ptrace, no /proc/PID/fd
//                 nobody     neither: only the limits below
// CONFINE_HIDE    with namespace: this folder is empty for the program
// CONFINE_LIMITS  such as "nproc=200 fsize=16777216"; core is always 0
//
// In every case: an empty environment, no inherited descriptor above 2, signals
// at their defaults, no new privileges (prctl(2)), no signal to any process
// but its own (landlock(7), from Linux 6.12 on), no limits and priorities of others
// to set, no sockets but those of the internet, local ones and netlink's, no keys
// and no System V IPC, and no namespaces (seccomp(2)). With nobody, the
// environment holds $GRADE_MARK, by which it is found. The process stays the same
// one, so that PID and parent are what a test sees and the program prints.
// Status 125: it could not be confined, and nothing was started.
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

[[noreturn]] static void fail(const std::string& what) {
    const char* reason = std::strerror(errno);
    std::fprintf(stderr, "confine: %s: %s\n", what.c_str(), reason);
    _exit(125);
}

static std::string order(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

template <typename Number>
static Number number(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, value).ptr != end || text.empty()) {
        errno = EINVAL;
        fail("'" + std::string(text) + "' is not a number");
    }
    return value;
}

static void write_file(const char* path, std::string_view text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1) fail(path);
    if (write(file, text.data(), text.size()) == -1) fail(path);
    close(file);
}

// The new mounts belong to the caller's namespace, and the program is moved
// into one below it: it can neither undo them nor look underneath.
static void enter_namespace(const std::string& hide) {
    const std::string user = std::to_string(getuid());
    const std::string group = std::to_string(getgid());
    if (unshare(CLONE_NEWNS) == -1) fail("unshare");
    if (mount("none", hide.c_str(), "tmpfs", MS_RDONLY, "mode=555") == -1)
        fail("mount " + hide);
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("proc", "/proc", "proc", flags, "hidepid=2") == -1)
        fail("mount /proc");
    if (unshare(CLONE_NEWUSER) == -1) fail("unshare");
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "1000 " + user + " 1");
    write_file("/proc/self/gid_map", "1000 " + group + " 1");
    if (setresgid(1000, 1000, 1000) == -1) fail("setresgid");
    if (setresuid(1000, 1000, 1000) == -1) fail("setresuid");
}

// Another user has no right to open what root has opened for it, and so none to
// /dev/stdin and its like: fd(4). What it has for reading it may open for reading, no
// more: a file may be what the check compares with.
static void let_open_again() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        struct stat it {};
        const int flags = fcntl(descriptor, F_GETFL);
        if (flags == -1 || fstat(descriptor, &it) == -1) continue;
        if (!S_ISFIFO(it.st_mode) && !S_ISREG(it.st_mode)) continue;
        const int access = flags & O_ACCMODE;
        mode_t mode = it.st_mode;
        if (access != O_WRONLY) mode |= S_IROTH;
        if (access != O_RDONLY) mode |= S_IWOTH;
        if (mode != it.st_mode && fchmod(descriptor, mode & 07777U) == -1)
            fail("fchmod");
    }
}

static void become(uid_t user) {
    if (setgroups(0, nullptr) == -1) fail("setgroups");
    if (setresgid(user, user, user) == -1) fail("setresgid");
    if (setresuid(user, user, user) == -1) fail("setresuid");
}

static void limit_resources(const std::string& limits) {
    static const std::map<std::string, int> known{
        {"as", RLIMIT_AS},         {"cpu", RLIMIT_CPU},
        {"data", RLIMIT_DATA},     {"fsize", RLIMIT_FSIZE},
        {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},
        {"core", RLIMIT_CORE}};
    std::istringstream words("core=0 " + limits);
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        const auto resource = known.find(word.substr(0, equals));
        errno = EINVAL;
        if (equals == std::string::npos || resource == known.end()) fail(word);
        rlimit now{};
        const auto which = static_cast<__rlimit_resource>(resource->second);
        if (getrlimit(which, &now) == -1) fail(word);
        const auto wanted = number<rlim_t>(word.substr(equals + 1));
        const rlim_t value = std::min(wanted, now.rlim_max);
        const rlimit both{value, value};
        if (setrlimit(which, &both) == -1) fail(word);
    }
}

// Where the kernel can: kill() reaches only what this process has started.
// The structure is spelt out since <linux/landlock.h> may be older.
static void keep_signals_inside() {
    struct {
        std::uint64_t files = 0, network = 0,
                      scoped = 2;  // LANDLOCK_SCOPE_SIGNAL
    } rules;
    constexpr unsigned long version = 1;  // LANDLOCK_CREATE_RULESET_VERSION
    if (syscall(SYS_landlock_create_ruleset, nullptr, 0, version) < 6) return;
    const long set =
        syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (set == -1) fail("landlock_create_ruleset");
    if (syscall(SYS_landlock_restrict_self, set, 0) == -1)
        fail("landlock_restrict_self");
}

// A network namespace holds the internet's sockets and the local ones; others,
// such as AF_VSOCK, reach past it, to the machine below this one. socket(2)
// refuses them, and so does every way around socket(2): io_uring, and system
// calls of another architecture, which have other numbers (seccomp(2)).
// Refused is also what takes memory that no limit of setrlimit(2) counts, some of
// it until the next start of the machine, keys, which the next submission would find,
// and a namespace of its own, in which it could mount a file system of any size.
// clone3() hides its flags in memory: without it, glibc takes clone(). And in a user
// namespace the check still has the same user: a limit of a descriptor or two would
// make it blind. So limits and priorities are set by process 0 only, oneself.
static void refuse_calls() {
#if defined __x86_64__ || defined __aarch64__
#ifdef __x86_64__
    constexpr std::uint32_t native = AUDIT_ARCH_X86_64;
#else
    constexpr std::uint32_t native = AUDIT_ARCH_AARCH64;
#endif
    constexpr std::uint32_t x32 = 0x40000000;  // __X32_SYSCALL_BIT
    constexpr auto load = [](std::size_t offset) {
        return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0,
                           static_cast<std::uint32_t>(offset)};
    };
    // the next instruction if so, else the one after skip more
    constexpr auto unless = [](std::uint16_t test, std::uint32_t value,
                               std::uint8_t skip) {
        return sock_filter{static_cast<std::uint16_t>(BPF_JMP | test | BPF_K),
                           0, skip, value};
    };
    constexpr auto when = [](std::uint32_t value, std::uint8_t skip) {
        return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, skip, 0, value};
    };
    constexpr auto answer = [](std::uint32_t value) {
        return sock_filter{BPF_RET | BPF_K, 0, 0, value};
    };
    constexpr std::size_t first = offsetof(seccomp_data, args);
    constexpr std::size_t second = first + sizeof(std::uint64_t);
    constexpr std::uint32_t no_call = SECCOMP_RET_ERRNO | ENOSYS;
    constexpr std::uint32_t no_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
    constexpr std::uint32_t forbidden = SECCOMP_RET_ERRNO | EPERM;
    constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
    std::vector<sock_filter> filter{
        load(offsetof(seccomp_data, arch)),
        when(native, 1),
        answer(no_call),
        load(offsetof(seccomp_data, nr)),
        unless(BPF_JGE, x32, 1),
        answer(no_call),
    };
    for (const int call :
         {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
          SYS_shmget, SYS_msgget, SYS_semget, SYS_mq_open, SYS_memfd_create,
          SYS_add_key, SYS_request_key, SYS_keyctl, SYS_userfaultfd, SYS_bpf,
          SYS_perf_event_open, SYS_ioprio_set, SYS_unshare, SYS_setns,
          SYS_clone3}) {
        filter.push_back(unless(BPF_JEQ, static_cast<std::uint32_t>(call), 1));
        filter.push_back(answer(no_call));
    }
    for (const int call :
         {SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setattr,
          SYS_sched_setparam, SYS_sched_setscheduler}) {
        const auto number = static_cast<std::uint32_t>(call);
        filter.insert(filter.end(), {unless(BPF_JEQ, number, 4), load(first),
                                     unless(BPF_JEQ, 0, 1), answer(allow),
                                     answer(forbidden)});
    }
    filter.insert(filter.end(), {
                                    unless(BPF_JEQ, SYS_setpriority, 6),
                                    load(first),
                                    unless(BPF_JEQ, PRIO_PROCESS, 3),
                                    load(second),
                                    unless(BPF_JEQ, 0, 1),
                                    answer(allow),
                                    answer(forbidden),
                                    unless(BPF_JEQ, SYS_clone, 4),
                                    load(first),
                                    unless(BPF_JSET, CLONE_NEWUSER, 1),
                                    answer(forbidden),
                                    answer(allow),
                                    when(SYS_socket, 2),
                                    when(SYS_socketpair, 1),
                                    answer(allow),
                                    load(first),
                                    unless(BPF_JEQ, AF_UNIX, 1),
                                    answer(allow),
                                    unless(BPF_JEQ, AF_INET, 1),
                                    answer(allow),
                                    unless(BPF_JEQ, AF_INET6, 1),
                                    answer(allow),
                                    unless(BPF_JEQ, AF_NETLINK, 1),
                                    answer(allow),
                                    answer(no_family),
                                });
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             filter.data()};
    if (prctl(PR_GET_SECCOMP) == -1 && errno == EINVAL)
        return;  // a kernel without it
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
        fail("seccomp");
#endif
}

static void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action {};
        action.sa_handler = SIG_DFL;
        sigaction(number, &action, nullptr);  // KILL and STOP are refused
    }
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, nullptr) == -1) fail("sigprocmask");
}

int main(int argc, char* argv[]) {
    const std::string as = order("CONFINE_AS"), folder = order("CONFINE_DIR");
    const std::string name =
        std::string(argv[0]).substr(std::string_view(argv[0]).rfind('/') + 1);
    const bool linked = name != "confine";
    if (!linked && argc < 2) fail("usage: confine COMMAND [ARGUMENT...]");

    if (chdir(folder.c_str()) == -1) fail(folder);
    write_file("/proc/self/oom_score_adj", "1000");
    if (as == "namespace") {
        enter_namespace(order("CONFINE_HIDE"));
    } else if (as.starts_with("uid ")) {
        let_open_again();
        become(number<uid_t>(as.substr(4)));
    } else if (as != "nobody") {
        fail("CONFINE_AS=" + as);
    }
    limit_resources(order("CONFINE_LIMITS"));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) fail("prctl");
    keep_signals_inside();
    refuse_calls();
    reset_signals();
    umask(022);

    const std::string file = linked ? folder + "/" + name : argv[1];
    std::string home = "HOME=" + folder;
    std::string path = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
    std::string locale = "LC_ALL=C", temporary = "TMPDIR=/tmp";
    std::string mark = "GRADE_MARK=" + order("GRADE_MARK");
    const std::array<char*, 6> environment{
        home.data(),
        path.data(),
        locale.data(),
        temporary.data(),
        as == "nobody" ? mark.data() : nullptr,
        nullptr};
    const unsigned last = ~0U;
    if (syscall(SYS_close_range, 3U, last, 0U) == -1) fail("close_range");
    execvpe(file.c_str(), linked ? argv : argv + 1, environment.data());
    fail(file);
}
