# isolation.bash: in which tier this machine lets us grade, and how a check is
# run in it. Used by grade and grade-class.
#
#   A  namespaces of its own for every check: processes, network, mounts, on a
#      file system that holds nothing but the system and the submission
#   B  root without namespaces (a container, mostly): the submission runs as a
#      user of its own, and all that user's processes are killed after a check
#   C  neither: time and size limits only. For one's own work, not for a batch
#      of strangers'
#
# GRADE_TIER=B or =C asks for a lower tier than the machine allows.
# shellcheck shell=bash disable=SC2034,SC2154 # shared with those who load this

GRADE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# dies with its parent, however that ends
mortal=(setpriv --pdeathsig KILL)

declare -A tier_means=(
  [A]='each check in namespaces of its own'
  [B]='a user of its own; no namespaces here'
  [C]='none: limits on time and size only; for your own work'
)

# find_tier: sets $tier, and CONFINE_AS for it. What a tier
# promises is tried out before it is believed; $refused says why it is not A.
find_tier() {
  local wanted=${GRADE_TIER:-A}
  user=''
  if [[ $EUID -eq 0 ]] && take_user; then
    CONFINE_AS="uid $user"
  else
    CONFINE_AS=namespace user=''
  fi
  tier=A refused="GRADE_TIER=$wanted"
  [[ $wanted == A ]] && try_out && return
  [[ $wanted != A ]] || refused=$(head -n 1 "$TMPDIR/try")
  tier=B
  [[ -n $user && $wanted != C ]] && try_out && return
  # for root there is a B: what is wrong with it is no reason to grade without
  [[ -z $user || $wanted == C ]] || die "tier B: $(head -n 1 "$TMPDIR/try")"
  tier=C CONFINE_AS=nobody
  try_out || die "cannot run anything here: $(<"$TMPDIR/try")"
}
try_out() { isolated 20 "$TMPDIR/try" try; }

# take_user: a user ID that no other grader on this machine uses now. The lock
# lasts as long as this process. Fails for a root that is none outside of some
# container. What a grader that was killed may have left running ends first: it
# could stop all that becomes this user. The IDs, and those 240 above, which sweep
# needs, are in a range that neither systemd nor Debian gives away (60706 to 61183).
stranger=60949 # who must not come as far as the hidden checks: never taken
take_user() {
  local folder=/run/network-grader
  setpriv --reuid "$stranger" --regid "$stranger" --clear-groups true 2>/dev/null || return
  { mkdir -p "$folder" && chmod 700 "$folder"; } 2>/dev/null || return
  for ((user = 60710; user < 60940; user++)); do
    exec {user_lock}>"$folder/$user"
    if flock --nonblock "$user_lock" && [[ -z $(getent passwd "$user" "$((user + 240))") ]]; then
      "$box/tests/grade/sweep" "$user" 2>/dev/null || return
      count_zombies
      return 0
    fi
    exec {user_lock}>&-
  done
  die 'no user ID is free'
}
# count_zombies: they are processes for RLIMIT_NPROC, and in a container whose process 1
# does not wait for them they stay: what others have left is not this submission's
count_zombies() { processes=$((256 + $(ps -o pid= -U "$user" -u "$user" | wc -l))); }

# isolated SECONDS OUT ARGUMENT...: runs `inside ARGUMENT...` with its output
# in OUT; a status of 124 is the end of its time, of 91 that it was killed. It
# keeps to its time itself: so process 1 ends by itself, and it has ended only when
# nothing is left in its namespace. Our own limit is for what cannot happen.
# Sets $pace: its time was as many times SECONDS, but $most times at the most. (More
# would let one submission that makes the machine busy hold up all others.)
# GRADE_PACE=N: at least N times.
most=4
isolated() {
  local limit=$1 out=$2 status=0 place=$box fill='' begin longest
  shift 2
  longest=$((limit * most * 2 + 60))
  if [[ $tier == A ]]; then
    place=/grade
    [[ $1 != build ]] || fill=source
    [[ $1 != check ]] || fill=built
    begin=("$box/tests/grade/walls" "$longest" "$BASHPID" "$box" "$fill" "${header-}" "$user")
  else
    begin=("${mortal[@]}" timeout --signal=KILL "$longest" "${mortal[@]}" setsid --wait env -i)
  fi
  "${begin[@]}" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C TMPDIR="$TMPDIR" GRADE_BOX="$place" GRADE_TIER="$tier" \
    GRADE_MARK="$mark" GRADE_PATIENCE="${GRADE_PATIENCE-}" GRADE_HEADER="${header-}" SEED="$seed" \
    CONFINE_AS="$CONFINE_AS" GRADE_PROCESSES="$processes" GRADE_LIMIT="$limit" GRADE_PACE="${GRADE_PACE:-1}" GRADE_MOST="$most" \
    bash "$place/tests/grade/inside" "$@" </dev/null >"$out" 2>&1 5>"$TMPDIR/pace" || status=$?
  read -r pace <"$TMPDIR/pace" || pace=1
  [[ $tier == A ]] || sweep
  return "$status"
}

# sweep: without namespaces, ends what a check has left running, which carries
# our mark or belongs to our user, and removes the files of that user
sweep() {
  local process tries
  for ((tries = 0; tries < 200; tries++)); do
    [[ $tier == C ]] || "$box/tests/grade/sweep" "$user" || die "cannot end the processes of user $user"
    process=$(grep -lsza "^GRADE_MARK=$mark\$" /proc/[0-9]*/environ | cut -d/ -f3)
    [[ $tier == C ]] || process+=$(ps -o stat=,pid= -U "$user" -u "$user" | awk '!/^Z/ { print "", $2 }')
    [[ -n $process ]] || break
    # shellcheck disable=SC2086 # a list of PIDs
    kill -KILL $process 2>/dev/null
  done
  [[ $tier == C || -z $process ]] || die "user $user has processes that cannot be ended:$process"
  [[ $tier == C ]] ||
    find /tmp /var/tmp /dev/shm /dev/mqueue /run/lock -xdev -user "$user" -delete 2>/dev/null
  [[ $tier == C ]] || count_zombies
}
