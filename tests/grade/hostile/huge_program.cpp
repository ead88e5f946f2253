// hostile: a program of two gigabytes.
// earns: 0
static char block[2'000'000'000] = {1};
int main() { return block[5]; }
