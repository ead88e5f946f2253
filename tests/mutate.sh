#!/usr/bin/env bash
# mutate.sh [-n] [PATTERN]: are the tests worth anything? Puts the faults of
# tests/mutations into the programs, one at a time, and says which test caught
# it. PATTERN, a regular expression, chooses among the faults by "FILE: WHAT".
# -n shows what each would change, and runs nothing; status 1: one changes nothing.
#
# All happens in a copy of the built tree. For each fault the one program is
# built, then run: the tests that the table names for it, the chapter's tests
# whose titles name the program, and, if none of them was red, the rest of the
# chapter's tests and those in servers.bats. The first red test ends it.
#
# A red test proves nothing unless it is green without the fault: so first each
# program's own tests are run without any, and must be green; a test of the rest
# that was red is run once more without the fault. A script that changes nothing,
# or after which the program does not compile, is an error of the table: not
# applicable. Status 0: every fault was caught.
#
# TEST_PATIENCE=10: the seconds that a test waits for anything. RUN_LIMIT=200:
# those that the tests for one fault may take before they count as not ending.
set -u
cd "$(dirname "$0")/.." || exit
export TEST_PATIENCE=${TEST_PATIENCE:-10}
run_limit=${RUN_LIMIT:-200}
unset MAKEFLAGS MAKELEVEL # make mutate's own, not for the makes in here
dry=''
if [[ ${1-} == -n ]]; then
  dry=1
  shift
fi
[[ $# -le 1 && ${1-} != -* ]] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
pattern=${1-}

copy=$(mktemp -d)
chmod 755 "$copy" # some tests become another user
export TEST_RUN=mutate-$$-$RANDOM # the mark of all that is started in here

end_what_runs() {
  local left
  for _ in {1..50}; do # what is killed may have started another one just before
    mapfile -t left < <(grep -lsza "^TEST_RUN=$TEST_RUN\$" /proc/[0-9]*/environ | cut -d/ -f3)
    kill -KILL "${left[@]}" 2>/dev/null || return # none but that grep
  done
}
trap 'end_what_runs; rm -rf "$copy"' EXIT
trap 'trap "" INT TERM HUP; exit 130' INT TERM HUP # one Ctrl-C is enough

# --- the table ---

# file[i] program[i] what[i] script[i] first[i]: see the head of tests/mutations
file=() program=() what=() script=() first=()
while IFS= read -r line; do
  case $line in
    '' | '#'*) ;;
    ' '*'@ '*) first[-1]+=${line#*@ }$'\n' ;;
    ' '*) script[-1]+=$line$'\n' ;;
    *)
      name=${line%%:*}
      of=${name#* }
      [[ $name == *' '* ]] || of=$(basename "$name" .cpp)
      file+=("${name%% *}") program+=("$of") what+=("$line") script+=('') first+=('')
      ;;
  esac
done <tests/mutations

# put_in I FILE: that fault, into the copy of its file. False: changed nothing.
put_in() {
  sed -E -e "${script[$1]}" "${file[$1]}" >"$2" && ! cmp -s "${file[$1]}" "$2"
}

if [[ -n $dry ]]; then
  status=0
  for i in "${!what[@]}"; do
    [[ ${what[i]} =~ $pattern ]] || continue
    echo "${what[i]}"
    if put_in "$i" "$copy/changed"; then
      diff -U0 "${file[i]}" "$copy/changed" | sed -n '4,$s/^/    /p'
    else
      echo '    changes nothing'
      status=1
    fi
  done
  exit $status
fi

# --- running tests ---

# titles FILE.bats REGEX: of its tests that match; FILE is all that they share
titles() { sed -nE 's/^@test "(.*)" \{.*/\1/p' "$1" | grep -E -- "$2"; }
# one_of: the titles on standard input as a regular expression for them alone
one_of() { sed -E 's/[][\.*^$()+?{}|]/\\&/g' | paste -sd'|' | sed -E 's/.+/^(&)$/'; }
# named_after PROGRAM: what the titles have that name it, or the pair of a server
# and a client that it belongs to
named_after() {
  local stem=${1%_server}
  stem=${stem%_client}
  echo "(^|[ ,])($1|${stem//_/ })[,: ]$([[ $1 != *_client ]] || echo '|^all clients:')"
}

# run_tests FILE.bats TITLES: those tests, until the first that is red. True: one
# was, its title in $red; $ended is empty if they were not done in time.
run_tests() {
  local line planned=-1 done=0 tap
  red='' ended=1
  [[ -n $2 ]] || return
  exec {tap}< <(exec timeout --kill-after=1 "$((deadline > SECONDS ? deadline - SECONDS : 1))" \
    bats --formatter tap --filter "$2" "$copy/tests/$1" </dev/null 2>&1)
  while IFS= read -r -u "$tap" line; do
    case $line in
      1..*) planned=${line#1..} ;;
      'ok '*) done=$((done + 1)) ;;
      'not ok '*)
        red=${line#not ok * }
        break
        ;;
    esac
  done
  exec {tap}<&-
  end_what_runs
  [[ -n $red || $done -eq $planned ]] || ended=''
  [[ -n $red ]]
}

# tests I: lines "FILE.bats TITLES", what to run for that fault, in this order:
# the tests that name it. rest I: the others.
tests() {
  local name regex bats
  while read -r name regex; do
    [[ -z $name ]] || echo "$name $(titles "tests/$name" "$regex" | one_of)"
  done <<<"${first[$1]}"
  for bats in tests/"${chapter%%-*}"-*.bats; do
    echo "${bats#tests/} $(titles "$bats" "$(named_after "${program[$1]}")" | one_of)"
  done
}
rest() {
  local bats
  ! grep -qE "[/{,]${program[$1]%_server}[_,}]" tests/servers.bats || echo 'servers.bats .'
  for bats in tests/"${chapter%%-*}"-*.bats; do
    echo "${bats#tests/} $(titles "$bats" '' | grep -vE -- "$(named_after "${program[$1]}")" | one_of)"
  done
}

# run_all: the lines of tests or rest on standard input, until one is red
run_all() {
  local line all
  red='' ended=1
  mapfile -t all
  for line in "${all[@]}"; do
    ! run_tests "${line%% *}" "${line#* }" || return 0
    [[ -n $ended ]] || return 1
  done
  return 1
}

# --- one fault after the other ---

# The same headers over and over take half the time of a build: precompiled, and
# not optimized as much, since programs that wait are as fast as ever.
usual=$copy/usual.hpp
flags=(CXXFLAGS='-std=c++20 -O1' CPPFLAGS="-include $usual")
build() { make -s -C "$copy/$chapter" "${program[$1]}" "${flags[@]}" >"$copy/make.log" 2>&1; }

mkdir -m 1777 "$copy/tmp"
cp -a ch[0-9]*/ tests Makefile "$copy"
sed -n '/^#include </p' ch01-basics/basics.hpp >"$usual"
"${CXX:-g++}" -std=c++20 -O1 -x c++-header "$usual" -o "$usual.gch" || exit
export TMPDIR=$copy/tmp
tried=0 caught=0 missed=0 inapplicable=0
declare -A green=()

for i in "${!what[@]}"; do
  [[ ${what[i]} =~ $pattern ]] || continue
  tried=$((tried + 1))
  echo "${what[i]}"
  chapter=${file[i]%%/*}
  binary=$copy/$chapter/${program[i]}
  export SERVERS=$chapter/${program[i]} # servers.bats: of no other
  deadline=$((SECONDS + run_limit))

  if ! put_in "$i" "$copy/changed"; then
    inapplicable=$((inapplicable + 1))
    echo '    NOT APPLICABLE: the script changes nothing'
    continue
  fi
  if [[ -z ${green[${program[i]}-${first[i]}]-} ]]; then
    build "$i" # if it was not
    if run_all < <(tests "$i") || [[ -z $ended ]]; then
      inapplicable=$((inapplicable + 1))
      echo "    NOT APPLICABLE: red without any fault: \"${red:-no end}\""
      continue
    fi
    green[${program[i]}-${first[i]}]=1
    deadline=$((SECONDS + run_limit))
  fi

  cp -p "$binary" "$copy/binary"
  cp -p "${file[i]}" "$copy/source"
  cp "$copy/changed" "$copy/${file[i]}"
  rm "$binary"
  late=''
  if ! build "$i"; then
    verdict="NOT APPLICABLE: does not compile: $(grep -m 1 -o 'error: .*' "$copy/make.log")"
  elif run_all < <(tests "$i"); then
    verdict="caught by \"$red\""
  elif [[ -n $ended ]] && run_all < <(rest "$i"); then
    verdict="caught by \"$red\""
    late=$red
  elif [[ -n $ended ]]; then
    verdict='NOT CAUGHT'
  else
    verdict="NOT CAUGHT: the tests did not end within $run_limit s"
  fi
  cp -p "$copy/source" "$copy/${file[i]}"
  cp -p "$copy/binary" "$binary"
  if [[ -n $late ]]; then
    only=$(one_of <<<"$late")
    deadline=$((SECONDS + run_limit))
    for bats in tests/"${chapter%%-*}"-*.bats tests/servers.bats; do
      [[ -n $(titles "$bats" "$only") ]] || continue
      ! run_tests "${bats#tests/}" "$only" || verdict="NOT APPLICABLE: red without the fault, too: \"$red\""
    done
  fi
  case $verdict in
    caught*) caught=$((caught + 1)) ;;
    'NOT CAUGHT'*) missed=$((missed + 1)) ;;
    *) inapplicable=$((inapplicable + 1)) ;;
  esac
  echo "    $verdict"
done

echo "$tried faults, $caught caught, $missed not caught, $inapplicable not applicable"
[[ $tried -gt 0 && $caught -eq $tried ]]
