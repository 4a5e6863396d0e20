#!/bin/bash
# stress_test.sh STRESS FROM TO: runs STRESS with seeds FROM to TO, preempted in different ways and with generations of
# different lengths. `go tool trace` must read every trace to its end. GORT_GO names its go command: Go 1.24's, else.
set -euo pipefail
stress=$PWD/$1 from=$2 to=$3
work=${TEST_TMPDIR:-$(mktemp -d)}

go=${GORT_GO:-}
for candidate in /usr/lib/go-1.24/bin/go "$(command -v go || true)"; do
  [[ -n $go ]] || { [[ -x $candidate && $("$candidate" version) == *" go1.24"* ]] && go=$candidate; } || true
done
[[ -n $go ]] || { echo "no Go 1.24 here; ./gort test installs it" >&2; exit 1; }
export HOME=$work GOCACHE=$work/cache GOPATH=$work/path GOFLAGS=

settings=(
  traceadvanceperiod=1000000000
  traceadvanceperiod=2000000
  traceadvanceperiod=1000000,preemptevery=100
  traceadvanceperiod=1000000,preemptevery=100,asyncpreempt=move
)
status=0 traces=0
for ((seed = from; seed <= to; seed++)); do
  setting=${settings[seed % ${#settings[@]}]}
  n=$(GODEBUG=$setting "$stress" "$work/trace" "$seed" 250) ||
    { echo "seed $seed ($setting): exit status $?" >&2; exit 1; }
  for ((i = 0; i < n; i++)); do
    if ! "$go" tool trace -d=parsed "$work/trace.$i" >/dev/null 2>"$work/said"; then
      echo "seed $seed ($setting), trace $i of $n: $(head -n 3 "$work/said")" >&2
      cp "$work/trace.$i" "${TEST_UNDECLARED_OUTPUTS_DIR:-$work}/$seed.$i"
      status=1
    fi
    rm "$work/trace.$i"
  done
  traces=$((traces + n))
done
echo "$traces traces"
((traces > 0)) || status=1
exit "$status"
