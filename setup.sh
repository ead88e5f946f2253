#!/bin/sh
# setup.sh: installs what the toolkit needs and the machine lacks, on Debian and
# Ubuntu, with sudo where it is not run by root. It says what before it does,
# and is safe to run again. Elsewhere it says what is missing.
#
#   sh setup.sh          to build and run everything, for the exercises, the tests and
#                        most of the demos
#   sh setup.sh --all    also for make lecture and the other demos (tmux, nft, tcpdump),
#                        make gradescope (zip), and for those who change it: linters,
#                        clang, strace, valgrind, gnuplot
#   sh setup.sh --peers  also the clients and servers of others, for tests/peers.bats
#   sh setup.sh --slides also what renders the slides: Node.js, Marp (npm ci, in
#                        slides/), strace, a Chromium, fonts
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# What is looked for (a command, a file, or a folder of Bats libraries), and the
# package that has it.
needed='
make:make g++:g++ bats:bats /bats-support/load.bash:bats-support
/bats-assert/load.bash:bats-assert parallel:parallel ps:procps ss:iproute2
ip:iproute2 unshare:util-linux setpriv:util-linux script:bsdutils
pstree:psmisc /etc/services:netbase jq:jq nc:netcat-openbsd'
all='
git:git strace:strace valgrind:valgrind xmllint:libxml2-utils zip:zip unzip:unzip python3:python3
tmux:tmux nft:nftables tcpdump:tcpdump gnuplot:gnuplot-nox
clang++:clang clang-format:clang-format clang-tidy:clang-tidy
shellcheck:shellcheck'
peers='socat:socat telnet:telnet curl:curl python3:python3
xinetd:xinetd'
slides='node:nodejs npm:npm strace:strace
/DejaVuSansMono.ttf:fonts-dejavu-core /LiberationSans-Regular.ttf:fonts-liberation
chromium:chromium'
# Ubuntu has it as a snap only
grep -qs '^ID=ubuntu' /etc/os-release && slides="$slides-browser"
marp=

for option in "$@"; do
  case $option in
    --all) needed="$needed $all" ;;
    --peers) needed="$needed $peers" ;;
    --slides) needed="$needed $slides" marp=wanted ;;
    --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "usage: sh setup.sh [--all] [--peers] [--slides]" >&2; exit 2 ;;
  esac
done

# nft and tcpdump live where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

have() {
  case $1 in
    *.ttf) [ -n "$(find /usr/share/fonts /usr/local/share/fonts -name "${1#/}" 2>/dev/null)" ] ;;
    /etc/*) [ -e "$1" ] ;;
    /*) [ -e "/usr/lib/bats$1" ] || [ -e "/usr/share/bats$1" ] ;;
    g++) command -v g++ >/dev/null && cxx20 ;;
    chromium)
      for name in chromium chromium-browser google-chrome; do
        "$name" --version >/dev/null 2>&1 && return # Ubuntu's is there without its snap
      done
      return 1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# A compiler without its headers, or one from before C++20, does not count.
cxx20() { echo '#include <span>' | g++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; }

missing() {
  for pair in $needed; do
    have "${pair%%:*}" || echo "${pair#*:}"
  done | sort -u | tr '\n' ' '
}

# Marp, in slides/ and as who we are, as soon as there is npm
install_marp() {
  [ -n "$marp" ] || return 0
  (cd "$here/slides" && npm ls >/dev/null 2>&1) && return
  echo "setup.sh: installs Marp in slides/node_modules with npm ci, which takes a minute"
  (cd "$here/slides" && npm ci --ignore-scripts --no-fund --no-audit --loglevel=error)
}

# students are handed neither demos nor tests
next='make demo, make test'
[ -d "$here/slides" ] || next='make check, in the folder of an exercise'

packages=$(missing)
if [ -z "$packages" ]; then
  install_marp
  echo "setup.sh: nothing is missing. Next: $next"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "setup.sh: this system has no apt-get. Please install: $packages" >&2
  echo "(the names are Debian's; g++ must know C++20)" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: neither root nor sudo. Please have root run:" >&2
    echo "  apt-get install $packages" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "setup.sh: installs with ${as_root:+sudo }apt-get, which takes a minute: $packages"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
  --no-install-recommends $packages >/dev/null

packages=$(missing)
if [ -n "$packages" ]; then
  install_marp || echo 'setup.sh: Marp is missing, too' >&2
  echo "setup.sh: installed, but still missing: $packages" >&2
  [ "$packages" = "${packages#*chromium-browser}" ] ||
    echo "(Ubuntu's Chromium is a snap: sudo snap install chromium)" >&2
  exit 1
fi
install_marp
echo "setup.sh: done. Next: $next"
