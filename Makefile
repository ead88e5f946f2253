# make help says what there is. Programs are built in their chapter's folder,
# by the chapter's own Makefile.
MAKEFLAGS += --jobs=$(shell nproc)
CHAPTERS = $(patsubst %/Makefile,%,$(wildcard ch[0-9]*/Makefile))
TESTS = $(patsubst tests/%.bats,test-%,$(wildcard tests/*.bats))
NAME =

all: $(CHAPTERS)
$(CHAPTERS): # the first: says nothing where there is nothing to do
	@$(MAKE) -q -s -C $@ || $(MAKE) --no-print-directory -C $@

test check: all tools
	@tests/run
$(TESTS): test-%: all tools
	@tests/run tests/$*.bats

# What the tests use: probe, a client that puts a server to the test.
# load, a client that measures one. sequence draws the slides' pictures.
tools: tests/probe build/bench/load build/slides/sequence
build/bench/load: tests/bench/load.cpp
	@mkdir -p $(@D)
	$(LINK.cpp) $< -o $@
build/slides/sequence: slides/tools/sequence.cpp
	@mkdir -p $(@D)
	$(LINK.cpp) $< -o $@
tests/probe build/bench/load build/slides/sequence: CXXFLAGS = -std=c++20 -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(SANITIZE:%=-fsanitize=%)
tests/probe: tests/probe.cpp

lint:
	@tests/lint

# fork bombs are best alone
test-grade-hostile: export JOBS ?= 2
# PATTERN= and more are explained in the script.
prove: all tools
	@PROVE=all tests/run tests/grade.bats
mutate: all tools
	@tests/mutate.sh $(if $(PATTERN),'$(PATTERN)')

# CPU=, REPEATS= and SLICE= are explained in the script.
bench: all
	@tests/bench/run

clean:
	@for chapter in $(CHAPTERS); do $(MAKE) -s -C $$chapter clean; done
	$(RM) -r tests/probe build

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: make                       builds every program, in its chapter's folder
#: make ch02-fork             builds one chapter
#: make test                  the tests, but for two files (make check: the same)
#: make test-ch02-fork        runs tests/ch02-fork.bats
#: make test-valgrind         every server under Valgrind (some minutes)
#: make test-grade-hostile    attacks the grader (wants a machine for itself)
#: make clean && make test CXX=clang++ CPPFLAGS=-D_GLIBCXX_ASSERTIONS
#: make clean && make test SANITIZE=address,undefined (or thread)
#:                            the tests with other programs: of another compiler,
#:                            with sanitizers; make clean once more after it
#: make lint                  formatting, warnings, clang-tidy, shellcheck
#: make prove                 grades every wrong answer (8 to 25 minutes)
#: make mutate                puts faults into the programs: do the tests see them?
#: make bench                 measures the echo servers (QUICK=1: in a minute)
#: make clean                 removes what was built

# Exercises: tests/grade/README.md. EXERCISE is such as ch02-fork/fork_server.
#: make grade EXERCISE= SUBMISSION=DIR [CHECK=N] [SEED=N] [OUT=DIR]
#:                            grades what is in the folder DIR
#: make grade-class EXERCISE= SUBMISSIONS=DIR OUT=DIR [JOBS=N]
#:                            grades every folder in DIR; again: goes on
#: make handout [EXERCISE=]   build/handout.tar.gz, what students are given
#: make gradescope EXERCISE=  an autograder archive for Gradescope
#: make classroom50 EXERCISE= an autograder folder for Classroom 50
options = $(SEED:%=--seed %) $(if $(OUT),--out "$(OUT)")
grade:
	@tests/grade/grade $(CHECK:%=--check %) $(options) "$(EXERCISE)" "$(SUBMISSION)"
grade-class:
	@tests/grade/grade-class $(JOBS:%=--jobs %) $(options) "$(EXERCISE)" "$(SUBMISSIONS)"
handout gradescope classroom50:
	@tests/grade/$@ $(EXERCISE)
.PHONY: grade grade-class handout gradescope classroom50

# What a lecturer shows: slides/demos/README.md.
#: make demo [NAME=zombie]    plays the tour, or one demo: Enter goes on
#: make lecture NAME=zombie   the same in the panes of tmux
#: make demos                 lists them
demo: all
	@slides/demos/$(or $(NAME),tour).sh
lecture: all
	@slides/demos/$(or $(NAME),concurrent-echo).sh --panes
demos:
	@slides/demos/tour.sh --list
.PHONY: demo lecture demos

# The decks: slides/README.md.
#: make slides                renews decks: listings, transcripts, pictures, HTML
#: make slides-pdf            PDFs of them, where a Chromium is installed
slides: all tools
	@slides/tools/refresh
	@slides/tools/pictures
	@slides/tools/render
slides-pdf:
	@slides/tools/render --pdf
.PHONY: slides slides-pdf

.PHONY: all test check tools lint prove mutate bench clean help $(CHAPTERS) $(TESTS)
