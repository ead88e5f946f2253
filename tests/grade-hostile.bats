#!/usr/bin/env bats
# Submissions that attack the grader. Each is graded as the exercise fork_server, or
# as the one that its source names, and must get the score that it has earned, in a
# report that can be read; nothing of it is left running, and nothing outside has
# changed.
load test_helper

setup() {
  cd "$ROOT" || return
  exercise=$ROOT/ch02-fork/exercises/fork_server program=fork_server
  folder=$BATS_TEST_TMPDIR/class/student
  results=$BATS_TEST_TMPDIR/results
  canary=$BATS_TEST_TMPDIR/class/canary
  token=bad$BASHPID
  mkdir -p "$folder" "$results"
  echo alive >"$canary"
  chmod 666 "$canary"
  export GRADE_PATIENCE=2
  as=()
}

# hand_in FOLDER HOSTILE: what the hostile program needs to find its targets
hand_in() {
  mkdir -p "$1"
  cp "$ROOT/tests/grade/hostile/$2.cpp" "$1/$program.cpp"
  {
    printf '#pragma once\n'
    printf 'constexpr auto token = "%s", canary = "%s";\n' "$token" "$canary"
    printf 'constexpr auto results = "%s", house = "%s";\n' "$results" "$ROOT"
    printf '#define HIDDEN "%s"\n' "$exercise/.meta/hidden.bats"
  } >"$1/target.hpp"
  {
    printf 'static bool dont_reap = false;\n'
    sed 's/int main(int/static int honest(int/; s/^    reap();/    if (!dont_reap) reap();/; $s/^}/    return 0;\n}/' "$exercise/.meta/solution.cpp"
  } >"$1/honest.hpp"
}
earns() { sed -n 's,^// earns: ,,p' "$ROOT/tests/grade/hostile/$1.cpp"; }

# All that must stay as it was: the grader, the exercise, the class.
world() {
  find "$ROOT/tests/grade" "$exercise" "$BATS_TEST_TMPDIR/class" -type f -print0 |
    sort -z | xargs -0 sha256sum 2>&1
  find "$BATS_TEST_TMPDIR/class" -printf '%p %y %l\n'
  find / /tmp /var/tmp /dev/shm -maxdepth 1 -name "*$token*"
}
grade() { timeout --kill-after=1 300 "${as[@]}" "$ROOT/tests/grade/grade" "$@"; }
left_running() { ps -e -o pid=,stat=,comm=,args= | awk -v token="$token" '$2 !~ /^Z/ && $3 == token'; }
score() { tail -n 1 "$results/report.txt"; }

# survives NAME: grades the hostile program NAME
survives() {
  hand_in "$folder" "$1"
  [[ ${#as[@]} -eq 0 ]] || open_the_way
  local before
  before=$(world)
  run grade --out "$results" "$exercise" "$folder"
  assert_success
  assert_equal "$1: $(score)" "$1: score: $(earns "$1")/10"
  run left_running
  assert_output ''
  assert_equal "$(world)" "$before"
  check_reports
}
# another user can come as far as here
open_the_way() {
  local folder=$BATS_TEST_TMPDIR
  chmod -R a+rX "$folder"
  until [[ -k $folder || $folder == / ]]; do # /tmp is open
    chmod a+x "$folder"
    folder=$(dirname "$folder")
  done
}
check_reports() {
  assert_equal "$(find "$results" -mindepth 1 -printf '%f\n' | sort | xargs)" 'feedback.txt grade.json junit.xml report.tap report.txt result.json results.json'
  grep -q '"complete":true,"error":false' "$results/grade.json"
  ! LC_ALL=C grep -qP '[^\x20-\x7e\t]' "$results"/* || fail 'control characters in a report'
}
said() { assert_file_line "$results/report.txt" "$1"; }
assert_file_line() { grep -qF -- "$2" "$1" || fail "no '$2' in: $(<"$1")"; }

@test "a fork bomb" { GRADE_SECONDS=15 survives fork_bomb; }
@test "endless output" {
  survives endless_output
  [[ $(wc -c <"$results/report.txt") -lt 20000 ]]
}
@test "an endless loop" { survives endless_loop; }
@test "daemons that ignore SIGTERM, left behind by a good program" { survives daemon; }
@test "a daemon that takes a port and stays" {
  survives squatter
  run ss -Htln 'sport = :9877'
  assert_output ''
}
@test "kill(-1), and every process by its number" { survives kill_all; }
@test "killing ps before it has seen the zombies" { survives kill_observers; }
@test "taking the check's descriptors away, or killing its subshells, before it looks" { survives blinds_check; }
@test "a full disk" { survives disk_filler; }
@test "all the memory there is" { survives memory_hog; }
@test "rewriting the grader, the reports and the system" {
  survives rewrite_grader
  assert_equal "$(<"$canary")" alive
}
@test "reading the hidden checks and the grader's environment" {
  GRADE_PATIENCE=30 survives read_hidden # there is much to read
  said 'secrets found: 0'
}
@test "TAP on every descriptor, its own and others'" {
  survives forge_tap
  said 'descriptors reached: 0'
}
@test "forged result files" { survives forge_results; }
@test "ptrace of the grader" {
  survives ptrace
  said 'processes held: 0'
  said 'memories opened: 0'
}
@test "a source that includes the hidden checks" {
  survives include_hidden
  said 'does not compile'
  run ! grep STOLEN "$results/report.txt"
}
@test "a compilation that never ends" { GRADE_SECONDS=5 survives compiles_for_ever; }
@test "a source that is as long as /dev/zero" { survives takes_all_memory; }
@test "a program of two gigabytes" { survives huge_program; }
@test "output that would break the reports" { survives odd_output; }

@test "another file, or a link, in the place of the one that it was given" {
  exercise=$ROOT/ch01-basics/exercises/write_all program=write_all
  survives swaps_input
  survives links_input
  run ! grep -r id:empty "$results" # that is in the hidden checks
}

@test "memory that no limit counts, namespaces, a file system of its own" {
  survives takes_from_kernel
  said 'obtained: 0'
  said 'files made: some'
}

@test "links, odd names, things that are no files, and a Makefile that runs commands" {
  local bait=$BATS_TEST_TMPDIR/class/bait odd
  odd=$'new\nline.cpp'
  printf 'int main() { return 0; }\n' >"$folder/$odd"
  : >"$folder/-rf.cpp"
  : >"$folder/\$(touch $token).cpp"
  : >"$folder/;touch $token;.hpp"
  : >"$folder/a b.cpp"
  mkdir "$folder/folder.cpp" "$folder/.meta"
  mkfifo "$folder/pipe.hpp"
  ln -s /etc/passwd "$folder/passwd.hpp"
  ln -s "$exercise/.meta/solution.cpp" "$folder/fork_server.cpp"
  ln -s /proc/self/fd "$folder/fd.cpp"
  for make in Makefile makefile GNUmakefile; do
    printf 'all check fork_server: ; touch %s /tmp/%s; cp %s fork_server; echo "score: 10/10"\n$(shell touch %s)\n' \
      "$bait" "$token" "$exercise/.meta/solution.cpp" "$bait" >"$folder/$make"
  done
  printf 'exit 0\n' >"$folder/check.bats"
  before=$(world)
  run grade --out "$results" "$exercise" "$folder"
  assert_success
  assert_equal "$(score)" 'score: 0/10'
  said 'does not compile'
  assert_equal "$(world)" "$before"
  check_reports
  # the same with a program that is a file: it counts, the rest is ignored
  rm "$folder/fork_server.cpp"
  cp "$exercise/.meta/solution.cpp" "$folder/fork_server.cpp"
  before=$(world)
  run grade --out "$results" "$exercise" "$folder"
  assert_equal "$(score)" 'score: 10/10'
  assert_equal "$(world)" "$before"
  assert_line --partial 'ignored'
}

@test "a folder that is a link, or empty, or of the wrong name" {
  run grade --out "$results" "$exercise" "$folder"
  assert_equal "$(score)" 'score: 0/10'
  cp "$exercise/.meta/solution.cpp" "$folder/solution.cpp"
  run grade --out "$results" "$exercise" "$folder"
  assert_equal "$(score)" 'score: 0/10'
}

several=(fork_bomb blinds_check kill_all rewrite_grader forge_tap squatter)
survive_several() {
  local name
  for name in "${several[@]}"; do
    rm -rf "$folder" "$results"
    mkdir "$folder" "$results"
    [[ ${#as[@]} -eq 0 ]] || chown 54321:54321 "$results"
    GRADE_SECONDS=15 survives "$name"
  done
}

@test "the same for a grader that is an ordinary user" {
  # who is one has seen them in every other test here
  [[ $EUID -ne 0 ]] || as=(setpriv --reuid 54321 --regid 54321 --clear-groups)
  [[ $("${as[@]}" tests/grade/grade --tier) == A ]] || skip 'no namespaces for ordinary users here'
  [[ $EUID -ne 0 ]] || survive_several
  # on a kernel without landlock it can kill what the check starts: never to its advantage
  copy_house
  without_landlock
  hand_in "$folder" blinds_check
  open_the_way
  run timeout --kill-after=1 300 "${as[@]}" "$house/tests/grade/grade" --check parent_closes "$exercise" "$folder"
  assert_success
  assert_line 'score: 0/2'
}

# by_sudo: the same test, for who is not root, where sudo asks nothing
by_sudo() {
  sudo -n true 2>/dev/null || skip 'not root'
  # shellcheck disable=SC2001 # & is the character itself
  run sudo -n env PATH="$PATH" bats "$BATS_TEST_FILENAME" \
    --filter "^$(sed 's/[^A-Za-z0-9 ]/[&]/g' <<<"$BATS_TEST_DESCRIPTION")\$"
  assert_success
}
not_root() { [[ $EUID -ne 0 ]]; }

@test "the same without namespaces, for a grader that is root (tier B)" {
  if not_root; then by_sudo && return; fi
  export GRADE_TIER=B
  chmod 644 "$canary" # what all may write is not safe from another user
  several+=(takes_from_kernel)
  local before
  before=$(ipcs -mqs)
  survive_several
  assert_equal "$(ipcs -mqs)" "$before"
}

# copy_house: a grader of its own, in $house
copy_house() {
  house=$BATS_TEST_TMPDIR/house
  mkdir "$house"
  cp -R --parents tests/grade tests/test_helper.bash tests/probe.cpp ch02-fork/basics.hpp \
    ch02-fork/exercises/fork_server "$house"
}
without_landlock() { sed -i 's/ < 6) return;/ < 600) return;/' "$house/tests/grade/confine.cpp"; }

@test "tier B, a kernel without landlock: who stops and kills all of its user" {
  if not_root; then by_sudo && return; fi
  export GRADE_TIER=B GRADE_SECONDS=15
  copy_house
  without_landlock
  hand_in "$folder" stops_all
  open_the_way
  run timeout --kill-after=1 300 "$house/tests/grade/grade" --out "$results" "$exercise" "$folder"
  assert_success
  assert_equal "$(score)" 'score: 0/10'
  run left_running
  assert_output ''
}

@test "tier B: hidden checks that others may read are reported, and no batch is graded" {
  if not_root; then by_sudo && return; fi
  export GRADE_TIER=B
  cp "$exercise/.meta/solution.cpp" "$folder/fork_server.cpp"
  copy_house
  open_the_way
  run "$house/tests/grade/grade" --check 1 ch02-fork/fork_server "$folder"
  assert_line --partial 'a submission could read the hidden checks'
  run "$house/tests/grade/grade-class" --out "$results" ch02-fork/fork_server "$BATS_TEST_TMPDIR/class"
  assert_equal "$status" 3
  chmod 700 "$house"
  run "$house/tests/grade/grade" --check 1 ch02-fork/fork_server "$folder"
  refute_line --partial 'a submission could read the hidden checks'
  run "$house/tests/grade/grade-class" --out "$results" ch02-fork/fork_server "$BATS_TEST_TMPDIR/class"
  assert_equal "$status" 3 # a neighbour's work, and what it earned, are no less secret
  assert_line --partial "could read what is in $BATS_TEST_TMPDIR/class"
  chmod 700 "$BATS_TEST_TMPDIR/class"
  run "$house/tests/grade/grade-class" --out "$results" ch02-fork/fork_server "$BATS_TEST_TMPDIR/class"
  assert_equal "$status" 3
  assert_line --partial "could read what is in $results"
  chmod 700 "$results"
  run "$house/tests/grade/grade-class" --jobs 3 --out "$results" ch02-fork/fork_server "$BATS_TEST_TMPDIR/class"
  assert_success
  assert_line --partial '; 1 at once; isolation B;' # they have one network
}

@test "tier B: the commands and the files of a check do not say what it is" {
  if not_root; then by_sudo && return; fi
  export GRADE_TIER=B
  copy_house
  mkdir "$BATS_TEST_TMPDIR/tmp"
  hand_in "$folder" endless_loop # for target.hpp
  printf 'constexpr auto temporary = "%s";\n' "$BATS_TEST_TMPDIR/tmp" >>"$folder/target.hpp"
  sed -i "s/a client gets its line back/$token/" "$house/ch02-fork/exercises/fork_server/check.bats"
  cat >"$folder/fork_server.cpp" <<'END'
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "target.hpp"

namespace fs = std::filesystem;
static int found = 0, files = 0;
static void look(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    files += in.good();
    found += text.str().find(token) != std::string::npos;
}
int main() {
    std::error_code none;
    for (const auto& process : fs::directory_iterator("/proc", none))
        look(process.path() / "cmdline");
    const int commands = files;
    for (const auto& folder : fs::directory_iterator(temporary, none))
        for (const char* name : {"log", "said", "look", "pace", "try"})
            look(folder.path() / name);
    std::printf("commands: %s, files: %d, secrets: %d\n", commands > 0 ? "some" : "none", files - commands, found);
}
END
  open_the_way
  chmod 755 "$BATS_TEST_TMPDIR/tmp"
  TMPDIR=$BATS_TEST_TMPDIR/tmp run "$house/tests/grade/grade" --check 1 ch02-fork/fork_server "$folder"
  assert_line --partial 'commands: some, files: 0, secrets: 0'
}

@test "among ten busy processes on each processor: nothing is lost, and nothing given" {
  unset GRADE_PATIENCE
  cp "$exercise/.meta/solution.cpp" "$folder/fork_server.cpp"
  hand_in "$folder/endless" endless_loop
  busy=()
  for ((n = 0; n < 10 * $(nproc); n++)); do # in a session each, as a check is
    setsid timeout 300 bash -c 'while :; do :; done' 3>&- &
    busy+=($!)
  done
  run grade --out "$results" "$exercise" "$folder"
  GRADE_SECONDS=2 run grade --check 1 "$exercise" "$folder/endless"
  kill "${busy[@]}"
  # or that the machine is too busy to tell, which costs nobody a point
  assert_line --regexp '^score: 0/1( \(not final: grader error\))?$'
  assert_equal "$(score)" 'score: 10/10'
}

@test "in one batch, several at once, with honest ones among them" {
  [[ $(tests/grade/grade --tier) == A ]] || skip 'no namespaces here'
  local class=$BATS_TEST_TMPDIR/batch source name
  for source in tests/grade/hostile/*.cpp; do
    name=$(basename "$source" .cpp)
    [[ $name == compiles_for_ever ]] || grep -q '^// exercise: ' "$source" || hand_in "$class/$name" "$name"
  done
  for name in a_honest f_honest z_honest; do
    mkdir "$class/$name"
    cp "$exercise/.meta/solution.cpp" "$class/$name/fork_server.cpp"
  done
  run tests/grade/grade-class --jobs 3 --out "$BATS_TEST_TMPDIR/out" "$exercise" "$class"
  assert_success
  for name in "$class"/*; do
    name=${name##*/}
    score=10
    [[ $name == *honest ]] || score=$(earns "$name")
    grep -q "^\"$name\",$score,10," "$BATS_TEST_TMPDIR/out/class.csv" ||
      fail "$name should have $score: $(cat "$BATS_TEST_TMPDIR/out/class.csv")"
  done
  run left_running
  assert_output ''
}

@test "a batch is refused where nothing holds a submission back (tier C)" {
  GRADE_TIER=C run tests/grade/grade-class --out "$results" "$exercise" "$BATS_TEST_TMPDIR/class"
  assert_equal "$status" 3
  assert_line --partial 'refused'
}

@test "tier C is what an ordinary user without namespaces gets, and is told" {
  user=()
  [[ $EUID -ne 0 ]] || user=(setpriv --reuid 54321 --regid 54321 --clear-groups)
  # a user namespace below which no more are allowed
  # shellcheck disable=SC2016 # the inner shell's variables
  run limit "${user[@]}" unshare --user --map-root-user bash -c '
    echo 0 >/proc/sys/user/max_user_namespaces && unshare --user --map-user=1000 true' ||
    skip 'user namespaces cannot be had here'
  # shellcheck disable=SC2016
  run limit "${user[@]}" unshare --user --map-root-user --keep-caps bash -c '
    echo 0 >/proc/sys/user/max_user_namespaces
    exec setpriv --bounding-set=-all --inh-caps=-all "$1/tests/grade/grade" --check 1 "$2" "$2"' \
    - "$ROOT" "$exercise"
  assert_line --partial 'isolation   C'
}
