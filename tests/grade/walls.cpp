// walls: puts up the file system in which one check runs, and starts a command
// behind it. Called by isolation.bash in a new mount, process and network
// namespace, never by hand:
//
//   walls BOX HEADER OWNER HIDEPID COMMAND [ARGUMENT...]
//
// The new root holds the system, read-only, BOX as /grade, /tmp, and /work, which
// user OWNER may write: no other folder of this machine is in it. HEADER, if there
// is one, is /header/basics.hpp.gch. HIDEPID: as in proc(5), whose processes /proc
// shows. COMMAND is the leader of a session of its own.
// Status 90: it could not be done, and nothing was started. The calls are those
// of mount(8) and ip(8), in one process where those are twenty.
#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
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
                       const std::string& owner, const std::string& hidepid) {
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
    mount_new("proc", "proc", plain | MS_NOEXEC, "hidepid=" + hidepid);
    mount_new("tmpfs", "tmp", plain, "mode=1777,size=64m");
    mount_new("tmpfs", "work", plain, "mode=755,size=64m,uid=" + owner);
    bind_to(box, "grade");
    make_read_only("grade", 0);
    mount_new("tmpfs", "grade/tmp", plain, "mode=700,size=256m");
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
}

// The old root is no longer anywhere.
static void move_in() {
    if (syscall(SYS_pivot_root, ".", "old") == -1) fail("pivot_root");
    if (chdir("/") == -1) fail("/");
    if (umount2("/old", MNT_DETACH) == -1) fail("umount /old");
    make_read_only("/", 0);
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

int main(int argc, char* argv[]) {
    if (argc < 6) {
        std::puts(
            "usage: walls BOX HEADER OWNER HIDEPID COMMAND [ARGUMENT...]");
        return 90;
    }
    umask(022);
    build_root(argv[1], argv[2], argv[3], argv[4]);
    move_in();
    loopback_up();
    if (setsid() == -1) fail("setsid");
    execvp(argv[5], argv + 5);
    fail(argv[5]);
}
