# chromium.bash: finds a Chromium.
# shellcheck shell=bash disable=SC2034 # the variables are for who sources this

# find_chromium: sets chromium, and no_sandbox where its sandbox cannot work:
# run by root, or without user namespaces. It is shown nothing but our slides.
find_chromium() {
  local name
  no_sandbox=''
  for name in "${CHROME_PATH:-chromium}" chromium-browser google-chrome google-chrome-stable; do
    chromium=$(command -v "$name") || continue
    "$chromium" --version >/dev/null 2>&1 || continue # Ubuntu's, without its snap
    [[ $EUID -ne 0 ]] && unshare --user true 2>/dev/null || no_sandbox=--no-sandbox
    return 0
  done
  return 1
}
