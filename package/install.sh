# install.sh: the body of `gort install`; sourced by ../gort, whose helpers it uses.

install_usage='usage: gort install --prefix=DIR; DESTDIR in the environment stands before DIR'

# What a program is compiled with: whole traces, and no frame that steps over the guard below a stack.
install_cflags='-fno-omit-frame-pointer -fno-optimize-sibling-calls -fstack-clash-protection'

# install_package --prefix=DIR
install_package() {
  local prefix=
  while [[ $# -gt 0 ]]; do
    case $1 in
      --prefix) [[ $# -gt 1 ]] || fail "$install_usage"; prefix=$2; shift 2 ;;
      --prefix=*) prefix=${1#*=}; shift ;;
      *) fail "$install_usage" ;;
    esac
  done
  [[ -n $prefix ]] || fail "$install_usage"
  # Where the caller is, not where a program is that asks later.
  [[ $prefix == /* ]] || prefix=$PWD/$prefix
  build //package
  install_files "$root" "$(built package)" "${DESTDIR-}$prefix" || fail "could not write below ${DESTDIR-}$prefix"
  say "installed below $prefix; docs/building.md says how programs use it"
}

# install_files TREE BUILT PREFIX: puts what Bazel has built below the prefix. Nothing there names the prefix: it may be moved.
install_files() {
  local tree=$1 built=$2 prefix=$3 version libs soname header
  version=$(cat "$tree/package/version.txt") libs=$(cat "$built/libs") soname=libgort.so.${version%.*}
  # What an older version left would be found by programs, too.
  rm -rf -- "$prefix/include/gort"
  install -d -- "$prefix/lib/pkgconfig" "$prefix/lib/cmake/gort" "$prefix/share/gort/bazel" || return
  while read -r header; do
    install -D -m 644 -- "$tree/$header" "$prefix/include/gort/$header" || return
  done <"$built/headers.txt"
  install -m 644 -- "$built/libgort.a" "$built/libgort_main.a" "$prefix/lib/" || return
  install -m 755 -- "$built/$soname" "$prefix/lib/" || return
  ln -sfn "$soname" "$prefix/lib/libgort.so" || return
  install_from "$tree/package/gort.pc.in" "$prefix/lib/pkgconfig/gort.pc" ' ' &&
    install_from "$tree/package/gort-static.pc.in" "$prefix/lib/pkgconfig/gort-static.pc" ' ' &&
    install_from "$tree/package/gortConfig.cmake.in" "$prefix/lib/cmake/gort/gortConfig.cmake" ';' &&
    install_from "$tree/package/gortConfigVersion.cmake.in" "$prefix/lib/cmake/gort/gortConfigVersion.cmake" ';' &&
    install_from "$tree/package/gort.BUILD.in" "$prefix/share/gort/gort.BUILD" ' ' || return
  # Without a network Bazel 4 wants stand-ins for what it sets itself up with.
  cp -r -- "$tree"/third_party/{rules_cc,rules_java,remote_coverage_tools} "$prefix/share/gort/bazel/"
}

# install_from TEMPLATE FILE SEPARATOR: fills it in; lists are separated as its readers do.
install_from() {
  sed -e "s|@VERSION@|$version|g" -e "s|@SONAME@|$soname|g" -e "s|@LIBS@|${libs// /$3}|g" \
    -e "s|@CFLAGS@|${install_cflags// /$3}|g" "$1" >"$2" && chmod 644 "$2"
}
