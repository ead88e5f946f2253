// hostile: a source that makes the compiler want all memory, and a program
// that would.
// earns: 0
#include "/dev/zero"
int main() {}
