// hostile: what it was given becomes a link to the hidden checks, which a check that
// opens it would read as root, and print. The rest is the reference solution.
// exercise: write_all
// earns: 10
#include "honest.hpp"

int main(int argc, char* argv[]) {
    const std::string hidden =
        "/grade/chapter/exercises/write_all/.meta/hidden.bats";
    const std::string kept = std::string(argv[1]) + ".kept";
    if (std::rename(argv[1], kept.c_str()) == 0 &&
        symlink(hidden.c_str(), argv[1]) == 0)
        argv[1] = const_cast<char*>(kept.c_str());
    return honest(argc, argv);
}
