# test.sh: the body of `gort test`; sourced by ../gort, whose helpers it uses.

# Everything is counted in test cases: a GoogleTest case, a Go test function, or a whole target
# that does not say what is inside it.
cases_passed=0
cases_failed=0

# What failed, and the end of what each of these printed, where that is in a file. Said again at the end: who reads the
# output of a machine that is gone has its last page and often no more.
failed_suites=() failed_ends=()
readonly end_lines=40

# suite NAME PASSED FAILED [LOG]: counts, and prints a line for one suite.
suite() {
  cases_passed=$((cases_passed + $2))
  cases_failed=$((cases_failed + $3))
  if (($3 > 0)); then
    printf 'FAIL %6d passed %4d failed  %s\n' "$2" "$3" "$1"
    failed_suites+=("$1")
    failed_ends+=("$(tail -n "$end_lines" -- "${4:-/dev/null}" 2>/dev/null || true)")
  else
    printf 'ok   %6d passed              %s\n' "$2" "$1"
  fi
}

# say_failures: what failed, with its last lines.
say_failures() {
  local at
  for at in "${!failed_suites[@]}"; do
    printf '\n---- failed: %s\n' "${failed_suites[at]}"
    [[ -z ${failed_ends[at]} ]] || printf '%s\n' "${failed_ends[at]}"
  done
  ((${#failed_suites[@]} == 0)) || printf '\n'
}

# ---- what is said meanwhile

# Where what is being done stands, and what Bazel has done of it: made by run_all_tests, in a folder that it removes.
progress=

# doing WHAT [EVENTS TOTAL]: notes it, with Bazel's file of events and how many test targets there are to be in it.
doing() { [[ -z $progress ]] || printf '%s\n' "$1" "${2:-}" "${3:-}" >"$progress"; }

# say_progress SECONDS: what is being done, for that long now.
say_progress() {
  local what events total passed='' seconds=$1
  { read -r what; read -r events; read -r total; } <"$progress" || return 0
  if [[ -n $events ]]; then
    passed=$(grep -c '"id":{"testSummary"' "$events" 2>/dev/null || true)
    passed=", ${passed:-0} of $total targets done"
  fi
  say "$what$passed ($((seconds / 60)) min $((seconds % 60)) s)"
}

# heartbeat PERIOD: says it every PERIOD seconds, until it is killed.
heartbeat() {
  local began=$SECONDS nap
  trap 'kill "$nap"; exit' TERM
  for (( ; ; )); do
    sleep "$1" &
    nap=$!
    wait "$nap"
    say_progress $((SECONDS - began))
  done
}

# Folders and files of the tests that are run, and the process that says so: gone when we are.
scratch=() beat=
leave_nothing() {
  if [[ -n $beat ]]; then
    kill "$beat" 2>/dev/null || true
    wait "$beat" 2>/dev/null || true
    beat=
  fi
  ((${#scratch[@]} == 0)) || rm -rf -- "${scratch[@]}"
  scratch=()
  drop_log
}

# new_scratch NAME [-d]: a file, or a folder, that leave_nothing removes; its path is in NAME.
new_scratch() {
  local path
  path=$(mktemp ${2:-} "${TMPDIR:-/tmp}/gort-test.XXXXXX")
  scratch+=("$path")
  printf -v "$1" %s "$path"
}

# xml_counts FILE...: prints "CASES FAILURES" of JUnit files; GoogleTest writes the sums in the
# outermost element, Bazel in the inner one.
xml_counts() {
  awk '
    function attribute(name) {
      return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : -1
    }
    FNR == 1 { outer = 0 }
    /<testsuites / && attribute("tests") >= 0 { outer = 1; count() }
    /<testsuite / && !outer { count() }
    function count(  e) {
      tests += attribute("tests")
      failures += attribute("failures")
      e = attribute("errors"); if (e > 0) failures += e
    }
    END { print tests + 0, failures + 0 }' "$@"
}

# bazel_tests: every Bazel test target. Returns Bazel's status.
bazel_tests() {
  local tmp status=0 target state counts tests failures logs
  doing "asking Bazel for the tests"
  new_scratch tmp -d
  if ! run_bazel query 'tests(//...)' >"$tmp/targets" 2>"$tmp/errors" </dev/null; then
    cat -- "$tmp/errors" >&2
    suite "bazel query" 0 1
    return 1
  fi
  local quiet=()
  [[ -t 2 ]] || quiet=(--noshow_progress)
  # Tests look for a Go where Debian puts it; another one must be named to them.
  [[ $go_cmd == /usr/lib/go-1.24/bin/go ]] || quiet+=("--test_env=GORT_GO=$go_cmd")
  [[ $newest_go_cmd == "$HOME/go/pkg/mod/"* ]] || quiet+=("--test_env=GORT_NEWEST_GO=$newest_go_cmd")
  doing "Bazel builds and tests" "$tmp/events" "$(wc -l <"$tmp/targets")"
  run_bazel test //... --keep_going --test_summary=none --show_result=0 "${quiet[@]}" \
    --ui_event_filters=-info --build_event_json_file="$tmp/events" </dev/null >&2 || status=$?

  sed -n 's/.*"id":{"testSummary":{"label":"\([^"]*\)".*"overallStatus":"\([A-Z_]*\)".*/\1 \2/p' \
    "$tmp/events" >"$tmp/states"
  while read -r target; do
    state=$(awk -v t="$target" '$1 == t { print $2 }' "$tmp/states")
    logs=${target#//}
    logs=$root/bazel-testlogs/${logs/://}
    tests=0 failures=0
    if [[ -n $state ]]; then
      # What a run with --runs_per_test has left there is none of this one.
      counts=$(find "$logs/" -name test.xml ! -path '*/run_*_of_*' -exec cat {} + 2>/dev/null | xml_counts)
      tests=${counts% *} failures=${counts#* }
    fi
    case $state in
      PASSED | FLAKY) suite "$target" "$((tests > 0 ? tests : 1))" 0 ;;
      '') suite "$target (did not build)" 0 1 ;;
      *)
        ((failures > 0)) || failures=1
        suite "$target ($state)" "$((tests > failures ? tests - failures : 0))" "$failures" "$logs/test.log"
        ;;
    esac
  done < <(sort "$tmp/targets")
  return "$status"
}

# clang_tests: the other compiler builds every target, and some live tests run as it compiled them.
clang_tests() {
  local status=0 quiet=() test log
  [[ -t 2 ]] || quiet=(--noshow_progress)
  new_scratch log
  doing "clang builds all targets"
  run_bazel build --config=clang //... --keep_going --show_result=0 "${quiet[@]}" --ui_event_filters=-info \
    </dev/null >"$log" 2>&1 || status=$?
  if ((status != 0)); then cat -- "$log" >&2; fi
  suite "clang builds //..." $((status == 0)) $((status != 0)) "$log"
  for test in //runtime:asm_test //runtime:preempt_asm_test //runtime:chan_test //runtime:signal_test //api:chan_test \
    //api:select_test //api:task_test //sync:mutex_test //testdata/failures:{deadlock,sigquit,wait_states}_test; do
    doing "clang: $test"
    status=0
    run_bazel test --config=clang "$test" --test_summary=none --show_result=0 "${quiet[@]}" \
      --ui_event_filters=-info </dev/null >&2 || status=$?
    log=${test#//}
    suite "clang $test" $((status == 0)) $((status != 0)) "$root/bazel-clang-testlogs/${log/://}/test.log"
  done
}

# go_tests: the tests of the tools that are written in Go.
go_tests() {
  local dir out status
  for dir in "$root"/tools/*/; do
    compgen -G "$dir*_test.go" >/dev/null || continue
    status=0
    doing "go test ${dir#"$root"/}"
    out=$(cd "$dir" && GOTOOLCHAIN=local GOWORK=off GOFLAGS=-buildvcs=false "$go_cmd" test -v ./... 2>&1 </dev/null) ||
      status=$?
    local passed failed
    passed=$(grep -c '^--- PASS' <<<"$out" || true)
    failed=$(grep -c '^--- FAIL' <<<"$out" || true)
    if ((status != 0)); then
      printf '%s\n' "$out" | grep -v '^=== \|^--- PASS' >&2 || true
      ((failed > 0)) || failed=1
    fi
    suite "go test ${dir#"$root"/}" "$passed" "$failed" <(printf '%s\n' "$out" | grep -v '^=== \|^--- PASS')
  done
}

# release_tests: a small program, captured anew with each later release of Go and replayed by the port of that release.
release_tests() {
  local release tmp status
  new_scratch tmp -d
  while read -r release; do
    status=0
    doing "capture and replay with Go $release"
    "$root/gort" round -go "$release" -dir "$tmp" "$root/testdata/programs/lessons.go" 2 -- fan </dev/null >&2 || status=$?
    suite "capture and replay with Go $release" $((status == 0)) $((status != 0))
  done < <(printf '%s\n' "${!later_versions[@]}" | sort -V)
}

# arm64_suite: what `gort test --arch=arm64` runs.
arm64_suite() {
  local status=0
  doing "built for arm64, in qemu"
  test_arm64 </dev/null >&2 || status=$?
  suite "gort test --arch=arm64" $((status == 0)) $((status != 0))
}

# remote_tests: some tests on an engine of remote execution, which is started for it.
remote_tests() {
  local status=0
  doing "remote execution"
  "$root/gort" remote </dev/null >&2 || status=$?
  suite "gort remote" $((status == 0)) $((status != 0))
}

# run_all_tests: everything. The last line is the sum; returns 1 when anything failed.
run_all_tests() {
  local status=0
  if [[ ! -t 2 ]]; then
    new_scratch progress
    heartbeat 30 </dev/null >/dev/null &
    beat=$!
  fi
  bazel_tests || status=$?
  clang_tests
  go_tests
  release_tests
  arm64_suite
  remote_tests
  leave_nothing
  if ((status != 0 && cases_failed == 0)); then suite "bazel (status $status)" 0 1; fi
  say_failures
  printf '%d passed, %d failed\n' "$cases_passed" "$cases_failed"
  ((cases_failed == 0))
}
