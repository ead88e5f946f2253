# make help says what there is. Programs are built in their chapter's folder,
# by the chapter's own Makefile.
CHAPTERS = $(patsubst %/Makefile,%,$(wildcard ch[0-9]*/Makefile))
TESTS = $(patsubst tests/%.bats,test-%,$(wildcard tests/*.bats))

all: $(CHAPTERS)
$(CHAPTERS):
	@$(MAKE) --no-print-directory -C $@
test check: all tools
	@tests/run
$(TESTS): test-%: all tools
	@tests/run tests/$*.bats

# What the tests use: probe, a client that puts a server to the test.
tools: tests/probe
tests/probe: CXXFLAGS = -std=c++20 -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion
tests/probe: tests/probe.cpp
.PHONY: all test check tools $(CHAPTERS) $(TESTS)
