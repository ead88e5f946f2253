# submission.bash: what of the folder that was handed in is graded, and how its names
# are shown. Used by grade and grade-class.
# shellcheck shell=bash disable=SC2034 # the variables are for those who load this

# names hold whatever their owner likes, also what a terminal obeys
visible_text() { printf '%s' "$1" | tr '\n' '?' | cat -vT; }

# path_of FOLDER: the whole path, into $REPLY. Its name may end with a newline, which
# $(...) would drop.
path_of() { REPLY=$(cd -- "$1" && printf '%s/' "$PWD") && REPLY=${REPLY%/}; }

# look_into FOLDER EXERCISE: sets sources, the names of what is graded: the first 50
# regular files with plain names, of up to a megabyte. Sets ignored, the names of the
# rest as they are shown: as many of them as there is room for.
look_into() {
  local entry name
  sources=() ignored=''
  while IFS= read -r -d '' entry; do
    name=${entry:1}
    if [[ $entry == 1* && ${#sources[@]} -lt 50 ]]; then
      sources+=("$name")
    elif [[ ${#ignored} -ge 500 ]]; then
      break
    elif [[ ! -e $2/$name && $name != "${2##*/}" && $name != .git ]]; then
      ignored+=" $name"
    fi
  done < <(find "$1/" -mindepth 1 -maxdepth 1 \( -type f -size -1000001c -regextype posix-extended \
    -regex '.*/[A-Za-z0-9_][A-Za-z0-9_.-]*\.(cpp|hpp|h)' -printf '1%f\0' -o -printf '2%f\0' \) | sort -z 2>/dev/null)
  [[ -z $ignored ]] || ignored=$(visible_text "$ignored")
}
