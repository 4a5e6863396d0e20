# run.sh: the body of `gort run`; sourced by ../gort, whose helpers it uses.
#
# Bazel builds the runtime and names what a program is compiled and linked with (tools/run/). The program itself is
# compiled here, in the caller's folder and with the caller's own words, so that messages, __FILE__ and traces name its
# files as the caller does, and headers beside them are found.

run_usage='usage: gort run [FLAGS] FILE.cc... [--] [ARGS], or gort run FILE.cc|FLAGS... -- [ARGS]'

is_source() { [[ $1 == *.cc || $1 == *.cpp || $1 == *.cxx || $1 == *.C ]]; }

# run_split WORD...: sets sources, compile_flags, link_flags (from both of which nothing is lost: most flags stand in
# both) and program_args.
run_split() {
  local words=("$@") n=$# i end word value ours=1
  sources=() compile_flags=() link_flags=() program_args=()
  # Up to a --, if all before it can be ours; else flags, then source files, and the rest is the program's.
  for ((end = 0; end < n; end++)); do [[ ${words[end]} != -- ]] || break; done
  if ((end < n)); then
    for ((i = 0; i < end; i++)); do
      case ${words[i]} in
        -[IDULl] | -isystem | -iquote | -include) i=$((i + 1)) ;;
        -*) ;;
        *) is_source "${words[i]}" || [[ ${words[i]} == *.[ao] ]] || ours= ;;
      esac
    done
  else
    ours=
  fi
  for ((i = 0; i < n; i++)); do
    word=${words[i]}
    if [[ -n $ours && i -ge end ]]; then break; fi
    if [[ -z $ours && ${#sources[@]} -gt 0 ]] && ! { is_source "$word" && [[ -f $word ]]; }; then break; fi
    case $word in
      -fsanitize=*memory*)
        fail "run: $word: that sanitizer does not know goroutines; address, leak, thread and undefined can be had"
        ;;
      -c | -S | -E | -o | -o?* | -M | -MM | -MD) fail "run: $word: the program is built and run, nothing else" ;;
      -l | -L)
        ((i + 1 < n)) || fail "$run_usage"
        i=$((i + 1))
        link_flags+=("$word${words[i]}")
        ;;
      -[IDU] | -isystem | -iquote | -include)
        ((i + 1 < n)) || fail "$run_usage"
        i=$((i + 1))
        compile_flags+=("$word" "${words[i]}")
        ;;
      -l* | -L* | -Wl,*) link_flags+=("$word") ;;
      -[IDU]*) compile_flags+=("$word") ;;
      -*)
        compile_flags+=("$word")
        link_flags+=("$word")
        ;;
      *.[ao])
        [[ -f $word ]] || fail "run: $word: no such file"
        link_flags+=("$word")
        ;;
      *)
        [[ -f $word ]] || fail "run: $word: no such file"
        is_source "$word" || fail "run: $word: not a C++ source file (.cc, .cpp, .cxx)"
        sources+=("$word")
        ;;
    esac
  done
  [[ ${#sources[@]} -gt 0 ]] || fail "$run_usage"
  [[ $i -lt n && ${words[i]} == -- && (-n $ours || $i -eq $end) ]] && i=$((i + 1))
  program_args=("${words[@]:i}")
}

# run_runtime NAME: builds the runtime, as //tools/run:NAME has it. Sets with_runtime and against_runtime: flags of the compiler and of the linker.
run_runtime() {
  local line once= run_bin run_execroot name=$1
  [[ -e $(built "tools/run/$name.link") ]] || once=yes
  [[ -z $once ]] || say "building the runtime: this once, it takes a minute or two"
  if [[ -t 2 ]]; then
    run_bazel build --show_result=0 --ui_event_filters=-info,-stdout "//tools/run:$name" </dev/null || exit 2
  else
    quietly "building the runtime" run_bazel build "//tools/run:$name" || exit 2
  fi
  [[ -z $once ]] || say "the runtime is built"
  run_bin=$(readlink -f -- "$(built "tools/run/$name.link")")
  run_bin=${run_bin%/tools/run/*}
  run_execroot=${run_bin%/bazel-out/*}
  with_runtime=(-isystem "$root") against_runtime=()
  while read -r line; do
    [[ $line != -isystem* ]] || line="-isystem$run_execroot/${line#-isystem}"
    with_runtime+=("${line/#-isystem$run_execroot\/worlds/-isystem$root/worlds}")
  done <"$run_bin/tools/run/$name.compile"
  while read -r line; do
    [[ $line == -* ]] || line=$run_execroot/$line
    against_runtime+=("$line")
  done <"$run_bin/tools/run/$name.link"
}

# run_show FILE STATUS: what the compiler or the linker wrote. Of a failure off a terminal the first errors.
run_show() {
  [[ -s $1 ]] || return 0
  if [[ -t 2 || $2 -eq 0 ]]; then
    cat -- "$1" >&2
    return 0
  fi
  awk '
    { line[NR] = $0 }
    !first && /error:|undefined reference|multiple definition|cannot find|ld returned/ { first = NR }
    END {
      if (!first) first = 1
      # What names the place, and the files that include it, stands above.
      while (first > 1 && line[first - 1] ~ /^In file included|^ +from |: In |^In |: warning: |: At global/) first--
      for (i = first; i <= NR && i < first + 40; i++) print line[i]
      if (NR >= i) printf "gort: %d more lines\n", NR - i + 1
    }' "$1" >&2
}

# run_fresh FILE DEPS: whether the file is newer than all that a compiler says it was made of.
run_fresh() {
  local deps dep
  [[ -f $1 && -f $2 ]] || return 1
  # Without -r: backslashes join lines, and keep the spaces of names.
  # shellcheck disable=SC2162
  read -d '' -a deps <"$2" || true
  for dep in "${deps[@]:1}"; do [[ -e $dep && ! $dep -nt $1 ]] || return 1; done
}

# run_program WORD...: builds the files with the runtime and ends as the program, which defines gort_main, or main and
# calls gort::Run. It runs in the caller's directory.
run_program() {
  local sources compile_flags link_flags program_args with_runtime against_runtime
  local cxx=${CXX:-g++} runtime=gort place object objects=() source status=0 colour=() debug=() program dep lock
  [[ $# -gt 0 ]] || fail "$run_usage"
  run_split "$@"
  install_build_tools
  choose_jdk
  command -v "$cxx" >/dev/null || fail "run: CXX=$cxx: no such compiler"
  # A sanitizer must be told which stack a thread is on, so the runtime is built for it as well.
  for dep in "${compile_flags[@]}"; do
    [[ $dep != -fsanitize=*address* ]] || runtime=gort_address
    [[ $dep != -fsanitize=*thread* ]] || runtime=gort_thread
  done
  run_runtime "$runtime"
  # What traces read.
  [[ $("$cxx" --version) != *clang* ]] || debug=(-gdwarf-4 -gdwarf-aranges)
  [[ ! -t 2 ]] || colour=(-fdiagnostics-color=always)
  # Without tail calls its traces show every caller; a frame that is larger than a stack's guard touches it all the same.
  local options=(-std=c++20 -O2 -g -Wall -Wextra -fno-omit-frame-pointer -fno-optimize-sibling-calls
    -fstack-clash-protection "${debug[@]}" "${colour[@]}" "${compile_flags[@]}" "${with_runtime[@]}")
  # One folder for each program: what was built for it is found again.
  place=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gort/run/$(printf '%s\0' "$cxx" "$PWD" "${sources[@]}" "${options[@]}" \
    "${link_flags[@]}" | sha256sum | cut -c1-16)
  mkdir -p -- "$place"
  program=${sources[0]##*/}
  program=$place/${program%.*}
  # One at a time: names of temporary files would end up in what --coverage writes.
  exec {lock}>"$place/lock"
  flock "$lock"
  for source in "${sources[@]}"; do
    object=$place/$(dirname -- "$source" | sha256sum | cut -c1-8)
    mkdir -p -- "$object"
    [[ " ${compile_flags[*]} " != *" --coverage "* ]] || say "coverage: afterwards, gcov -r -o $object $source"
    dep=${source##*/}
    object=$object/${dep%.*}.o
    objects+=("$object")
    if ! run_fresh "$object" "$object.d"; then
      rm -f -- "$program" "${object%.o}.gcda"
      "$cxx" "${options[@]}" -MD -MF "$object.d" -MT x -c -o "$object" "$source" >"$object.says" 2>&1 || status=$?
      if ((status != 0)); then
        run_show "$object.says" "$status"
        rm -f -- "$object"
        fail "run: $source does not compile"
      fi
    fi
    run_show "$object.says" 0
  done
  for dep in "${against_runtime[@]}" "${link_flags[@]}"; do
    [[ $dep == -* || ! $dep -nt $program ]] || rm -f -- "$program"
  done
  if [[ ! -f $program ]]; then
    "$cxx" -o "$program.new" "${objects[@]}" "${link_flags[@]}" "${against_runtime[@]}" >"$program.says" 2>&1 || status=$?
    run_show "$program.says" "$status"
    ((status == 0)) || fail "run: ${sources[0]} does not link"
    # In place of one that may be running.
    mv -f -- "$program.new" "$program"
  fi
  exec {lock}>&-
  # LeakSanitizer alone does not know where goroutines keep their pointers.
  [[ $runtime != gort ]] || export LSAN_OPTIONS=${LSAN_OPTIONS-suppressions=$root/tools/run/lsan.txt:print_suppressions=0}
  become "$program" "${program_args[@]}"
}
