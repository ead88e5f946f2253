// wait_loop: the heart of a shell: starts commands and says how they ended.
// Your task is in README.md. As it stands, it says what it would run.
#include <sys/wait.h>

#include <iostream>
#include <sstream>
#include <vector>

#include "basics.hpp"

using Words = std::vector<std::string>;

// As execvp() wants them: a null pointer comes last. `words` must live as long.
static std::vector<char*> pointers_to(Words& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

static void run(Words& words, bool background) {
    const std::vector<char*> arguments = pointers_to(words);
    std::printf("to be run%s: %s\n", background ? " in the background" : "",
                arguments[0]);
}

static Words split(const std::string& line) {
    std::istringstream input(line);
    Words words;
    for (std::string word; input >> word;) words.push_back(word);
    return words;
}

int main(int argc, char* argv[]) {
    const Arguments args(argc, argv, "",
                         "Runs the commands that it reads, a line each, and "
                         "says how they ended.");
    for (std::string line; std::getline(std::cin, line);) {
        Words words = split(line);
        const bool background = !words.empty() && words.back() == "&";
        if (background) words.pop_back();
        if (!words.empty()) run(words, background);
    }
}
