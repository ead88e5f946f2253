// hostile: asks the kernel for memory that no limit of a process counts, for what
// outlives it, such as keys, for namespaces of its own, and for files without end.
// earns: 0
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>

#include "target.hpp"

int main() {
    int obtained = 0, files = 0;
    const int made = IPC_CREAT | 0600;
    obtained += shmget(IPC_PRIVATE, 100 << 20, made) != -1;
    obtained += msgget(IPC_PRIVATE, made) != -1;
    obtained += semget(IPC_PRIVATE, 100, made) != -1;
    obtained += mq_open("/bad", O_CREAT | O_RDWR, 0600, nullptr) != -1;
    obtained += memfd_create("bad", 0) != -1;
    for (const int ring : {-3, -4})  // KEY_SPEC_SESSION_KEYRING, ..._USER_...
        obtained += syscall(SYS_add_key, "user", "bad", "left", 4, ring) != -1;
    obtained += syscall(SYS_keyctl, 0, -3, 1) != -1;  // KEYCTL_GET_KEYRING_ID
    obtained += syscall(SYS_request_key, "user", "bad", nullptr, 0) != -1;
    obtained += syscall(SYS_userfaultfd, 1) != -1;  // UFFD_USER_MODE_ONLY
    obtained += unshare(CLONE_NEWUSER | CLONE_NEWNS) != -1;
    const long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    obtained += child != -1;
    std::uint64_t how[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    const long other = syscall(SYS_clone3, how, sizeof how);
    if (other == 0) _exit(0);
    obtained += other != -1;
    for (; files < 5000; ++files) {
        const std::string name = "/tmp/bad" + std::to_string(files);
        const int file = open(name.c_str(), O_CREAT | O_WRONLY, 0600);
        if (file == -1) break;
        close(file);
    }
    std::printf("obtained: %d\nfiles made: %s\n", obtained,
                files < 5000 ? "some" : "all");
}
