#!/usr/bin/env bash
# tour: ten demos, zombies to a crashed host; --list names them all
#
#   make demo                the tour: Enter goes on, Ctrl-C ends it
#   make demo NAME=zombie    one demo
#   make lecture NAME=zombie the same in the panes of tmux
#   make demos               all that there are
set -u
cd "$(dirname "$0")" || exit
tour=(zombie orphan wait waitpid concurrent-echo
  lost-sigchld select server-child-killed stop-and-wait host-crash)

if [[ ${1-} == --list ]]; then
  for demo in *.sh; do
    line=$(sed -n '2s/^# //p' "$demo")
    printf '%-19s %s\n' "${line%%:*}" "${line#*: }" || exit
  done
  exit
fi

skipped=0
for demo in "${tour[@]}"; do
  printf '%s\n\n' '----------------------------------------------------------------' || exit
  "./$demo.sh" 3>&-
  status=$?
  [[ $status -eq 0 || $status -eq 77 ]] || exit "$status"
  [[ $status -ne 77 ]] || skipped=$((skipped + 1))
  echo
done
echo "That was the tour: ${#tour[@]} demos, $skipped of them skipped. make demos lists all."
