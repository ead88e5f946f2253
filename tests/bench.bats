#!/usr/bin/env bats
# The load generator of make bench: its figures, what it notices, and that it ends.
load test_helper
setup() { in_chapter ch04-select; }

measure() { run limit "$ROOT/build/bench/load" "$1" 127.0.0.1 "$port" "$server" "${@:2}"; }
figure() { awk -v f="$1" '$1 == f { v = $2 } END { print v }' <<<"$output"; }
is_more() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > b) }' || fail "$1 is not more than $2"; }

@test "bench: pingpong serves all clients, and its figures fit together" {
  start_server ./epoll_server 0
  measure pingpong 20 0.1
  assert_success
  assert_equal "$(figure served)-$(figure refused)-$(figure waiting)" 20-0-0
  assert_equal "$(figure failed)-$(figure wrong)" 0-0
  is_more "$(figure rate)" 0
  is_more "$(figure p50)" 0
  is_more "$(figure p99)" "$(figure p50)"
  is_more "$(figure cpu)" 0
  # the kernel's figure, in pages of 4 kB, counts shared ones in full
  is_more "$(awk '{ print 4 * $2 }' "/proc/$server/statm")" "$(figure memory)"
}

@test "bench: connect and bulk move bytes, and lose none" {
  start_server ./epoll_server 0
  measure connect 0.1
  assert_equal "$(figure failed)" 0
  is_more "$(figure connections)" 0
  measure bulk 3
  assert_equal "$(figure failed)" 0
  is_more "$(figure bulk)" 0
}

@test "bench: other bytes than those that were sent are noticed" {
  start_server ../ch01-basics/daytime_server 0
  measure pingpong 2 0.1
  assert_equal "$(figure wrong)" 2
  measure connect 0.1
  assert_equal "$(figure failed)-$(figure connections)" 3-0
  measure bulk 1
  assert_equal "$(figure failed)" 1000000
}

@test "bench: it ends with a server that says nothing, or dies" {
  start_server ../ch05-client-split/slow_echo_server 0 127.0.0.1 3600000
  measure pingpong 2 0.1
  assert_success
  assert_equal "$(figure served)-$(figure waiting)" 0-2
  stop_server
  start_server ./epoll_server 0
  start load "$ROOT/build/bench/load" pingpong 127.0.0.1 "$port" "$server" 3 5
  wait_until printed load '^memory'
  kill -KILL "$server"
  finish load
  assert_equal "$(figure failed)" 3
}

@test "bench: the report has medians, what failed, and goals that were missed" {
  cd "$BATS_TEST_TMPDIR"
  row() { printf '%s\t' "${@:1:6}" && echo "$7"; }
  {
    row test clients server model repeat figure value
    for repeat in 1 2 3; do
      row pingpong 1 ch04-select_server select $repeat rate ${repeat}000
      row pingpong 1 ch04-select_server select $repeat ratio 0.${repeat}
      row pingpong 1 ch04-poll_server poll $repeat ratio 0.95
    done
    row pingpong 1 ch04-select_server select 2 refused 7
  } >raw.tsv
  # where others write 0,5, the figures are the same
  localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 || echo 'no German here: tried in C only'
  run env LOCPATH="$PWD" LC_ALL=de_DE.UTF-8 "$ROOT/tests/bench/report" \
    "$PWD/raw.tsv" "$PWD/summary.tsv" "$PWD/charts"
  assert_success
  assert_line --regexp '^ch04-select_server +2\.0$'
  assert_line --partial 'ch04-select_server          pingpong      1 clients: 7 clients refused'
  assert_line --regexp '^  MISSED ch04-select_server .* 0\.20 \(0\.10 to 0\.30\), goal 0\.95$'
  assert_line --regexp '^  met +ch04-poll_server'
  run grep -P '\tratio\t' summary.tsv
  assert_line "$(printf 'pingpong\t1\tch04-select_server\tselect\tratio\t0.2\t0.1\t0.3')"
}
