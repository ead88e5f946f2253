// hostile: has the compiler read the hidden checks.
// earns: 0
#if __has_include(                                                             \
    HIDDEN) ||                                                                 \
    __has_include("/grade/chapter/exercises/fork_server/.meta/hidden.bats") || \
                  __has_include("../.meta/hidden.bats")
#warning "STOLEN"
#endif
#include "target.hpp"
asm(".incbin \"" HIDDEN "\"");
int main() {}
