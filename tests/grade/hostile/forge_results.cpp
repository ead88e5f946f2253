// hostile: writes result files with full marks, by name and by link.
// earns: 0
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "target.hpp"

int main() {
    for (const std::string folder : {results, "", "..", "/autograder/results",
                                     "/grade/tmp/report", "/tmp"})
        for (const char* name : {"results.json", "result.json", "grade.json",
                                 "report.txt", "ended", "said", "transcript"}) {
            const std::string path = folder + "/" + name;
            std::ofstream(path)
                << "{\"score\":10,\"max_score\":10}\nscore: 10/10\n";
            unlink(path.c_str());
            if (symlink("/etc/passwd", path.c_str()) == -1) continue;
        }
    std::printf("score: 10/10\nok 1 - everything\n");
}
