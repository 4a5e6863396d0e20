# gather_traces.sh: sourced by tests of what makes traces out of traces. They have set gotrace, build, says and specimen.
. "$TEST_SRCDIR/$TEST_WORKSPACE/trace/find_go.sh"

work=$TEST_TMPDIR
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0 TMPDIR=$work TZ=UTC
mkdir "$work/in" "$work/out" "$work/text"
bad=0
fail() {
  echo "$*" >&2
  bad=1
}

# gather TRACE...: into $work/in those given, the tests of both Go's internal/trace, and some that both make here. Beside
# them says-VERSION, which tells what that Go says of traces.
gather() {
  local version go test name
  cp "$@" "$work/in"
  for version in 1.24 1.27; do
    go=$(find_go "$version")
    "$build" "$go" "$says" "$work/says-$version"
    "$go" build -o "$work/specimen" "$specimen"
    GODEBUG=traceadvanceperiod=10000000 "$work/specimen" "$work/in/specimen-$version.trace"
    for test in "$("$go" env GOROOT)"/src/internal/trace/testdata/tests/*.test; do
      name=$version-$(basename "$test" .test)
      sed '1,/^-- trace --$/d' "$test" >"$work/text/$name.txt"
      "$gotrace" pack -o "$work/in/$name.trace" "$work/text/$name.txt" >/dev/null
      # Some are damaged on purpose; those of the clock have no events, and Go 1.24 refuses them.
      if [[ $name == *-sync ]] || ! "$gotrace" check "$work/in/$name.trace" >/dev/null 2>&1; then rm "$work/in/$name.trace"; fi
    done
  done
}
