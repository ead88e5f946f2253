# handout-files.bash: the one list of what students may have. A file of an exercise is
# in it because it is named here, a program of a chapter because git has it: what
# somebody has tried out there is not. (Without git, all of a chapter's programs are.)
# shellcheck shell=bash

# kept FILE...: of these, what git has
kept() {
  if [[ -e .git ]] && git rev-parse 2>/dev/null; then git ls-files -z -- "$@"; else printf '%s\0' "$@"; fi
}

# The names, relative to the top folder, a NUL behind each.
handout_files() { # [EXERCISE]
  local exercise chapters=(ch[0-9]*/) exercises=(ch[0-9]*/exercises/*/) used name start answer found
  if [[ $# -gt 0 ]]; then
    exercises=("${1%/*}/exercises/${1##*/}/")
    [[ -f ${exercises[0]}check.bats ]] || {
      echo "handout: no exercise: $1" >&2
      return 2
    }
    chapters=("${1%/*}/")
  fi
  for exercise in "${exercises[@]}"; do # has somebody tried an answer out in its place?
    name=${exercise%/} name=${name##*/}
    start=$(<"$exercise$name.cpp")
    for answer in "$exercise".meta/{solution,wrong/*}.cpp; do
      [[ -e $answer && $(<"$answer") == "$start" ]] || continue
      echo "handout: $exercise$name.cpp is the answer ${answer#"$exercise"}" >&2
      return 1
    done
  done
  if [[ $# -gt 0 ]]; then
    while read -r used; do
      [[ $used == "${1%/*}/exercises/"* ]] || printf '%s\0' "$used.cpp" # else it comes with the folder
      [[ " ${chapters[*]} " == *" ${used%%/*}/ "* ]] || chapters+=("${used%%/*}/")
    done < <(sed -n 's/^# uses: //p' "${exercises[0]}check.bats")
    readarray -d '' found < <(find "${chapters[@]}" -maxdepth 1 -type f \( -name '*.hpp' -o -name Makefile \) -print0)
    kept "${found[@]}"
    printf '%s\0' Makefile
  else
    readarray -d '' found < <(find "${chapters[@]}" -maxdepth 1 -type f \( -name '*.cpp' -o -name '*.hpp' -o -name Makefile -o -name README.md \) -print0)
    kept "${found[@]}"
    printf '%s\0' Makefile README.md LICENSE
  fi
  for exercise in "${exercises[@]}"; do
    name=${exercise%/} name=${name##*/}
    printf '%s\0' "$exercise"{README.md,Makefile,check.bats,"$name.cpp"}
    while read -r used; do
      [[ $used != "$exercise"* ]] || printf '%s\0' "$used.cpp"
    done < <(sed -n 's/^# uses: //p' "${exercise}check.bats")
  done
  printf '%s\0' setup.sh tests/test_helper.bash tests/probe.cpp \
    tests/grade/{grade,inside,check,isolation.bash,checks.bash,reports.bash,submission.bash,walls.cpp,confine.cpp,sweep.cpp}
}
