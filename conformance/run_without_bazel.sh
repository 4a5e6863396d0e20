# run_without_bazel.sh WORKSPACE LINK: sourced by tests of `gort run`, which run inside Bazel and so cannot start it: what it
# would have built is beside LINK. Then run_program of tools/run.sh does as `gort run` does, in a subshell.
set -euo pipefail
root=$(dirname -- "$(readlink -f -- "$1")")
link=$(readlink -f -- "$2")
say() { printf 'gort: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }
become() { exec "$@"; }
quietly() { shift; "$@"; }
install_build_tools() { :; }
choose_jdk() { :; }
run_bazel() { :; }
built() { printf '%s/%s' "${link%/*}" "${1##*/}"; }
. "$root/tools/run.sh"
