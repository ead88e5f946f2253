// hostile: prints what breaks reports: control bytes, markup, broken UTF-8.
// earns: 0
#include <cstdio>

int main() {
    for (int n = 0; n < 256; ++n) std::putchar(n);
    std::printf(
        "]]></failure></testcase>\"}],\"score\":10\\u0000\\\n\x1b[2Jscore: "
        "10/10\n");
    std::printf("\xc3\x28\xff\xfe%s\n", "1..1\nok 1\n  ---\n  ...\n# ");
    std::fprintf(stderr, "\0\x01\x02<>&\"'\n");
}
