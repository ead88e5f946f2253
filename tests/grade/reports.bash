# reports.bash: the results in every form that somebody reads. Everything that
# comes from a submission has been made plain ASCII lines before it gets here.
# shellcheck shell=bash disable=SC2154,SC2001 # the variables are those of grade

# & in a replacement means itself (bash 5.2 would take it for what was matched)
shopt -u patsub_replacement 2>/dev/null

visible_text() { printf '%s' "$1" | tr '\n' '?' | cat -v; }

json() { # "TEXT" with what JSON wants escaped
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//$'\n'/\\n}"
}
xml() {
  local text=${1//&/&amp;}
  text=${text//</&lt;}
  text=${text//>/&gt;}
  printf '%s' "${text//\"/&quot;}"
}
# publish FILE: standard input becomes the file, all of it or none
publish() { cat >"$out/.$1.new" && mv "$out/.$1.new" "$out/$1"; }
indented() { sed 's/^/      /' <<<"$1"; }

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
earned() { [[ ${states[$1]} == passed ]] && echo "${points[$1]}" || echo 0; }
score_line() {
  local note=''
  add_up
  [[ " ${states[*]} " != *' grader error '* ]] || note=' (not final: grader error)'
  [[ -n $complete ]] || note=' (not final: checks are still to come)'
  printf 'score: %d/%d%s\n' "$score" "$max" "$note"
}

print_check() {
  local word=${states[$1]}
  [[ $word != passed ]] || word=ok
  [[ $word != failed ]] || word=FAILED
  printf '%2d  %-9s %d/%d  %s%s\n' "$1" "$word" "$(earned "$1")" "${points[$1]}" \
    "${titles[$1]}" "$([[ ${seen_by[$1]} == visible ]] || echo "  (${seen_by[$1]})")"
  [[ -z ${texts[$1]} ]] || indented "${texts[$1]}"
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
    [[ ${seen_by[n]} != visible && ${states[n]} != unwanted ]] &&
      printf '%2d  %-9s %d/%d  a hidden check\n' "$n" "${states[n]}" "$(earned "$n")" "${points[n]}"
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
    printf '  ---\n  points: %d\n  max_points: %d\n  status: %s\n  visibility: %s\n' \
      "$(earned "$n")" "${points[n]}" "${states[n]}" "${seen_by[n]}"
    [[ -z ${hints[n]} ]] || printf '  hint: %s\n' "$(json "${hint_texts[${hints[n]}]}")"
    [[ -z ${texts[n]} ]] || printf '  message: %s\n' "$(json "${texts[n]}")"
    printf '  ...\n'
  done
}

write_junit() {
  local n failures=0 skipped=0 errors=0 text
  for n in "${!titles[@]}"; do
    case ${states[n]} in
      failed) failures=$((failures + 1)) ;;
      'grader error') errors=$((errors + 1)) ;;
      passed) ;;
      *) skipped=$((skipped + 1)) ;;
    esac
  done
  printf '<?xml version="1.0" encoding="UTF-8"?>\n'
  printf '<testsuites>\n<testsuite name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="%s">\n' \
    "$(xml "$label")" "${#titles[@]}" "$failures" "$errors" "$skipped" "$(in_seconds "$run_time")"
  for n in "${!titles[@]}"; do
    text=$(xml "${texts[n]}")
    printf '<testcase classname="%s" name="%s" time="%s">' "$(xml "$label")" "$(xml "${titles[n]}")" "$(in_seconds "${times[n]}")"
    case ${states[n]} in
      passed) ;;
      failed) printf '<failure message="0 of %d points">%s</failure>' "${points[n]}" "$text" ;;
      'grader error') printf '<error message="grader error">%s</error>' "$text" ;;
      *) printf '<skipped message="%s"/>' "$(xml "${states[n]}")" ;;
    esac
    printf '</testcase>\n'
  done
  printf '</testsuite>\n</testsuites>\n'
}
in_seconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

write_gradescope() {
  local n comma='' status output
  printf '{"execution_time":%d,"stdout_visibility":"hidden","output":%s,"tests":[' \
    $((run_time / 1000)) "$(json "$([[ -n $compiled ]] || echo "It does not compile. $compiler_said")")"
  for n in "${!titles[@]}"; do
    status=failed output=${texts[n]}
    [[ ${states[n]} != passed ]] || status=passed
    [[ ${states[n]} == @(passed|failed) ]] || output="${states[n]}: $output"
    printf '%s\n{"number":"%d","name":%s,"score":%d,"max_score":%d,"status":"%s","output":%s,"output_format":"text","tags":[%s],"visibility":"%s"}' \
      "$comma" "$n" "$(json "${titles[n]}")" "$(earned "$n")" "${points[n]}" \
      "$status" "$(json "$output")" "$(json "${ids[n]}")" "${seen_by[n]}"
    comma=,
  done
  printf ']}\n'
}

# Results there are public: the hidden checks are left out. The variables are
# those that its runner sets.
write_classroom50() {
  local n comma='' passed
  add_up visible
  printf '{"schema":"classroom50/result/v1","classroom":%s,"assignment":%s,"assignment_type":%s,"owner":%s,' \
    "$(json "${CLASSROOM-}")" "$(json "${ASSIGNMENT:-$program}")" \
    "$(json "${ASSIGNMENT_TYPE:-individual}")" "$(json "${OWNER:-${USERNAME:-$name}}")"
  printf '"submission":%s,"commit":%s,"release":%s,"review":%s,"datetime":"%s","score":%d,"max-score":%d,"tests":[' \
    "$(json "${SUBMISSION_TAG-}")" "$(json "${COMMIT_URL-}")" \
    "$(json "${RELEASE_URL-}")" "$(json "${REVIEW_URL:-${COMMIT_URL-}}")" \
    "$(TZ=UTC printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1)" "$score" "$max"
  for n in "${!titles[@]}"; do
    [[ ${seen_by[n]} == visible ]] || continue
    passed=false
    [[ ${states[n]} != passed ]] || passed=true
    printf '%s\n{"test-name":%s,"passed":%s,"score":%d,"max-score":%d}' \
      "$comma" "$(json "${titles[n]}")" "$passed" "$(earned "$n")" "${points[n]}"
    comma=,
  done
  printf ']}\n'
  add_up
}

write_grade() {
  local n comma='' error=false
  [[ " ${states[*]} " != *' grader error '* ]] || error=true
  printf '{"exercise":%s,"submission":%s,"tier":"%s","seed":%d,"complete":%s,"error":%s,"compiled":%s,"score":%d,"max_score":%d,"seconds":%s,"tests":[' \
    "$(json "$label")" "$(json "$name")" "$tier" "$((10#$seed))" "$([[ -n $complete ]] && echo true || echo false)" "$error" \
    "$([[ -n $compiled ]] && echo true || echo false)" "$score" "$max" "$(in_seconds "$run_time")"
  for n in "${!titles[@]}"; do
    printf '%s\n{"number":%d,"id":%s,"name":%s,"status":"%s","points":%d,"max_points":%d,"visibility":"%s","seconds":%s,"output":%s}' \
      "$comma" "$n" "$(json "${ids[n]}")" "$(json "${titles[n]}")" "${states[n]}" "$(earned "$n")" \
      "${points[n]}" "${seen_by[n]}" "$(in_seconds "${times[n]}")" "$(json "${texts[n]}")"
    comma=,
  done
  printf ']}\n'
}

write_reports() {
  add_up
  [[ -n $out ]] || return 0
  write_text | publish report.txt
  write_feedback | publish feedback.txt
  write_tap | publish report.tap
  write_junit | publish junit.xml
  write_gradescope | publish results.json
  write_classroom50 | publish result.json
  write_grade | publish grade.json
}
