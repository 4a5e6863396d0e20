# run.sh: the body of `gort run FILE.cc [ARGS]`; sourced by ../gort, whose helpers it uses.

# run_program FILE.cc [ARGS...]: builds the file with the runtime and ends as the program. The program
# defines gort_main, or main and calls gort::Run. It runs in the caller's directory.
run_program() {
  [[ $# -gt 0 && $1 != -* ]] || fail "usage: gort run FILE.cc [ARGS]"
  local file=$1 place name
  shift
  [[ -f $file ]] || fail "run: $file: no such file"
  [[ $file == *.cc || $file == *.cpp || $file == *.cxx ]] || fail "run: $file: not a C++ source file (.cc, .cpp, .cxx)"
  install_build_tools
  choose_jdk
  file=$(readlink -f -- "$file")
  # One folder for each source file: what was built for it is found again.
  place=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gort/run/$(printf '%s' "$file" | sha256sum | cut -c1-16)
  mkdir -p -- "$place"
  name=${file##*/}
  ln -sf -- "$file" "$place/program.${name##*.}"
  printf '# The program of one `gort run`.\nworkspace(name = "gort_run")\n' >"$place/WORKSPACE"
  # Warnings are the program's own business. Without tail calls its traces show every caller.
  printf '%s\n' '# The program of one `gort run`.' 'cc_binary(' '    name = "program",' \
    "    srcs = [\"program.${name##*.}\"]," '    copts = ["-Wno-error", "-fno-optimize-sibling-calls"],' \
    '    deps = ["@gort//:gort_main"],' ')' >"$place/BUILD.bazel"
  local built_program=$root/bazel-bin/external/gort_run/program
  if [[ -t 2 ]]; then
    run_bazel build --show_result=0 --ui_event_filters=-info,-stdout \
      --override_repository=gort_run="$place" @gort_run//:program </dev/null || exit 2
  else
    quietly "building $name" run_bazel build --override_repository=gort_run="$place" @gort_run//:program || exit 2
  fi
  # Another run may build another program while this one is under way.
  cp -f -- "$built_program" "$place/program"
  become "$place/program" "$@"
}
