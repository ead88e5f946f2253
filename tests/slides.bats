#!/usr/bin/env bats
# The decks are true: their listings, transcripts, pictures and HTML are what the
# programs, the runs and Marp make of them, and every slide can be read. Then the
# tools that see to it, on decks of their own.
load test_helper

setup() {
  cd "$ROOT/slides" || return
  decks=(ch[0-9]*.md)
}

# up_to_date COMMAND...: says what it printed when it fails; 77: cannot run here
up_to_date() {
  run "$@"
  [[ $status -ne 77 ]] || skip "${lines[0]}"
  assert_success
}

# printed DECK.md: its transcripts are
printed() {
  no_tsan "../${1%.md}"/*_server
  up_to_date tools/refresh --check --transcripts "$1"
}

# ---- The decks ---------------------------------------------------------------

@test "slides: every listing is what stands in the program" {
  up_to_date tools/refresh --check --listings
}

@test "slides: the transcripts of ch01-basics are what is printed" { printed ch01-basics.md; }
@test "slides: the transcripts of ch02-fork are what is printed" { printed ch02-fork.md; }
@test "slides: the transcripts of ch03-signals are what is printed" { printed ch03-signals.md; }
@test "slides: the transcripts of ch04-select are what is printed" { printed ch04-select.md; }
@test "slides: the transcripts of ch05-client-split are what is printed" { printed ch05-client-split.md; }

@test "slides: every chapter has a deck, and every deck a test of its transcripts and an HTML" {
  assert_equal "$(cd .. && printf '%s\n' ch[0-9]*/ | sort)" "$(printf '%s/\n' "${decks[@]%.md}")"
  for deck in "${decks[@]}"; do
    grep -q "{ printed $deck;" "$BATS_TEST_FILENAME" || fail "no test of $deck"
    [[ -e ${deck%.md}.html ]] || fail "$deck is not rendered"
  done
}

@test "slides: the HTML is what Marp renders, and nothing in it is fetched" {
  run grep -oE '(src|href)="?(https?:)?//[^" ]*|@import[^;]*|url\((https?:)?//[^)]*' ch*.html
  refute_output --partial 'src='
  refute_output --partial '@import'
  refute_output --partial 'url('
  up_to_date tools/render --check
}

@test "slides: nothing leaves its slide, and no code is smaller than 20 points" {
  up_to_date tools/overflow
}

# slides AWK: runs the program for each slide of the decks: the array text has its n
# lines, fences left out; where says which it is
each_slide() {
  awk -v RS='\0' -v names="${decks[*]}" "$1"'
    BEGIN { split(names, name, " ") }
    {
      total = split($0, line, "\n")
      number = 1; n = fence = comment = 0
      for (i = line[1] == "---" ? 2 : 1; i > 1 && line[i] != "---"; ++i);
      for (++i; i <= total + 1; ++i) {
        if (i > total || line[i] == "---" && !fence && !comment) {
          title = ""
          for (j = 1; j <= n && title == ""; ++j) if (text[j] ~ /^#+ /) title = text[j]
          sub(/^#+ /, "", title)
          where = name[NR] ": slide " number " \"" title "\": "
          slide()
          ++number; n = 0
          continue
        }
        if (line[i] ~ /^ *```/ && !comment) { fence = !fence; continue }
        if (fence) continue
        text[++n] = line[i]
        if (line[i] ~ /<!--/) comment = 1
        if (line[i] ~ /-->/) comment = 0
      }
    }' <(for deck in "${decks[@]}"; do cat "$deck" && printf '\0'; done)
}

@test "slides: every slide but the title pages has notes" {
  run each_slide '
    function slide(  i, all) {
      for (i = 1; i <= n; ++i) all = all text[i] "\n"
      if (all ~ /_class: *[a-z ]*lead/) return
      gsub(/<!-- *_?[a-zA-Z]+: *[a-z0-9# ]+ *-->/, "", all) # directives
      if (all !~ /<!--/) print where "no notes"
    }'
  assert_output ''
  assert_success
}

@test "slides: every picture is there, and has a text of 20 characters at least in its place" {
  run each_slide '
    function slide(  i, rest, alt, file) {
      for (i = 1; i <= n; ++i)
        for (rest = text[i]; match(rest, /!\[[^]]*\]\([^)]*\)/); rest = substr(rest, RSTART + RLENGTH)) {
          alt = file = substr(rest, RSTART, RLENGTH)
          sub(/^!\[/, "", alt); sub(/\]\(.*/, "", alt)
          sub(/.*\]\(/, "", file); sub(/\)$/, "", file)
          gsub(/(^| )((w|h|width|height):[0-9.a-z%]+|bg|left|right|contain|cover|fit)/, "", alt)
          if (length(alt) < 20) print where file ": \"" alt "\" says too little"
          if ((getline rest_of_file < file) < 0) print where file " is not there"
          close(file)
        }
    }'
  assert_output ''
  assert_success
}

@test "slides: every demo that a deck plays, and every file that it links to, is there" {
  for deck in "${decks[@]}"; do
    while read -r demo; do
      [[ -x demos/$demo.sh ]] || fail "$deck: no demo $demo"
    done < <(grep -oE 'make (demo|lecture) NAME=[a-z0-9-]+' "$deck" | cut -d= -f2 | sort -u)
    while read -r link; do
      [[ -e $link ]] || fail "$deck: no $link"
    done < <(grep -oE '[^!]\[[^]]*\]\([^)#: ]+\)' "$deck" | sed 's/.*(//; s/)$//')
  done
}

# ---- refresh -----------------------------------------------------------------

# tree [DIRECTIVE]: a project of its own, with a deck whose second slide has what
# is on standard input, behind the directive if there is one. It is in $deck, and
# the block opens in line 10.
tree() {
  cd "$BATS_TEST_TMPDIR" || return
  mkdir -p slides/tools ch09-test
  cp "$ROOT"/slides/tools/refresh slides/tools
  cat >ch09-test/lesson.cpp <<'END'
// lesson: a comment
static int twice(int value);

static int twice(int value) {
    return 2 * value;
}

template <class T>
static void wide() {
    if (true) {
        int one = 1;
        int two = twice(one);
    }
}

static void small() { twice(2); }
static void small(int) {}
END
  deck=slides/ch09-test.md
  {
    printf '%s\n' --- 'marp: true' --- '# Title' '' --- '' '## The lesson' ''
    if [[ -n ${1-} ]]; then fenced "$1"; else cat; fi
  } >"$deck"
}
refresh() { run limit slides/tools/refresh "$@"; }
block() { sed -n '10,$p' "$deck"; }
# the directive, and a text between the fences
fenced() { printf '```%s\n' "$1" && cat && echo '```'; }

@test "refresh: functions, texts between anchors and files come from the program, indented as if alone" {
  tree <<'END'
```cpp file=ch09-test/lesson.cpp fn=twice
```
```cpp file=ch09-test/lesson.cpp from="int one" to='int two'
old
```
```cpp file=ch09-test/lesson.cpp fn=wide
```
END
  refresh
  assert_success
  assert_line "$deck: slide 2 \"The lesson\", line 10: new listing from ch09-test/lesson.cpp"
  run block
  assert_output - <<'END'
```cpp file=ch09-test/lesson.cpp fn=twice
static int twice(int value) {
    return 2 * value;
}
```
```cpp file=ch09-test/lesson.cpp from="int one" to='int two'
int one = 1;
int two = twice(one);
```
```cpp file=ch09-test/lesson.cpp fn=wide
template <class T>
static void wide() {
    if (true) {
        int one = 1;
        int two = twice(one);
    }
}
```
END
  refresh --check
  assert_success
  assert_output ''
}

@test "refresh --check: a renamed variable is shown with its slide, and nothing is written" {
  tree 'cpp file=ch09-test/lesson.cpp fn=twice' </dev/null
  refresh
  sed -i 's/value/number/g' ch09-test/lesson.cpp
  cp "$deck" before.md
  refresh --check
  assert_failure 1
  assert_line --index 0 "$deck: slide 2 \"The lesson\", line 10: the listing from ch09-test/lesson.cpp is not what is on the slide"
  assert_line -- '-    return 2 * value;'
  assert_line -- '+    return 2 * number;'
  cmp "$deck" before.md
}

@test "refresh: what is wrong in a deck is said with deck and line, and the status is 2" {
  tree </dev/null
  { printf '// %078d\n' 1 && printf 'int line;\n%.0s' {1..23}; } >ch09-test/long.cpp
  cp "$deck" empty.md
  complaint() { # DIRECTIVE MESSAGE [TEXT]
    { cat empty.md && fenced "$1" <<<"${3-}"; } >"$deck"
    cp "$deck" before.md
    refresh
    assert_failure 2
    assert_output "$deck:10: $2"
    cmp "$deck" before.md
  }
  lesson=ch09-test/lesson.cpp
  complaint 'cpp file=nowhere.cpp fn=f' 'no such file: nowhere.cpp'
  complaint "cpp file=$lesson fn=thrice" "no function thrice in $lesson"
  complaint "cpp file=$lesson fn=small" "several functions small in $lesson"
  complaint "cpp file=$lesson from=nothing to=int" "$lesson: from=\"nothing\" occurs 0 times in the file, not once"
  complaint "cpp file=$lesson from=value to=int" "$lesson: from=\"value\" occurs 3 times in the file, not once"
  complaint "cpp file=$lesson from=true to=nothing" "$lesson: to=\"nothing\" occurs 0 times behind from=\"true\", not once"
  complaint "cpp file=$lesson from=true to=int" "$lesson: to=\"int\" occurs 3 times behind from=\"true\", not once"
  complaint "cpp file=$lesson from=true" 'from= without to=, or to= without from='
  complaint "cpp file=$lesson func=twice" 'unknown: func='
  complaint "cpp file=$lesson fn=" 'cannot read this, from here on: fn='
  complaint "cpp file=$lesson from=\"tr" 'cannot read this, from here on: from="tr'
  complaint "cpp file=ch09-test/long.cpp from=1 to=1" 'ch09-test/long.cpp: to="1" occurs 0 times behind from="1", not once'
  complaint "cpp file=ch09-test/long.cpp from=// to=1" "ch09-test/long.cpp: a line of 81 columns, and a slide holds 80: // $(printf %078d 1)"
  complaint "cpp file=ch09-test/long.cpp" 'ch09-test/long.cpp: 24 lines, and a slide holds 22'
  complaint cpp 'a listing without file=, which nothing keeps up to date; if that is meant: ```cpp plain'
  complaint console 'a transcript begins with a command: $ COMMAND' nothing
  complaint 'console in=nowhere' 'no such folder: nowhere' '$ true'
  complaint 'console' 'ch09-test/unbuilt is not there, or not built' '$ ./unbuilt'
  complaint 'console vary=7' 'vary=7: no such number in what the slide shows' $'$ echo 8\n8'
  complaint 'console vary=a' 'vary=: not a number: a' $'$ echo a\na'
  complaint 'console' "the transcript's shell ended before its last command; so far: \$ exit" $'$ exit\n$ echo'
  { cat empty.md && echo '```cpp plain'; } >"$deck"
  refresh --check
  assert_failure 2
  assert_output "$deck:10: this block does not end"
}

@test "refresh: what is called plain, and other languages, are left alone" {
  tree <<'END'
```cpp plain
int x;
```
```console plain
$ false
```
```text
$ true
```
END
  cp "$deck" before.md
  refresh
  assert_success
  cmp "$deck" before.md
}

@test "refresh: commands alone get what they print, and what varies is found out" {
  tree console <<'END'
$ sleep 9 & echo $!, $$ and 127.0.0.1
$ sh -c 'exit 3'
$ echo $?
$ for i in 1 2; do
>   ps -o ppid= -p $!
> done
END
  refresh
  assert_success
  assert_line "$deck: slide 2 \"The lesson\", line 10: new transcript"
  parent=$(sed -n 's/^[0-9]*, \([0-9]*\) and.*/\1/p' "$deck")
  child=$(sed -n 's/^\([0-9]*\), .*/\1/p' "$deck")
  run block
  assert_line --index 0 --regexp "^.{3}console vary=($child,$parent|$parent,$child)\$"
  assert_line "$child, $parent and 127.0.0.1"
  assert_line --index 5 3
  assert_line --index 9 --regexp "^ *$parent\$"
  cp "$deck" before.md
  refresh --check
  assert_success
  assert_output ''
  refresh
  cmp "$deck" before.md
}

@test "refresh: numbers that vary stand for one value each, so a PPID is the parent's PID" {
  tree 'console vary=700,701' <<'END'
$ sleep 9 & ps -o pid=,ppid=,stat= -p $!; echo $$
701      700   S+
700
END
  refresh --check
  assert_success
  # the shell's PID and the sleep's, with one name
  sed -i 's/^701  /700  /; s/=700,701/=700/' "$deck"
  refresh --check
  assert_failure 1
  assert_line --regexp '^-700  '
  # three names for two processes
  sed -i 's/=700/=700,701,702/; s/^700 .* 700 /701   702 /' "$deck"
  refresh --check
  assert_failure 1
  assert_line '-700'
  refute_line --regexp '^-701'
}

@test "refresh: another message, another exit status, a line more or less are drift" {
  drifts() {
    refresh --check
    assert_failure 1
    assert_line --index 0 "$deck: slide 2 \"The lesson\", line 10: the transcript is not what is on the slide"
    assert_line -- "$1"
  }
  tree 'console vary=10' <<<$'$ echo child 12 has ended\nchild 10 has exited'
  drifts '+child 12 has ended'
  tree 'console vary=10' <<<$'$ echo 10; (exit 3); echo $?\n10\n2'
  drifts '+3'
  tree 'console' <<<$'$ echo one; echo two\none'
  drifts '+two'
  tree 'console' <<<$'$ echo one\none\ntwo'
  drifts '-two'
}

@test "refresh: seconds may be any, a whole number in their place is drift" {
  tree 'console vary=0.42' <<<$'$ echo 0.7 and 1.25 s\n0.42 and   0.42 s'
  refresh --check
  assert_success
  sed -i 's/echo 0.7/echo 7/' "$deck"
  refresh --check
  assert_failure 1
}

@test "refresh: a terminal of 80 by 24, C locale, no report of ended jobs" {
  tree console <<'END'
$ test -t 0 && test -t 1 && test -t 2 && stty size
24 80
$ ps -o args= -p $$; echo $LC_ALL $TERM
bash
C dumb
$ sleep 9 & kill $!; wait $!; echo $?
143
$ (sleep 9; :) & kill -KILL $!; wait; nothing
bash: nothing: command not found
$ ls /proc/self/fd
0  1  2  3
$ printf 'no end of line'
no end of line
END
  refresh --check
  assert_success
}

@test "refresh: a sleep lasts until all that was started has come to rest" {
  tree console <<'END'
$ for ((n = 0; n < 200000; ++n)); do :; done && echo late & sleep 0.01; echo now
late
now
END
  refresh --check
  assert_success
}

@test "refresh: a command that is not installed is named, the slide left as it is, status 77" {
  tree console <<<$'$ echo here; no_such_command\nas it was'
  cp "$deck" before
  for option in --transcripts --check; do
    refresh "$option"
    assert_failure 77
    assert_output "$deck:10: no_such_command is not installed here (sh setup.sh --all): left as it is"
    cmp before "$deck"
  done
}

@test "refresh: ss has a heading above an empty column, or none: that is the same" {
  tree console <<<$'$ echo Local Address:Port Peer Address:Port\nLocal Address:Port Peer Address:Port Process'
  refresh --check
  assert_success
}

@test "refresh: strace writes epoll_data twice in decimal, or once in hexadecimal: that is the same" {
  tree 'console vary=106' <<<$'$ echo "epoll_wait(4, [{data=0x68}], 256) = 1"; echo 104\nepoll_wait(4, [{data={u32=106, u64=106}}], 256) = 1\n106'
  refresh --check
  assert_success
  sed -i 's/echo 104/echo 105/' "$deck"
  refresh --check
  assert_failure 1
}

@test "refresh: commands that do not print the same twice are refused" {
  tree console <<<'$ test -e twice && echo again || echo once; touch twice'
  cp "$deck" before.md
  refresh
  assert_failure 2
  assert_output "$deck:10: run twice, the commands print \"once\" and \"again\""
  cmp "$deck" before.md
}

@test "refresh --check: one of two runs that is as on the slide is enough, and there is no third" {
  tree console <<<$'$ echo run >>runs; wc -l <runs\n2'
  refresh --check
  assert_success
  assert_output ''
  sed -i 's/^2$/5/' "$deck"
  refresh --check
  assert_failure 1
  assert_line '+4'
}

@test "refresh: what a block started is gone after it, also when it takes too long" {
  before=$((100000 + BASHPID))
  tree console <<<"\$ setsid sleep $before & (trap '' TERM HUP; sleep $before) & sleep 0.1"
  refresh --check
  assert_success
  run pgrep -fx "sleep $before"
  assert_output ''
  tree console <<<"\$ echo begun; setsid sleep $before & sleep $before"
  REPLAY_SECONDS=4 refresh --check
  assert_failure 2
  assert_output "$deck:10: the transcript has not ended after 4 seconds; so far: \$ echo begun; setsid sleep $before & sleep $before begun"
  run pgrep -fx "sleep $before"
  assert_output ''
}

# ---- render, overflow --------------------------------------------------------

@test "render --check: a deck that was changed is named" {
  [[ -x node_modules/.bin/marp ]] || skip 'Marp is not installed: sh setup.sh --slides'
  tree <<<'Text'
  cp -r "$ROOT"/slides/{tools,package.json,theme.css} slides
  ln -s "$ROOT/slides/node_modules" slides
  slides/tools/render
  run slides/tools/render --check
  assert_success
  assert_output ''
  sed -i s/Text/Test/ "$deck"
  run slides/tools/render --check
  assert_failure 1
  assert_output 'slides/ch09-test.html is not what slides/ch09-test.md renders to: make slides'
}

@test "overflow: text that leaves its slide, wide and small code, missing pictures are found" {
  slide='<svg data-marpit-svg><foreignObject width=1280 height=720><section style="width:1280px;height:720px;overflow:hidden;font-size:27px">'
  cat >"$BATS_TEST_TMPDIR/faults.html" <<END
<!DOCTYPE html><body style="margin:0">
$slide<h1>Good</h1><pre><code style="font-size:27px">x</code></pre></section></foreignObject></svg>
$slide<h2>Long</h2><div style="height:700px">x</div></section></foreignObject></svg>
$slide<h2>Code</h2><pre style="overflow:hidden"><code style="font-size:20px">$(printf %0200d 1)</code></pre></section></foreignObject></svg>
$slide<h2>Picture</h2><p><img src="pictures/none.svg" width=10 height=10></p></section></foreignObject></svg>
END
  run tools/overflow "$BATS_TEST_TMPDIR/faults.html"
  [[ $status -ne 77 ]] || skip "$output"
  assert_failure 1
  assert_line --regexp 'slide 2 "Long": [0-9]+ px leave the slide \(bottom\)'
  assert_line --regexp 'slide 3 "Code": code is [0-9]+ px wider than its box'
  assert_line --partial 'slide 3 "Code": code of 15.0 points, not 20'
  assert_line --partial 'slide 4 "Picture": pictures/none.svg does not load'
  refute_output --partial 'Good'
}

@test "overflow: a Chromium that does not run, such as Ubuntu's without its snap, is none" {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    printf '#!/bin/sh\necho "%s requires the snap"\nexit 1\n' "$name" >"$BATS_TEST_TMPDIR/$name"
    chmod +x "$BATS_TEST_TMPDIR/$name"
  done
  PATH=$BATS_TEST_TMPDIR:$PATH run env -u CHROME_PATH tools/overflow
  assert_failure 77
  assert_output 'overflow: no Chromium is installed: sh setup.sh --slides'
}
