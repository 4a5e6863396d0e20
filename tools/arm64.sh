# arm64.sh: the body of `gort test --arch=arm64`; sourced by ../gort, whose helpers it uses.
#
# Everything is built by Debian's cross-compiler and run in qemu-user, with the libraries of Debian's arm64: their packages are
# unpacked into a folder of the user's, and the machine knows nothing of them. Needs no root but for the compiler.

# Libraries, and what they need in turn.
arm64_packages=(libabsl-dev libgmock-dev libgtest-dev liblzma5 libunwind-dev libunwind8 libzstd-dev zlib1g-dev)

# Assembly, the layouts that a compiler for arm64 makes, captured schedules in lockstep, goroutines and what they use.
arm64_tests=(
  //runtime:asm_test //runtime:preempt_asm_test //conformance:layout_lockstep_test //conformance/remote
  //runtime:chan_test //runtime:sema_test //runtime:netpoll_test //runtime:preempt_test //runtime:cgocall_test
  //time:sleep_test //net:net_test
)
# Cases that cannot be run there: some take minutes in the emulator. And it has a thread of its own in the process, which
# gort did not start and which may come and wake somebody, for all that is known: so no deadlock is looked for.
arm64_left_out=-*InTheMiddleOfEverything*:ForeignChild.DeadlocksAreFound

# install_arm64: sets arm64_sysroot.
install_arm64() {
  local release tmp options package
  command -v apt-get >/dev/null || fail "the libraries for arm64 are Debian's packages: this needs apt"
  release=$(. /etc/os-release && printf '%s' "${ID:-}-${VERSION_CODENAME:-}")
  [[ $release == debian-* ]] || fail "the libraries for arm64 are Debian's packages: this is $release"
  arm64_sysroot=${XDG_CACHE_HOME:-$HOME/.cache}/gort/arm64-$release-1
  [[ ! -d $arm64_sysroot ]] || return 0
  mkdir -p -- "${arm64_sysroot%/*}"
  tmp=$(mktemp -d "$arm64_sysroot.XXXXXX")
  mkdir -p -- "$tmp"/{lists,cache/archives}/partial "$tmp/packages" "$tmp/tree/usr/lib"
  # Where Debian has merged the two, so do we.
  ln -s usr/lib "$tmp/tree/lib"
  options=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::lists=$tmp/lists" -o "Dir::Cache=$tmp/cache"
    -o Dir::State::status=/dev/null -o APT::Sandbox::User=)
  quietly "reading package lists for arm64" apt-get "${options[@]}" update || say "some lists could not be read; going on"
  (cd -- "$tmp/packages" && quietly "fetching libraries for arm64" apt-get "${options[@]}" download "${arm64_packages[@]}") ||
    { rm -rf -- "$tmp"; fail "could not fetch the libraries for arm64"; }
  for package in "$tmp"/packages/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$tmp/tree" || fail "could not unpack $package"
  done
  mv -- "$tmp/tree" "$arm64_sysroot"
  rm -rf -- "$tmp"
}

# run_arm64 COMMAND FLAGS...: Bazel's command, for arm64.
run_arm64() {
  local command=$1
  shift
  run_bazel "$command" --config=arm64 "--//third_party/arm64:sysroot=$arm64_sysroot" "$@"
}

# test_arm64 [TARGET...]: builds and runs them. Bazel has the last line.
test_arm64() {
  install_build_tools
  choose_jdk
  install_arm64
  [[ $# -gt 0 ]] || set -- "${arm64_tests[@]}" "--test_filter=$arm64_left_out"
  run_arm64 test "--test_env=GORT_ARM64_SYSROOT=$arm64_sysroot" --test_output=errors --show_result=0 --noshow_progress \
    --keep_going "$@" </dev/null
}
