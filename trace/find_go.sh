# find_go.sh: sourced by tests that need an installed Go.

# find_go VERSION: prints the go command of Go 1.24 or 1.27: one that is named in GORT_GO or GORT_NEWEST_GO, or where
# Debian or the go command itself put it. `./gort test` installs both.
find_go() {
  local named candidate home
  home=$(getent passwd "$(id -u)" | cut -d: -f6)
  case $1 in
    1.24) named=${GORT_GO:-} ;;
    *) named=${GORT_NEWEST_GO:-} ;;
  esac
  for candidate in "$named" "/usr/lib/go-$1/bin/go" "$home"/go/pkg/mod/*/toolchain@v0.0.1-go"$1".*/bin/go \
    "$(command -v go || true)"; do
    if [[ -x $candidate && $(cd / && GOTOOLCHAIN=local HOME=/ "$candidate" env GOVERSION 2>/dev/null) == go$1* ]]; then
      printf '%s' "$candidate"
      return
    fi
  done
  echo "no Go $1 here; ./gort test installs it" >&2
  return 1
}
