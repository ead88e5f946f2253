# reports.bash: the results in every form that somebody reads. Everything that
# comes from a submission has been made plain ASCII lines before it gets here.
# shellcheck shell=bash disable=SC2154,SC2001 # the variables are those of grade

# & in a replacement means itself (bash 5.2 would take it for what was matched)
shopt -u patsub_replacement 2>/dev/null

# These leave what they have made in $REPLY: everything is written anew after
# every check, and a subshell for each word would cost more than the check.
json() { # "TEXT" with what JSON wants escaped
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=${REPLY//$'\t'/\\t}
  REPLY="\"${REPLY//$'\n'/\\n}\""
}
xml() {
  REPLY=${1//&/&amp;}
  REPLY=${REPLY//</&lt;}
  REPLY=${REPLY//>/&gt;}
  REPLY=${REPLY//\"/&quot;}
}
# fields TEXT...: each as JSON, into the array field
fields() {
  local text
  field=()
  for text in "$@"; do
    json "$text"
    field+=("$REPLY")
  done
}

# add_up: sets $score and $max, of the checks that $1 (hidden or visible) may
# count; those that were not asked for count for nothing
add_up() {
  local n
  score=0 max=0 run_time=$(((${EPOCHREALTIME/./} - started) / 1000))
  for n in "${!titles[@]}"; do
    [[ ${states[n]} != unwanted ]] || continue
    [[ ${1-} != visible || ${seen_by[n]} == visible ]] || continue
    max=$((max + points[n]))
    [[ ${states[n]} != passed ]] || score=$((score + points[n]))
  done
}
earned() { # N: into $REPLY
  REPLY=0
  [[ ${states[$1]} != passed ]] || REPLY=${points[$1]}
}
score_line() {
  local note=''
  add_up
  [[ " ${states[*]} " != *' grader error '* ]] || note=' (not final: grader error)'
  [[ -n $complete ]] || note=' (not final: checks are still to come)'
  printf 'score: %d/%d%s\n' "$score" "$max" "$note"
}

print_check() {
  local word=${states[$1]} who=''
  [[ $word != passed ]] || word=ok
  [[ $word != failed ]] || word=FAILED
  [[ ${seen_by[$1]} == visible ]] || who="  (${seen_by[$1]})"
  earned "$1"
  printf '%2d  %-9s %d/%d  %s%s\n' "$1" "$word" "$REPLY" "${points[$1]}" "${titles[$1]}" "$who"
  [[ -z ${texts[$1]} ]] || printf '      %s\n' "${texts[$1]//$'\n'/$'\n'      }"
}

write_text() {
  local n
  printf '%s\n' "exercise    $label" "submission  $name" \
    "isolation   $tier: ${tier_means[$tier]}" "seed        $seed"
  for n in "${!titles[@]}"; do [[ ${states[n]} == unwanted ]] || print_check "$n"; done
  [[ -n $compiled ]] || printf '%s\n' 'the compiler said:' "$compiler_said"
  score_line
}

# What a student may see: of the hidden checks only that there are some.
write_feedback() {
  local n
  printf '%s\n' "exercise    $label" "submission  $name"
  for n in "${!titles[@]}"; do
    [[ ${seen_by[n]} == visible && ${states[n]} != unwanted ]] && print_check "$n"
  done
  for n in "${!titles[@]}"; do
    [[ ${seen_by[n]} != visible && ${states[n]} != unwanted ]] || continue
    earned "$n"
    printf '%2d  %-9s %d/%d  a hidden check\n' "$n" "${states[n]}" "$REPLY" "${points[n]}"
  done
  [[ -n $compiled ]] || printf '%s\n' 'the compiler said:' "$compiler_said"
  score_line
}

write_tap() {
  local n
  printf 'TAP version 13\n1..%d\n' "${#titles[@]}"
  for n in "${!titles[@]}"; do
    case ${states[n]} in
      passed) printf 'ok %d - %s\n' "$n" "${titles[n]}" ;;
      unwanted) printf 'ok %d - %s # SKIP not asked for\n' "$n" "${titles[n]}" ;;
      *) printf 'not ok %d - %s\n' "$n" "${titles[n]}" ;;
    esac
    earned "$n"
    printf '  ---\n  points: %d\n  max_points: %d\n  status: %s\n  visibility: %s\n' \
      "$REPLY" "${points[n]}" "${states[n]}" "${seen_by[n]}"
    fields "${hints[n]:+${hint_texts[${hints[n]:-none}]-}}" "${texts[n]}"
    [[ -z ${hints[n]} ]] || printf '  hint: %s\n' "${field[0]}"
    [[ -z ${texts[n]} ]] || printf '  message: %s\n' "${field[1]}"
    printf '  ...\n'
  done
}

write_junit() {
  local n failures=0 skipped=0 errors=0 of
  for n in "${!titles[@]}"; do
    case ${states[n]} in
      failed) failures=$((failures + 1)) ;;
      'grader error') errors=$((errors + 1)) ;;
      passed) ;;
      *) skipped=$((skipped + 1)) ;;
    esac
  done
  xml "$label"
  of=$REPLY
  in_seconds "$run_time"
  printf '<?xml version="1.0" encoding="UTF-8"?>\n'
  printf '<testsuites>\n<testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="%s">\n' \
    "$of" "${#titles[@]}" "$failures" "$errors" "$skipped" "$REPLY"
  for n in "${!titles[@]}"; do
    xml "${titles[n]}"
    printf '<testcase classname="%s" name="%s" ' "$of" "$REPLY"
    in_seconds "${times[n]}"
    printf 'time="%s">' "$REPLY"
    xml "${texts[n]}"
    case ${states[n]} in
      passed) ;;
      failed) printf '<failure message="0 of %d points">%s</failure>' "${points[n]}" "$REPLY" ;;
      'grader error') printf '<error message="grader error">%s</error>' "$REPLY" ;;
      *) printf '<skipped message="%s"/>' "${states[n]}" ;;
    esac
    printf '</testcase>\n'
  done
  printf '</testsuite>\n</testsuites>\n'
}
in_seconds() { printf -v REPLY '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

write_gradescope() {
  local n comma='' status output=''
  [[ -n $compiled ]] || output="It does not compile. $compiler_said"
  json "$output"
  printf '{"execution_time":%d,"stdout_visibility":"hidden","output":%s,"tests":[' \
    $((run_time / 1000)) "$REPLY"
  for n in "${!titles[@]}"; do
    status=failed output=${texts[n]}
    [[ ${states[n]} != passed ]] || status=passed
    [[ ${states[n]} == @(passed|failed) ]] || output="${states[n]}: $output"
    fields "${titles[n]}" "$output" "${ids[n]}"
    earned "$n"
    printf '%s\n{"number":"%d","name":%s,"score":%d,"max_score":%d,"status":"%s","output":%s,"output_format":"text","tags":[%s],"visibility":"%s"}' \
      "$comma" "$n" "${field[0]}" "$REPLY" "${points[n]}" \
      "$status" "${field[1]}" "${field[2]}" "${seen_by[n]}"
    comma=,
  done
  printf ']}\n'
}

# Results there are public: the hidden checks are left out. The variables are
# those that its runner sets.
write_classroom50() {
  local n comma='' passed
  add_up visible
  fields "${CLASSROOM-}" "${ASSIGNMENT:-$program}" "${ASSIGNMENT_TYPE:-individual}" \
    "${OWNER:-${USERNAME:-$name}}" "${SUBMISSION_TAG-}" "${COMMIT_URL-}" \
    "${RELEASE_URL-}" "${REVIEW_URL:-${COMMIT_URL-}}"
  printf '{"schema":"classroom50/result/v1","classroom":%s,"assignment":%s,"assignment_type":%s,"owner":%s,' "${field[@]:0:4}"
  printf '"submission":%s,"commit":%s,"release":%s,"review":%s,' "${field[@]:4}"
  TZ=UTC printf '"datetime":"%(%Y-%m-%dT%H:%M:%SZ)T","score":%d,"max-score":%d,"tests":[' -1 "$score" "$max"
  for n in "${!titles[@]}"; do
    [[ ${seen_by[n]} == visible ]] || continue
    passed=false
    [[ ${states[n]} != passed ]] || passed=true
    json "${titles[n]}"
    printf '%s\n{"test-name":%s,"passed":%s,' "$comma" "$REPLY" "$passed"
    earned "$n"
    printf '"score":%d,"max-score":%d}' "$REPLY" "${points[n]}"
    comma=,
  done
  printf ']}\n'
  add_up
}

write_grade() {
  local n comma='' error=false done=${complete:+true} good=${compiled:+true}
  [[ " ${states[*]} " != *' grader error '* ]] || error=true
  fields "$label" "$name"
  in_seconds "$run_time"
  printf '{"exercise":%s,"submission":%s,"tier":"%s","seed":%d,"complete":%s,"error":%s,"compiled":%s,"score":%d,"max_score":%d,"seconds":%s,"tests":[' \
    "${field[@]}" "$tier" "$((10#$seed))" "${done:-false}" "$error" \
    "${good:-false}" "$score" "$max" "$REPLY"
  for n in "${!titles[@]}"; do
    fields "${ids[n]}" "${titles[n]}" "${texts[n]}"
    earned "$n"
    printf '%s\n{"number":%d,"id":%s,"name":%s,"status":"%s","points":%d,"max_points":%d,' \
      "$comma" "$n" "${field[@]:0:2}" "${states[n]}" "$REPLY" "${points[n]}"
    in_seconds "${times[n]}"
    printf '"visibility":"%s","seconds":%s,"output":%s}' "${seen_by[n]}" "$REPLY" "${field[2]}"
    comma=,
  done
  printf ']}\n'
}

# Each file becomes the new one whole, or stays the old one: they are written
# in a folder beside it, and renamed.
write_reports() {
  local new=$out/.new
  add_up
  [[ -n $out ]] || return 0
  [[ -d $new ]] || mkdir "$new"
  write_text >"$new/report.txt"
  write_feedback >"$new/feedback.txt"
  write_tap >"$new/report.tap"
  write_junit >"$new/junit.xml"
  write_gradescope >"$new/results.json"
  write_classroom50 >"$new/result.json"
  write_grade >"$new/grade.json"
  mv -f "$new"/* "$out/" || die "cannot write to $out"
  [[ -z $complete ]] || rmdir "$new"
}
