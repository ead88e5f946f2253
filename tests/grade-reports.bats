#!/usr/bin/env bats
# What the grader makes of a submission and of a class, its reports, which are what
# their readers can read, and what is handed out.
load test_helper

setup() {
  cd "$ROOT" || return
  grade=$ROOT/tests/grade/grade
  model=ch02-fork/exercises/fork_server
}

# submit FILE: a folder with FILE handed in for the model exercise
submit() {
  mkdir -p "$BATS_TEST_TMPDIR/submission"
  cp "$1" "$BATS_TEST_TMPDIR/submission/fork_server.cpp"
  submission=$BATS_TEST_TMPDIR/submission
}

# submit_nothing: a program that ends at once, for checks that do not run it
submit_nothing() {
  echo 'int main() {}' >"$BATS_TEST_TMPDIR/nothing.cpp"
  submit "$BATS_TEST_TMPDIR/nothing.cpp"
}

# keep_tools FOLDER: what this tree has compiled for the grader, for a copy of it; what
# is being written there has a number behind its name
keep_tools() {
  local one
  mkdir -p "$1/build/tools"
  for one in build/tools/{tests-*,basics-*.gch}; do
    [[ ! -e $one || $one == *.+([0-9]) ]] || cp -p "$one" "$1/build/tools"
  done
  (cd "$1" && find . -name '*.[ch]pp' -exec touch -r "$ROOT/{}" {} \;)
}

# own_exercise: a copy of the model exercise in $folder, to be changed
own_exercise() {
  folder=$BATS_TEST_TMPDIR/ch/exercises/fork_server
  mkdir -p "${folder%/*}"
  cp -R "$model" "$folder"
  cp ch02-fork/basics.hpp "$BATS_TEST_TMPDIR/ch"
}

# graded FILE...: hands in, grades, and leaves the reports in $out
graded() {
  out=$BATS_TEST_TMPDIR/out
  submit "$1"
  run "$grade" --seed 7 --out "$out" "${@:2}" "$model" "$submission"
  assert_success
}

@test "a failure says what was run, sent, expected, what came, why, and how to repeat it" {
  export GRADE_PATIENCE=1 # it fails, that much sooner
  graded "$model/.meta/wrong/one_wait.cpp" --check zombies
  assert_line --partial '5  FAILED    0/2  five clients leave'
  assert_line --regexp '^ +run +\./fork_server 0'
  assert_line --regexp '^ +sent +hello'
  assert_line --regexp '^ +expected +one child and no zombie'
  assert_line --regexp '^ +came +PID +PPID +STAT'
  assert_line --regexp '[0-9]+ +[0-9]+ Z.* \[fork_server\] <defunct>'
  assert_line --regexp '^ +hint +A child that has ended stays a zombie'
  assert_line --regexp '^ +again +make check CHECK=5 SEED=7$'
  assert_line 'score: 0/2'

  # how it ended, and what it said of it
  echo '#include <cstdio>
    #include <cstdlib>
    int main() { std::fputs("too bad", stderr); std::abort(); }' >"$BATS_TEST_TMPDIR/aborts.cpp"
  graded "$BATS_TEST_TMPDIR/aborts.cpp" --check echoes
  assert_line --partial 'server on standard error: too bad'
  assert_line --regexp '^ +server has ended, killed by signal 6$'
}

@test "the command that repeats a check repeats it, with the same random inputs" {
  export GRADE_PATIENCE=1 # it fails, that much sooner
  submit "$model/fork_server.cpp"
  run make -s -C "$model" check CHECK=3 SEED=7
  assert_failure
  first=$(grep -E '^ +sent ' <<<"$output")
  run make -s grade EXERCISE=ch02-fork/fork_server SUBMISSION="$submission" CHECK=3 SEED=7
  assert_equal "$(grep -E '^ +sent ' <<<"$output")" "$first"
  run make -s grade EXERCISE=ch02-fork/fork_server SUBMISSION="$submission" CHECK=3 SEED=8
  [[ $(grep -E '^ +sent ' <<<"$output") != "$first" ]]
}

@test "a check whose need failed is not run, and says which" {
  graded "$model/fork_server.cpp" --check 3,zombies
  assert_line --regexp '^ 3  FAILED    0/2 '
  assert_line --regexp '^ 5  not run   0/2  five clients leave'
  assert_line '      needs 3 (the second client is served while the first says nothing)'
  assert_line 'score: 0/4'
  run "$grade" --visible --check 1,6 "$model" "$submission"
  assert_failure 2
  assert_line 'grade: no check 6'
}

@test "the starting point does not compile any more: what the compiler says, and no points" {
  printf 'int main() { return "no"; }\n' >"$BATS_TEST_TMPDIR/broken.cpp"
  graded "$BATS_TEST_TMPDIR/broken.cpp"
  assert_line --regexp '^fork_server.cpp:1:.*error: invalid conversion'
  assert_line 'score: 0/10'
  grep -q 'error: invalid conversion' "$out/feedback.txt"
}

@test "JUnit, Gradescope, Classroom 50 and JSON reports are well-formed, whatever was printed" {
  command -v jq xmllint >/dev/null || skip 'jq and xmllint are not installed'
  mkdir -p "$BATS_TEST_TMPDIR/odd"
  cp tests/grade/hostile/odd_output.cpp "$BATS_TEST_TMPDIR/odd.cpp"
  graded "$BATS_TEST_TMPDIR/odd.cpp"
  xmllint --noout "$out/junit.xml"
  xpath() { xmllint --xpath "$1" "$out/junit.xml"; }
  assert_equal "$(xpath 'count(//testcase)')" 7
  assert_equal "$(xpath 'number(//testsuite/@failures)')" 1
  assert_equal "$(xpath 'number(//testsuite/@skipped)')" 6
  # Gradescope's fields and their types
  jq -e '(.tests | length == 7) and all(.tests[];
    (.score | type == "number") and (.max_score | type == "number") and
    (.status | IN("passed", "failed")) and (.output_format == "text") and
    (.visibility | IN("hidden", "after_due_date", "after_published", "visible")) and
    (.number | type == "string") and (.tags | type == "array")) and
    (.stdout_visibility == "hidden") and (.execution_time | type == "number")' "$out/results.json"
  # Classroom 50's, where what is hidden is left out
  jq -e '.schema == "classroom50/result/v1" and .score == 0 and .["max-score"] == 8 and
    (.tests | length == 5) and all(.tests[]; (.passed | type == "boolean") and
    (.["test-name"] | type == "string") and (.score | floor == .) and (.["max-score"] | floor == .)) and
    (.datetime | test("^[0-9-]{10}T[0-9:]{8}Z$"))' "$out/result.json"
  jq -e '.complete and (.error | not) and .score == 0 and .max_score == 10' "$out/grade.json"
  # TAP, by Perl's parser where there is one
  if command -v prove >/dev/null; then
    cd "$BATS_TEST_TMPDIR" && run env -u BATS_TMPDIR "$(command -v prove)" --source File --ext .tap "$out/report.tap"
    assert_line --partial 'Failed 7/7 subtests'
  fi
}

@test "students are not told what hidden checks are" {
  export GRADE_PATIENCE=1 # it fails, that much sooner
  graded "$model/.meta/wrong/no_close_in_child.cpp" --check 6
  assert_line --partial 'no child keeps the listening socket'
  run cat "$out/feedback.txt"
  assert_line --regexp '^ 6  failed    0/1  a hidden check$'
  refute_output --partial 'listening socket'
  run cat "$out/result.json"
  refute_output --partial 'listening socket'
  jq -e '.tests[5].visibility == "hidden"' "$out/results.json"
}

# /dev/stdin is a file to be opened; what is there may belong to another user.
@test "a submission can open /dev/stdin and its like, and shared memory" {
  own_exercise
  rm -r "$folder/.meta"
  sed 's/^test /@&/' >"$folder/check.bats" <<'END'
load ../../../tests/grade/checks
# bats test_tags=id:a,points:1
test "a pipe" {
  start client ./fork_server
  say client typed
  end_input client
  finish client
  same 'its output' 'typed, shared' "$output"
  same 'its message' 'said' "$stderr"
}
# bats test_tags=id:b,points:1
test "a file, and a pipe for the output" {
  echo typed >"$BATS_TEST_TMPDIR/file"
  try bash -c "./fork_server <$BATS_TEST_TMPDIR/file | cat"
  same 'its output' 'typed, shared' "$output"
  [[ $GRADE_TIER == C || $CONFINE_AS != uid* ]] || must 'a file that it cannot change' test -s "$BATS_TEST_TMPDIR/file"
}
END
  cat >"$BATS_TEST_TMPDIR/opens.cpp" <<'END'
#include <fcntl.h>
#include <sys/mman.h>

#include <fstream>
#include <string>

int main() {
    std::string line;
    std::getline(std::ifstream("/dev/stdin"), line);
    const int shared = shm_open("/opens", O_CREAT | O_RDWR, 0600);
    std::ofstream("/dev/stdout") << line
                                 << (shared == -1 ? "\n" : ", shared\n");
    shm_unlink("/opens");
    std::ofstream("/dev/stderr") << "said\n";
    std::ofstream("/proc/self/fd/0", std::ios::trunc);
}
END
  submit "$BATS_TEST_TMPDIR/opens.cpp"
  run "$grade" "$folder" "$submission"
  assert_line 'score: 2/2'
}

@test "a submission has sockets of the internet and local ones, and no others" {
  cat >"$BATS_TEST_TMPDIR/sockets.cpp" <<'END'
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

static void say(const char* what, long result) {
    std::printf("%s: %s\n", what, result < 0 ? std::strerror(errno) : "had");
}
int main() {
    std::setbuf(stdout, nullptr);
    say("inet", socket(AF_INET, SOCK_DGRAM, 0));
    say("unix", socket(AF_UNIX, SOCK_STREAM, 0));
    say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
    say("alg", socket(AF_ALG, SOCK_SEQPACKET, 0));
    int pair[2];
    say("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    say("tipc pair", socketpair(AF_TIPC, SOCK_STREAM, 0, pair));
    say("rds pair", socketpair(AF_RDS, SOCK_SEQPACKET, 0, pair));
    say("packet pair", socketpair(AF_PACKET, SOCK_DGRAM, 0, pair));
    char parameters[120]{};
    say("io_uring", syscall(SYS_io_uring_setup, 1, parameters));
#ifdef __x86_64__
    long result = 359;  // socket(), as 32-bit programs call it
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(AF_VSOCK), "c"(SOCK_STREAM), "d"(0)
                     : "memory");
    errno = static_cast<int>(-result);
    say("int 0x80", result);
#endif
}
END
  graded "$BATS_TEST_TMPDIR/sockets.cpp" --check echoes
  assert_line --partial 'inet: had'
  assert_line --partial 'unix: had'
  assert_line --partial 'vsock: Address family not supported by protocol'
  assert_line --partial 'alg: Address family not supported by protocol'
  assert_line --partial ' pair: had'
  for other in tipc rds packet; do assert_line --partial "$other pair: Address family not supported by protocol"; done
  assert_line --partial 'io_uring: Function not implemented'
  # a kernel that knows no 32-bit programs ends this one there (SIGSEGV)
  [[ $output != *'int 0x80: '* ]] || assert_line --partial 'int 0x80: Function not implemented'
}

@test "whatever modes files have that were handed in, and under any umask, they are read" {
  submit "$model/.meta/solution.cpp"
  chmod 600 "$submission/fork_server.cpp"
  (umask 077 && cp -R ch02-fork "$BATS_TEST_TMPDIR/ch02-fork")
  umask 077
  run "$grade" --check echoes "$BATS_TEST_TMPDIR/$model" "$submission"
  assert_line 'score: 1/1'
}

@test "a file that becomes a link while it is taken leads nowhere" {
  [[ $("$grade" --tier) == A ]] || skip 'no namespaces here'
  tools=$ROOT/build/tools owner=''
  [[ -x $tools/tests-grade-walls ]] || skip 'the tree is not ours to write'
  [[ $EUID -ne 0 ]] || owner=60710
  cd "$BATS_TEST_TMPDIR"
  mkdir -p box/root box/tmp box/source
  echo 'of another' >secret
  ln -s "$PWD/secret" box/source/secret
  ln -s loop box/source/loop
  echo 'of this one' >box/source/file
  # shellcheck disable=SC2016 # the inner shells' variables
  behind_walls() { # PARENT
    run bash -c '"$1" 60 "${5:-$$}" "$2" source "" "$3" PATH=/usr/bin:/bin bash -c "$4"
      exit' bash "$tools/tests-grade-walls" "$PWD/box" "$owner" 'cd /work && ls && cat *' "$1"
  }
  behind_walls ''
  assert_output --partial $'file\nloop\nsecret\nof this one\n'
  refute_output --partial 'of another'
  # and who has lost its parent starts nothing
  behind_walls 1
  assert_equal "$status-$output" 90-
}

@test "a file that becomes a link after the look, before it is copied, is not taken" {
  # shellcheck disable=SC2034 # read by take
  box=$BATS_TEST_TMPDIR/box submission=$BATS_TEST_TMPDIR/submission exercise=$model chapter=ch02-fork
  mkdir -p "$box/source" "$submission"
  ln -s /etc/passwd "$submission/a.cpp"
  : >"$submission/b.cpp"
  # shellcheck disable=SC2317,SC2034 # called by take, which reads sources
  look_into() { sources=(a.cpp b.cpp); }
  eval "$(sed -n '/^take() {/,/^}/p' "$grade")"
  take
  assert_equal "$(cd "$box/source" && echo *)" 'Makefile b.cpp basics.hpp'
  # nor is anything graded where not all could be taken, or one has become a pipe
  # shellcheck disable=SC2317 # called by take
  die() { echo "$1" && exit 3; }
  # shellcheck disable=SC2317
  timeout() { command timeout 1 "${@:2}"; }
  rm "$submission/b.cpp"
  run take
  assert_equal "$status-${lines[-1]}" '3-cannot copy what was handed in'
  mkfifo "$submission/b.cpp"
  run take
  assert_equal "$status-${lines[-1]}" '3-cannot copy what was handed in'
}

@test "of 5,000 files, the first 50 are taken, and some of the others named" {
  mkdir "$BATS_TEST_TMPDIR/many"
  (cd "$BATS_TEST_TMPDIR/many" && touch a{1..5000}.cpp)
  run timeout 60 "$grade" --check echoes "$model" "$BATS_TEST_TMPDIR/many"
  assert_success
  assert_line --regexp '^ignored     a1043.cpp a1044.cpp .*'
  [[ ${#output} -lt 2000 ]] || fail "$output"
}

@test "the grader's own failure is never the student's" {
  own_exercise
  sed -i 's,^load .*,load no/such/file,' "$folder/check.bats"
  submit_nothing
  run "$grade" --check 1 --out "$BATS_TEST_TMPDIR/out" "$folder" "$submission"
  assert_equal "$status" 3
  assert_line --regexp '^ 1  grader error'
  grep -q '"error":true' "$BATS_TEST_TMPDIR/out/grade.json"
  # what the program is to be given cannot be given
  printf '%s\n' 'load ../../../tests/grade/checks' '# bats test_tags=id:a,points:1' '@test "one" {' '  give missing' '}' >"$folder/check.bats"
  run "$grade" --visible "$folder" "$submission"
  assert_failure 3
  assert_line --regexp 'came +no room for missing'
}

@test "a check passes by reaching its end, and by nothing else" {
  own_exercise
  {
    echo 'load ../../../tests/grade/checks'
    for body in true false 'exit 0' '! true; grep -q nothing /etc/passwd; true' '(exit 3)' 'kill -TERM $$' \
      'x=08; : $((x))' '[[ $((SEED + 1)) -eq 900 ]]'; do
      printf '# bats test_tags=id:a%d,points:1\n@test "%s" {\n  %s\n}\n' "$((++n))" "${body//[$\"]/}" "$body"
    done
  } >"$folder/check.bats"
  submit_nothing
  run "$grade" --visible --seed 0899 "$folder" "$submission"
  assert_success
  assert_line --regexp '^ 1  ok        1/1'
  assert_line --regexp '^ 8  ok        1/1'
  for number in 2 3 4 5 6 7; do assert_line --regexp "^ $number  FAILED    0/1"; done
  assert_line --regexp '^ +check +line 16: ! true; grep -q nothing'
  assert_line 'score: 2/8'
}

@test "a check that is repeated passes if it passes each time, with other random inputs" {
  own_exercise
  printf '%s\n' 'load ../../../tests/grade/checks' '# bats test_tags=id:a,points:1' \
    '@test "three times" {' '  [[ $SEED -lt 10 ]]' '}' >"$folder/check.bats"
  submit_nothing
  run "$grade" --visible --seed 7 --repeat 3 "$folder" "$submission"
  assert_line 'score: 1/1'
  run "$grade" --visible --seed 7 --repeat 4 "$folder" "$submission"
  assert_line 'score: 0/1'
  assert_line --regexp '^ +again +make check CHECK=1 SEED=10$'
  run "$grade" --repeat 0 "$folder" "$submission"
  assert_failure 2
}

@test "on a busy machine, a check has more time, and more patience, by as much" {
  own_exercise
  printf '%s\n' 'load ../../../tests/grade/checks' \
    '# bats test_tags=id:a,points:1' '@test "patience" {' '  wrong "4" "$patience"' '}' \
    '# bats test_tags=id:b,points:1' '@test "no end" {' '  read -r -u "$never"' '}' >"$folder/check.bats"
  submit_nothing
  # four times at the most, eight times the patience: so that is what they are, however
  # busy this machine
  GRADE_PACE=86 GRADE_SECONDS=1 run "$grade" --visible "$folder" "$submission"
  # where it is busier than that, the end of its time says nothing
  [[ $status -eq 0 || $output == *': this machine is too busy to tell'* ]]
  assert_line --regexp '^ +came +32$'
  assert_line --regexp '^ +came +(no end of it: )?stopped after 4 s(:|$)'
  assert_line --regexp '^score: 0/2( |$)'
}

@test "how busy the machine is: three others on the same processor are noticed" {
  [[ -r /proc/$$/schedstat ]] || skip "this kernel does not say how long a process has waited"
  cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
  for n in 1 2 3; do start "busy$n" taskset -c "$cpu" bash -c 'while :; do :; done'; done
  find_pace=$(sed -n '/^find_pace() {/,/^}/p' tests/grade/inside)
  run limit env GRADE_PACE=1 GRADE_MOST=99 taskset -c "$cpu" bash -c "$find_pace; exec 5>&1; find_pace nothing"
  assert_success
  [[ $output -ge 2 ]] || fail "$output"
}

# tries LINE...: what the grader makes of these ends of a check. A line: its
# status, how busy the machine was when it began, and when it had ended
tries() {
  local -a ends=("$@")
  # shellcheck disable=SC2034
  most=4
  calls='' TMPDIR=$BATS_TEST_TMPDIR
  # shellcheck disable=SC2317,SC2034 # called by fairly, which reads pace and most
  isolated() {
    local end
    read -ra end <<<"${ends[0]}"
    if [[ $3 == nothing ]]; then
      pace=${end[2]} ends=("${ends[@]:1}")
      return
    fi
    calls+=" $GRADE_PACE" pace=$((end[1] > GRADE_PACE ? end[1] : GRADE_PACE))
    [[ ${end[0]} == 124 ]] || ends=("${ends[@]:1}")
    return "${end[0]}"
  }
  eval "$(sed -n '/^fairly() {/,/^}/p' "$grade")"
  status=0
  fairly 30 out check || status=$?
}
@test "the end of its time counts, unless the machine got busier, which it is allowed for then" {
  tries '0 1'
  assert_equal "$status:$calls" '0: 1'
  tries '1 5' # it failed
  assert_equal "$status:$calls" '1: 1'
  tries '124 1 1'
  assert_equal "$status:$calls:$spent" '124: 1:30'
  tries '124 4 7' # hardly busier than the four times that it had
  assert_equal "$status:$calls:$spent" '124: 1:120'
  tries '124 1 3' '0 3'
  assert_equal "$status:$calls" '0: 1 6'
  tries '124 1 3' '124 3 3'
  assert_equal "$status:$calls:$spent" '124: 1 6:120'
  tries '124 1 3' '124 3 12' # nobody can tell
  assert_equal "$status:$calls" '92: 1 6'
  tries '124 86 86' '124 86 86' # nobody has that much time
  assert_equal "$status:$calls:$spent" '92: 1 172:120'
  tries '91 1' '1 1' # killed, perhaps from outside
  assert_equal "$status:$calls" '1: 1 1'
  tries '91 1' '91 1'
  assert_equal "$status:$calls" '91: 1 1'
}

@test "no check opens a file in the program's folder, where all is the program's" {
  run grep -rn GRADE_WORK ch*/exercises
  assert_output ''
  # nor compares with a file that is the program's standard input: as an ordinary
  # user's, it can be opened for writing
  run grep -rnE --include='*.bats' '\./[a-z_]+ .*<"?\$BATS' ch*/exercises
  assert_output ''
  # nor takes it for "nothing there" that what looked was killed
  run grep -rnE --include='*.bats' -- '-z \$\(|\) != |! .*\| *grep|^no[a-z_]*\(\) .*\$\(' ch*/exercises
  assert_output ''
}

@test "the user of a submission is nobody's, and what is left of it does not count" {
  [[ $EUID -eq 0 ]] || skip 'not root'
  # shellcheck source=grade/isolation.bash
  source tests/grade/isolation.bash
  "$grade" --tier >/dev/null # makes sweep
  box=$BATS_TEST_TMPDIR/box
  mkdir -p "$box/tests/grade"
  cp build/tools/tests-grade-sweep "$box/tests/grade/sweep"
  # shellcheck disable=SC2317 # called by take_user
  getent() { [[ $2 -lt 60712 ]] && echo "somebody:x:$2"; }
  take_user
  [[ $user -ge 60712 ]] || fail "$user"
  assert_equal "$processes" 256
  # a zombie, whose parent never waits, is none of the next one's processes
  start parent bash -c 'setpriv --reuid "$1" --regid "$1" --clear-groups true & exec sleep 1000' bash "$user"
  wait_until eval 'ps -o stat= -u "$user" | grep -q Z'
  tier=B mark=none
  sweep || true # a folder that does not exist
  assert_equal "$processes" 257
}

@test "root does not grade without isolation where that of its tier fails" {
  [[ $EUID -eq 0 ]] || skip 'not root'
  # shellcheck source=grade/isolation.bash
  source tests/grade/isolation.bash
  TMPDIR=$BATS_TEST_TMPDIR
  # shellcheck disable=SC2317 # called by find_tier
  take_user() { user=60710; }
  # shellcheck disable=SC2317
  try_out() { echo "no $tier here" >"$TMPDIR/try" && [[ $tier == C ]]; }
  # shellcheck disable=SC2317
  die() { echo "died: $1" && exit 3; }
  run find_tier
  assert_equal "$status-$output" '3-died: tier B: no B here'
  GRADE_TIER=B run find_tier
  assert_failure 3
  GRADE_TIER=C run find_tier
  assert_success
}

@test "nothing is graded where submissions could read the answers: below /usr, in tier A" {
  below_usr() { # OPTION...
    run limit unshare --user --map-root-user --mount bash -c '
      mount --bind "$1" /usr/local/src && cd / && /usr/local/src/tests/grade/grade "${@:3}" --check 1 "$2" "$2"' - "$ROOT" "$ROOT/$model" "$@"
  }
  below_usr
  [[ $output != unshare:* && $output != mount:* ]] || skip "no mount namespace here: $output"
  assert_equal "$status" 3
  assert_output 'grade: grader error: /usr/local/src: what is there, submissions can read; use a folder elsewhere'
  # where a student installs the handout is his own affair
  below_usr --visible
  assert_line 'score: 1/1'
}

@test "a check that this machine cannot run is the grader's error, and no point" {
  mkdir "$BATS_TEST_TMPDIR/submission"
  cp ch04-select/exercises/never_reads/.meta/solution.cpp "$BATS_TEST_TMPDIR/submission/never_reads.cpp"
  run prlimit --nofile=1500 "$grade" --check places ch04-select/never_reads "$BATS_TEST_TMPDIR/submission"
  assert_failure 3
  assert_line --partial 'grader error'
  assert_line --regexp 'came +no room for 2,000 descriptors here'
  assert_line 'score: 0/1 (not final: grader error)'
}

limit_class() { timeout --kill-after=1 900 "$@"; } # several gradings, on a busy machine
# for a class: in tier B all have to be hidden from others, and in tier C there is none
needs_a_wall() { [[ $("$grade" --tier) != C ]] || skip 'neither namespaces nor root here'; }
needs_tier_A() { [[ $("$grade" --tier) == A ]] || skip 'no namespaces here'; }

@test "a class: progress, one line each in the table, and nothing graded twice" {
  needs_tier_A
  class=$BATS_TEST_TMPDIR/class
  mkdir -p "$class"/{anna,'b, "c"',=dora}
  cp "$model/.meta/solution.cpp" "$class/anna/fork_server.cpp"
  cp "$model/fork_server.cpp" "$class/b, \"c\"/fork_server.cpp"
  ln -s /etc "$class/link"
  GRADE_PATIENCE=2 run make -s grade-class EXERCISE=ch02-fork/fork_server SUBMISSIONS="$class" OUT="$BATS_TEST_TMPDIR/out" JOBS=2
  assert_success
  assert_line '3 submissions, 0 graded already; 2 at once; isolation A; seed '"$(<"$BATS_TEST_TMPDIR/out/seed")"
  assert_line --regexp '^\[[1-3]/3\] anna: score: 10/10$'
  run cat "$BATS_TEST_TMPDIR/out/class.csv"
  assert_line --index 0 'submission,score,max_score,seconds,"echoes","bytes","concurrent","parent_closes","zombies","child_closes","resets"'
  assert_line --regexp '^"anna",10,10,[0-9.]+,1,1,2,2,2,1,1$'
  assert_line --regexp '^"b, ""c""",2,10,[0-9.]+,1,1,0,0,0,0,0$'
  assert_line --regexp "^\"'=dora\",0,10,"
  assert_equal "${#lines[@]}" 4
  # one more submission, one changed: only these are graded
  mkdir "$class/emil"
  truncate -s 1T "$class/emil/notes.txt" # nobody reads that
  cp "$model/.meta/solution.cpp" "$class/=dora/fork_server.cpp"
  GRADE_PATIENCE=2 run limit_class make -s grade-class EXERCISE=ch02-fork/fork_server SUBMISSIONS="$class" OUT="$BATS_TEST_TMPDIR/out" JOBS=2
  assert_line --partial '4 submissions, 2 graded already'
  assert_line --partial '=dora: score: 10/10'
  assert_line --partial 'emil: score: 0/10'
  refute_line --partial 'anna'
}

# class_of CHECK NAME...: an exercise with this line for its only check in $folder,
# and in $class a folder for each of them
class_of() {
  needs_tier_A
  own_exercise
  rm -r "$folder/.meta"
  printf '%s\n' 'load ../../../tests/grade/checks' '# uses: ch05-client-split/slow_echo_server' \
    '# bats test_tags=id:a,points:1' '@test "one" {' "  $1" '}' >"$folder/check.bats"
  class=$BATS_TEST_TMPDIR/class
  for name in "${@:2}"; do mkdir -p "$class/$name"; done
}
grade_class() { run limit_class "${house:-.}/tests/grade/grade-class" --out "$BATS_TEST_TMPDIR/out" "$folder" "$class"; }

@test "a class: what changes while it is graded is graded again, and all if what its checks use has changed" {
  class_of true anna
  house=$BATS_TEST_TMPDIR/house next=$BATS_TEST_TMPDIR/next
  mkdir -p "$house"
  cp --parents tests/grade/{grade-class,*.bash} ch05-client-split/slow_echo_server.cpp "$house"
  printf '%s\n' '#!/usr/bin/env bash' "'$grade' \"\$@\" || exit" \
    "[[ \$1 == --tier || ! -e '$next' ]] || mv '$next' '$class/anna/fork_server.cpp'" >"$house/tests/grade/grade"
  chmod +x "$house/tests/grade/grade"
  echo 'int main() {}' >"$next"
  grade_class
  assert_line '[1/1] anna: score: 0/1'
  grade_class
  assert_line --partial '1 submissions, 0 graded already'
  assert_line '[1/1] anna: score: 1/1'
  grade_class
  assert_line --partial '1 submissions, 1 graded already'
  echo '// another' >>"$house/ch05-client-split/slow_echo_server.cpp"
  grade_class
  assert_line --partial '1 submissions, 0 graded already'
  echo '// another' >"$house/ch05-client-split/basics.hpp"
  grade_class
  assert_line --partial '1 submissions, 0 graded already'
  GRADE_PATIENCE=5 grade_class
  assert_line --partial '1 submissions, 0 graded already'
  GRADE_PATIENCE=5 grade_class
  assert_line --partial '1 submissions, 1 graded already'
}

@test "a class: names that end in a newline, and names with tabs and escapes" {
  class_of true anna $'anna\n' $'\t=1+1' $'\r@x' $'red\e[31m'
  echo 'int main() {}' >"$class/anna/fork_server.cpp"
  grade_class
  assert_success
  [[ $output != *[$'\t\r\e']* ]] || fail "$(cat -vT <<<"$output")"
  table() { cut -d, -f 1,2 "$BATS_TEST_TMPDIR/out/class.csv"; }
  assert_equal "$(table)" $'submission,score\n"\'^I=1+1",0\n"\'^M@x",0\n"anna?",0\n"anna",1\n"red^[[31m",0'
  # one that is gone is in the table no more
  rm -r "$class"/[!ar]* "$class/anna"
  grade_class
  assert_line --partial '2 submissions, 2 graded already'
  assert_equal "$(table)" $'submission,score\n"anna?",0\n"red^[[31m",0'
  sed -i 's/,points:1//' "$folder/check.bats"
  grade_class
  assert_failure 3
  assert_line $'grader error, to be graded again: red^[[31m'
  [[ $output != *[$'\t\r\e']* ]] || fail "$(cat -vT <<<"$output")"
  [[ ! -e $BATS_TEST_TMPDIR/out/class.csv ]]
}

@test "a class that was killed (SIGKILL) is resumed, and leaves nothing running" {
  class_of true {1..6}
  for name in {1..6}; do echo 'int main() {}' >"$class/$name/fork_server.cpp"; done
  start class tests/grade/grade-class --jobs 2 --out "$BATS_TEST_TMPDIR/out" "$folder" "$class"
  wait_until printed class '^\[2/6\]'
  mine() { pgrep -f -- "--out $BATS_TEST_TMPDIR/out/results" || true; }
  [[ -n $(mine) ]]
  temporary=$(<"$BATS_TEST_TMPDIR/out/.tmp")
  kill -KILL "${pid[class]}"
  wait_until eval '[[ -z $(mine) ]]'
  [[ $(wc -l <"$BATS_TEST_TMPDIR/out/class.csv") -ge 3 ]]
  run limit_class tests/grade/grade-class --jobs 2 --out "$BATS_TEST_TMPDIR/out" "$folder" "$class"
  assert_success
  refute_line --partial ', 0 graded already'
  assert_line --regexp '^\[6/6\] '
  assert_equal "$(grep -c ',1,1,' "$BATS_TEST_TMPDIR/out/class.csv")" 6
  [[ ! -e $temporary ]]
}

@test "the handout has what students need to run make check, and no answers" {
  mkdir "$BATS_TEST_TMPDIR/student"
  make -s handout
  make -s handout EXERCISE=ch02-fork/fork_server
  tar -xzf build/handout.tar.gz -C "$BATS_TEST_TMPDIR/student"
  tar -xzf build/fork_server.tar.gz -C "$BATS_TEST_TMPDIR/student"
  run find "$BATS_TEST_TMPDIR/student" -path '*.meta*' -o -name '*hidden*' -o -name '*solution*' -o -path '*wrong*' -o -path '*hostile*'
  assert_output ''
  # no line of a solution that the starting point does not have
  run grep -rlF 'waitpid(-1, nullptr, WNOHANG) > 0' "$BATS_TEST_TMPDIR/student/fork_server"
  assert_output ''
  keep_tools "$BATS_TEST_TMPDIR/student/fork_server"
  cd "$BATS_TEST_TMPDIR/student/fork_server/$model"
  run make -s check CHECK=1
  assert_success
  assert_line 'score: 1/1'
  run make -s check CHECK=6
  assert_failure
  assert_line --partial 'no check 6'
}

@test "an answer that lies about in an exercise's folder is not handed out" {
  # shellcheck source=grade/handout-files.bash
  source tests/grade/handout-files.bash
  for one in ch02-fork/fork_server ch05-client-split/bulk; do
    handout_files "$one" | xargs -0 cp --parents -t "$BATS_TEST_TMPDIR"
    cp -R --parents "${one%/*}/exercises/${one##*/}/.meta" tests/grade/handout{,-files.bash} "$BATS_TEST_TMPDIR"
  done
  cd "$BATS_TEST_TMPDIR"
  handed_out() { tests/grade/handout "$1" && tar -tzf "build/${1##*/}.tar.gz" | grep "/exercises/.*pp$"; }
  cp "$model/.meta/solution.cpp" "$model/try.cpp"
  cp "$model/.meta/solution.cpp" "$model/try.hpp"
  run handed_out ch02-fork/fork_server
  assert_line --index 1 "fork_server/$model/fork_server.cpp"
  assert_equal "${#lines[@]}" 2
  run handed_out ch05-client-split/bulk
  assert_line --partial /bulk/bulk.cpp
  assert_line --partial /bulk/faulty_server.cpp
  # nor is one among a chapter's programs that git does not have
  if command -v git >/dev/null; then
    git init -q . && git add .
    cp "$model/.meta/solution.cpp" ch02-fork/try.cpp
    run bash -c 'source tests/grade/handout-files.bash; handout_files | tr "\0" "\n"'
    assert_line ch02-fork/basics.hpp
    refute_output --partial try.
  fi
  # nor is one in the place of the starting point
  for answer in solution wrong/one_wait; do
    cp "$model/.meta/$answer.cpp" "$model/fork_server.cpp"
    run handed_out ch02-fork/fork_server
    assert_failure
    assert_output "handout: $model/fork_server.cpp is the answer .meta/$answer.cpp"
  done
}

@test "the handout of each exercise has every file that its files include" {
  # shellcheck source=grade/handout-files.bash
  source tests/grade/handout-files.bash
  for exercise in ch[0-9]*/exercises/*/; do
    readarray -d '' files < <(handout_files "${exercise%%/*}/$(basename "$exercise")")
    for file in "${files[@]}"; do
      [[ -f $file ]] || fail "$exercise: no $file"
      [[ $file == *.[ch]pp ]] || continue
      while read -r header; do # beside it, or in its chapter's folder
        [[ " ${files[*]} " == *" ${file%/*}/$header "* || " ${files[*]} " == *" ${file%%/*}/$header "* ]] ||
          fail "$exercise: $file includes $header"
      done < <(sed -nE 's/^ *# *include *"(.*)".*/\1/p' "$file")
    done
  done
}

@test "the Gradescope archive grades, hidden checks and all, and has no results where it cannot" {
  command -v zip unzip >/dev/null || skip 'zip and unzip are not installed'
  needs_a_wall
  make -s gradescope EXERCISE=ch02-fork/fork_server
  top=$BATS_TEST_TMPDIR/autograder
  mkdir -p "$top"/{source,submission}
  chmod 700 "$top/source"
  (cd "$top/source" && unzip -q "$ROOT/build/fork_server-gradescope.zip")
  cp "$model/.meta/wrong/no_close_in_child.cpp" "$top/submission/fork_server.cpp"
  chmod 755 "$top"
  AUTOGRADER=$top run "$top/source/run_autograder"
  assert_success
  assert_equal "$(stat -c %a "$top")" 700 # earlier results are there, too
  jq -e '[.tests[].score] | add == 9' "$top/results/results.json"

  refuses() { # WHY
    AUTOGRADER=$top run "$top/source/run_autograder"
    assert_failure 3
    assert_line --partial "$1"
    [[ ! -e $top/results/results.json ]]
  }
  GRADE_TIER=C refuses 'refused: nothing here'
  if [[ $EUID -eq 0 ]]; then
    # where modes do not hold, and another user can come as far as here
    sed -i '/^chmod 700/d' "$top/source/run_autograder"
    for folder in "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$top"; do chmod a+x "$folder"; done
    GRADE_TIER=B refuses 'hidden checks'
  fi
  rm -r "$top/source/$model/.meta"
  sed -i 's,^load .*,load no/such/file,; /^# hint bytes/,$d' "$top/source/$model/check.bats" # one check is enough
  refuses 'grader error: a check could not be run'
}

@test "the Classroom 50 folder grades as its runner does, without hidden checks" {
  command -v python3 >/dev/null || skip 'python3 is not installed'
  needs_a_wall
  make -s classroom50 EXERCISE=ch02-fork/fork_server
  run find build/fork_server-classroom50 -name '*hidden*' -o -name '*solution*'
  assert_output ''
  keep_tools build/fork_server-classroom50
  submit "$model/fork_server.cpp"
  cd "$submission"
  export CLASSROOM50_BUNDLE_DIR=$ROOT/build/fork_server-classroom50
  echo mine >other
  ln -s other result.json # is not followed
  CLASSROOM=net ASSIGNMENT=fork OWNER=anna SUBMISSION_TAG=submit/1 GRADE_PATIENCE=2 \
    run python3 "$CLASSROOM50_BUNDLE_DIR/autograder.py"
  assert_success
  jq -e '.classroom == "net" and .owner == "anna" and .score == 2 and .["max-score"] == 8' result.json
  assert_equal "$(<other)" mine
  # where the program could write its own result: none, and not what was there before
  ln -sf other result.json
  GRADE_TIER=C run python3 "$CLASSROOM50_BUNDLE_DIR/autograder.py"
  assert_failure 3
  assert_output --regexp '^autograder: refused: .*tier C.*$'
  assert_equal "${#lines[@]}" 1
  [[ ! -e result.json && ! -L result.json ]]
}
