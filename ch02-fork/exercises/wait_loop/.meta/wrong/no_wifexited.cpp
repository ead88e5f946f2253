// wrong: WEXITSTATUS works for every end
// fails: signals
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

// Says how a command ended. Returns what shells make of it in one number.
static int report(const std::string& who, int status) {
    std::printf("%sstatus %d\n", who.c_str(), WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

// Those in the background that have ended by now; with 0, all of them.
static void reap(int options) {
    int status = 0;
    for (pid_t child; (child = waitpid(-1, &status, options)) > 0;)
        report("[" + std::to_string(child) + "] ", status);
}

static int last = 0;  // what the shell itself will end with

static void run(Words& words, bool background) {
    const std::vector<char*> arguments = pointers_to(words);
    const pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], arguments.data());
        // exit() here would do what the shell has to do at its own end
        std::fprintf(stderr, "%s: %s\n", arguments[0], std::strerror(errno));
        _exit(127);
    }
    int status = 0;
    if (child == -1)
        std::fprintf(stderr, "%s: fork: %s\n", program, std::strerror(errno));
    else if (background)
        std::printf("[%d]\n", child);
    else if (waitpid(child, &status, 0) == -1)
        die("waitpid");
    else
        last = report("", status);
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
        reap(WNOHANG);
        Words words = split(line);
        const bool background = !words.empty() && words.back() == "&";
        if (background) words.pop_back();
        if (!words.empty()) run(words, background);
    }
    reap(0);
    return last;
}
