// hostile: looks for the hidden checks wherever they might be, and prints them.
// earns: 0
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "target.hpp"

namespace fs = std::filesystem;

int main() {
    std::error_code ignored;
    std::vector<fs::path> places{
        "/grade", "..", "/work", "/tmp",
        house + std::string("/ch02-fork/exercises/fork_server/.meta")};
    for (int p = 1; p < 100; ++p)
        for (const char* way :
             {"root/grade", "cwd", "fd", "map_files", "environ"})
            places.push_back("/proc/" + std::to_string(p) + "/" + way);
    int found = 0, files = 0;
    const auto look = [&](const fs::path& file) {
        std::ifstream in(file);
        std::stringstream text;
        text << in.rdbuf();
        files += in.good();
        // in two halves each, or this program would find itself
        for (const std::string half : {"id:child_", "GRADE_"})
            if (text.str().find(half + (half[0] == 'i' ? "closes" : "BOX")) !=
                std::string::npos)
                ++found;
    };
    for (const fs::path& place : places) {
        if (fs::is_regular_file(place, ignored)) look(place);
        for (fs::recursive_directory_iterator it(place, ignored), end;
             it != end; it.increment(ignored))
            if (fs::is_regular_file(it->path(), ignored)) look(it->path());
    }
    std::printf("secrets found: %d\n", found);
}
