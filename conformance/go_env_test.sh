#!/bin/bash
# go_env_test.sh WORKSPACE: gort is beside that file. What is meant for the captured program (GODEBUG, GOGC ...) reaches
# neither a go command nor the capture tool's own runtime, and reaches the program by the tool's -env.
set -u
gort=$(dirname -- "$(readlink -f -- "$1")")/gort
bad=0
say() { printf 'go_env_test: %s\n' "$1" >&2; bad=1; }

work=$TEST_TMPDIR/env
mkdir -p "$work/tools/capture" "$work/cache"
# A go command that dies of these variables, as a real one would of some, and "builds" a tool that tells what it got.
cat >"$work/go" <<'GO'
#!/bin/bash
[[ -z ${GODEBUG+x}${GOGC+x}${GOMEMLIMIT+x}${GOMAXPROCS+x}${GOTRACEBACK+x} ]] || { echo "go $*: has them" >>"$SAID"; exit 1; }
case $1 in
  env) [[ -z ${GOFLAGS+x}${GOEXPERIMENT+x} ]] || { echo "go env: has flags" >>"$SAID"; exit 1; }; echo go1.24.4 ;;
  build) cp "$(dirname "$0")/tool" "$3" ;;
esac
GO
cat >"$work/tool" <<'TOOL'
#!/bin/bash
[[ -z ${GODEBUG+x}${GOGC+x}${GOMEMLIMIT+x}${GOMAXPROCS+x}${GOTRACEBACK+x} ]] || echo "the tool has them" >>"$SAID"
printf '%s\n' "$@" >"$TOLD"
TOOL
chmod +x "$work/go" "$work/tool"
cp -- "${gort%/gort}/tools/children.sh" "$work/tools/"
export SAID=$work/said TOLD=$work/told XDG_CACHE_HOME=$work/cache
: >"$SAID"

# The script without its last lines, which run it; nothing is built by Bazel here.
{
  sed '/^main "\$@"$/,$d' "$gort"
  printf 'root=%q\nbuild() { :; }\ncapture -o %q -procs 2 -- x.go\n' "$work" "$work/out.slog"
} >"$work/capture.sh"
GORT_GO=$work/go GODEBUG=sbrk=1 GOGC=7 GOMEMLIMIT=1 GOMAXPROCS=3 GOTRACEBACK=all GOFLAGS=-tags=faketime GOEXPERIMENT=arenas \
  bash "$work/capture.sh" 2>"$work/err" || say "gort capture failed: $(cat "$work/err")"
[[ ! -s $SAID ]] || say "$(cat "$SAID")"
for pair in GODEBUG=sbrk=1 GOGC=7 GOMEMLIMIT=1 GOMAXPROCS=3 GOTRACEBACK=all; do
  grep -qxF -- "$pair" "$TOLD" || say "the program does not get $pair"
done

# The release is that which the module asks for, by its toolchain line or its go line, and nothing is written anywhere.
mkdir -p "$work/module/deep" "$work/here"
{
  sed '/^main "\$@"$/,$d' "$gort"
  printf 'root=%q\nbuild() { :; }\n' "$work"
  printf 'need_release_go() { printf "%%s:%%s" "$1" "${2:-}"; exit; }\n'
  printf 'cd %q\ncapture -o %q -dir %q -- ./deep\n' "$work/here" "$work/out.slog" "$work/module/deep"
} >"$work/asks.sh"
asks() {
  local want=$1 got
  shift
  printf '%s\n' "module m" "" "$@" >"$work/module/go.mod"
  got=$(GORT_GO=$work/go bash "$work/asks.sh" 2>&1)
  [[ $got == "$want" ]] || say "go.mod with '$*': asks for $got instead of $want"
  [[ -z $(ls -A "$work/here") ]] || { say "go.mod with '$*': a file $(ls "$work/here")"; rm -f "$work/here"/*; }
}
asks 1.24: 'require x v1.0.0'
asks 1.24:1.17 'go 1.17'
asks 1.25:1.25 'go 1.25'
asks 1.26:1.26.9 'go 1.26.9'
asks 1.26:1.25.0 'go 1.25.0' 'toolchain go1.26.4'
asks 1.26:1.26rc1 'go 1.26rc1' 'toolchain default'
asks 1.28:1.28.0 'go 1.28.0 // not yet'

# Which one is fetched: what is named, or ours of that release, or the point release that the module wants at least.
{
  sed '/^main "\$@"$/,$d' "$gort"
  printf 'go_modules() { printf /nowhere; }\nquietly() { printf "%%s" "$1"; exit; }\nhave_file() { :; }\n'
  printf 'need_release_go "$@"\nprintf "%%s" "$release_go_cmd"\n'
} >"$work/needs.sh"
needs() {
  local want=$1 got
  shift
  got=$(GORT_GO=$work/go bash "$work/needs.sh" "$@" 2>&1)
  [[ $got == "$want" ]] || say "need_release_go $*: $got instead of $want"
}
ours=$(sed -n 's/^declare -A later_versions=.*\[1\.26\]=\([^ )]*\).*/\1/p' "$gort")
needs "fetching Go $ours" 1.26
needs "fetching Go $ours" 1.26 1.26.1
needs 'fetching Go 1.26.99' 1.26 1.26.99
needs "fetching Go $ours" 1.26 1.27.0
needs 'fetching Go 1.26.1' 1.26.1
needs 'fetching Go 1.26rc1' 1.26rc1 1.26.99
needs 'fetching Go 1.24.9' 1.24.9
needs 'fetching Go 1.24.9' 1.24 1.24.9
needs "$work/go" 1.24
needs "$work/go" 1.24.4
needs 'gort: there is no port of Go 1.23.1, only of 1.24 1.25 1.26 1.27' 1.23.1
exit "$bad"
