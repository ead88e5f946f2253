#!/usr/bin/env bats
# The pictures of the slides: each is recorded again and is still the same; and
# sequence, which draws them, does what it says, on traces of a few lines.
load test_helper

# LeakSanitizer does not work under strace, and leaves a waitpid there.
setup() {
  cd "$ROOT" || return
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
}

recorded_again() {
  no_tsan ch02-fork/zombie # whose threads are processes that are not on the picture
  run limit slides/tools/pictures --check "$1"
  [[ $status -ne 77 ]] || skip "$output"
  assert_success
}

@test "iterative-echo is what happens" { recorded_again iterative-echo; }
@test "fork-per-client is what happens" { recorded_again fork-per-client; }
@test "zombie is what happens" { recorded_again zombie; }
@test "one-wait is what happens" { recorded_again one-wait; }
@test "waitpid-loop is what happens" { recorded_again waitpid-loop; }
@test "sigchld-eintr is what happens" { recorded_again sigchld-eintr; }
@test "select-three-clients is what happens" { recorded_again select-three-clients; }
@test "split-client is what happens" { recorded_again split-client; }
@test "killed-child is what happens" { recorded_again killed-child; }
@test "tcp-states-server is what happens" { recorded_again tcp-states-server; }
@test "tcp-states-client is what happens" { recorded_again tcp-states-client; }
@test "descriptors-fork is what happens" { recorded_again descriptors-fork; }
@test "multi-homed is what happens" { recorded_again multi-homed; }

@test "every scene has a test and a picture" {
  for scene in slides/scenes/*.bash; do
    name=${scene##*/} name=${name%.bash}
    assert [ -s "slides/pictures/$name.svg" ]
    run grep -c "recorded_again $name;" "$BATS_TEST_FILENAME"
    assert_output 1
  done
}

@test "an added system call in a program is found" {
  command -v strace >/dev/null || skip 'strace is not installed'
  local copy=$BATS_TEST_TMPDIR/copy
  mkdir -p "$copy/slides" "$copy/build/slides" "$copy/ch02-fork"
  cp -r slides/tools slides/scenes slides/pictures "$copy/slides"
  cp build/slides/sequence "$copy/build/slides"
  cp ch02-fork/basics.hpp "$copy/ch02-fork"
  sed 's/^    if (child == 0) {/&\n        if (fork() == 0) _exit(1);\n        wait(nullptr);/
    s/^#include "basics/#include <sys\/wait.h>\n&/' ch02-fork/zombie.cpp >"$copy/ch02-fork/zombie.cpp"
  g++ -std=c++20 "$copy/ch02-fork/zombie.cpp" -o "$copy/ch02-fork/zombie"
  run limit "$copy/slides/tools/pictures" --check zombie
  [[ $status -ne 77 ]] || skip "$output"
  assert_failure 1
  assert_line --partial 'zombie.svg is no longer what the programs do'
}

# SCENE LINES on standard input are the log. Sets $output: the picture in words.
draw() {
  printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/scene.bash"
  cat >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr build/slides/sequence "$BATS_TEST_TMPDIR"/{scene.bash,log}
  picture=$output
  output=$(sed -n 's/<desc[^>]*>\(.*\)<\/desc>/\1/p' <<<"$picture")
}
lanes=('#: title t' '#: lane a = one' '#: lane b = two')
E_='TCP:[127.0.0.1:5->127.0.0.1:9]' S_='TCP:[127.0.0.1:9->127.0.0.1:5]'
begin="1 1.0 execve(\"./one\", [\"one\"], 0x0) = 0 <0.000001>
2 1.1 execve(\"./two\", [\"two\"], 0x0) = 0 <0.000001>
2 1.2 accept(3<TCP:[127.0.0.1:9]>, NULL, NULL <unfinished ...>
1 1.3 connect(3<TCP:[77]>, {sa_family=AF_INET}, 16) = 0 <0.000001>
2 1.4 <... accept resumed>) = 4<$S_> <0.2>"
write="1 1.5 sendto(3<$E_>, \"hi\\n\", 3, MSG_NOSIGNAL, NULL, 0) = 3 <0.000001>"
read="2 1.6 read(4<$S_>, \"hi\\n\", 100) = 3 <0.000001>"

@test "a write goes to the read of its bytes, which may be logged before it" {
  draw "${lanes[@]}" <<<"$begin
$write
$read"
  assert_output 'a: connect; b: accept; a: send "hi\n"; b: read.'
  local first=$picture
  draw "${lanes[@]}" <<<"$begin
$read
$write"
  assert_equal "$picture" "$first"
  assert_regex "$picture" "stroke=.#0072B2"
}

@test "neither PIDs, times nor ports are in the picture" {
  draw "${lanes[@]}" <<<"$begin
$write
$read"
  local first=$picture
  draw "${lanes[@]}" <<<"$(sed 's/^1 /71234 /; s/^2 /71235 /; s/ 1\./ 99./; s/:5\b/:40005/g; s/:9\b/:40009/g' \
    "$BATS_TEST_TMPDIR/log")"
  assert_equal "$picture" "$first"
}

@test "close() sends a FIN to the read that returns 0" {
  draw "${lanes[@]}" <<<"$begin
1 1.5 close(3<$E_>) = 0 <0.000001>
2 1.6 read(4<$S_>, \"\", 100) = 0 <0.000001>"
  # connect() without a later call on it: the trace does not say whose it is
  assert_output --partial 'a: close: FIN'
  assert_output --partial 'b: read: 0'
}

@test "a close() that only answers one sends no FIN to anybody" {
  local close="1 1.5 close(3<$E_>" read="2 1.6 read(4<$S_>, \"\", 100) = 0 <0.000001>"
  local answer="2 1.7 close(4<$S_>) = 0 <0.000001>"
  draw "${lanes[@]}" <<<"$begin
$close) = 0 <0.000001>
$read
$answer"
  assert_output 'a: connect; b: accept; a: close: FIN; b: read: 0; b: close(connection).'
  local first=$picture
  draw "${lanes[@]}" <<<"$begin
$close <unfinished ...>
$read
$answer
1 1.8 <... close resumed>) = 0 <0.3>"
  assert_equal "$picture" "$first"
}

@test "close() after the peer's shutdown() sends it a FIN" {
  draw "${lanes[@]}" <<<"$begin
1 1.5 shutdown(3<$E_>, SHUT_WR) = 0 <0.000001>
2 1.6 read(4<$S_>, \"\", 100) = 0 <0.000001>
2 1.7 close(4<$S_>) = 0 <0.000001>
1 1.8 read(3<$E_>, \"\", 100) = 0 <0.000001>"
  assert_output --partial 'a: shutdown: FIN'
  assert_output --partial 'b: close: FIN'
}

@test "bytes for a closed end are answered by a RST" {
  draw "${lanes[@]}" <<<"$begin
2 1.5 close(4<$S_>) = 0 <0.000001>
1 1.6 read(3<$E_>, \"\", 100) = 0 <0.000001>
1 1.7 sendto(3<$E_>, \"hi\\n\", 3, MSG_NOSIGNAL, NULL, 0) = 3 <0.000001>
1 1.8 read(3<$E_>, 0x1, 100) = -1 ECONNRESET (Connection reset by peer) <0.000001>"
  assert_output --partial 'a: read: ECONNRESET'
  run grep -c '>RST</text>' <<<"$picture"
  assert_output 1
}

family="1 1.0 execve(\"./one\", [\"one\"], 0x0) = 0 <0.000001>
1 1.1 rt_sigaction(SIGCHLD, {sa_handler=0x1, sa_mask=[]}, NULL, 8) = 0 <0.000001>
1 1.2 clone(child_stack=NULL, flags=SIGCHLD) = 2 <0.000001>
1 1.3 accept(3<TCP:[127.0.0.1:9]>, NULL, NULL) = ? ERESTARTSYS (To be restarted) <0.000001>
2 1.4 exit_group(3) = ?
2 1.5 +++ exited with 3 +++
1 1.6 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2, si_uid=0} ---"

@test "a signal, its handler, EINTR, and a zombie until it is waited for" {
  draw '#: title t' '#: lane a = one' '#: lane c = a/1' <<<"$family
1 1.7 wait4(-1, NULL, WNOHANG, NULL) = 2 <0.000001>
1 1.8 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000001>"
  assert_output 'a: fork of c; a: SIGCHLD; c: exit(3); a: waitpid: c; a: accept: EINTR.'
  run grep -c 'height="[0-9.]*" fill="url(#scene-zombie)"' <<<"$picture"
  assert_output 2 # its stretch, and the legend
}

@test "a zombie that nobody waits for stays one to the end of the picture" {
  draw '#: title t' '#: lane a = one' '#: lane c = a/1' <<<"$family
1 1.8 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000001>"
  local to_the_end=$picture
  draw '#: title t' '#: lane a = one' '#: lane c = a/1' <<<"$family
1 1.7 wait4(-1, NULL, WNOHANG, NULL) = 2 <0.000001>
1 1.8 rt_sigreturn({mask=[]}) = 0 <0.000001>"
  assert [ "$(zombie_height "$to_the_end")" != "$(zombie_height "$picture")" ]
}
zombie_height() { grep -m 1 'fill="url(#scene-zombie)"' <<<"$1" | sed 's/.* height="\([0-9.]*\)".*/\1/'; }

@test "an order that the scene claims and the trace denies is an error" {
  draw "${lanes[@]}" '#: after b read 1: a send 1' <<<"$begin
$write
$read"
  assert_failure 1
  draw "${lanes[@]}" '#: after b write 1: a send 1' <<<"$begin"
  assert_failure 1
  assert_regex "$stderr" 'no event b write 1'
}

@test "a connection of which strace printed the inode is the same one" {
  draw "${lanes[@]}" <<<"$begin
$write
$read"
  local resolved=$picture
  draw "${lanes[@]}" "#: hide fcntl" < <(printf '%s\n%s\n' "$begin" "${write/"$E_"/TCP:[77]}" "$read" \
    "1 1.7 fcntl(3<$E_>) = 0 <0.000001>")
  assert_equal "$picture" "$resolved"
}

@test "a listener of which strace printed the inode is the listener" {
  draw "${lanes[@]}" '#: hide fcntl' <<<"1 1.0 execve(\"./one\", [\"one\"], 0x0) = 0 <0.000001>
2 1.0 execve(\"./two\", [\"two\"], 0x0) = 0 <0.000001>
2 1.1 listen(3<TCP:[76]>, 5) = 0 <0.000001>
2 1.2 fcntl(3<TCP:[76]>, F_SETFL, 0) = 0 <0.000001>
2 1.3 pselect6(4, [3<TCP:[76]>], [], NULL, NULL, NULL) = 1 (in [3]) <0.2>
2 1.4 accept(3<TCP:[76]>, NULL, NULL) = 4<$S_> <0.2>
2 1.5 pselect6(5, [3<TCP:[76]> 4<$S_>], [], NULL, NULL, NULL) = 1 (in [3]) <0.2>
2 1.6 close(3<TCP:[76]>) = 0 <0.000001>"
  assert_output 'b: select: listener; b: accept; b: select: listener; b: close(listener).'
}
