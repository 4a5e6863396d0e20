#!/bin/bash
# make.sh CXX AR VERSION LINK OUT: the libraries of a package, into the folder OUT, of what the file LINK names (//tools/run).
#
#   libgort.a       the runtime and Go's packages
#   libgort_main.a  main, for programs that define gort_main
#   libgort.so.X.Y  the first of them, shared
#   libs            what libgort.a wants behind it, a line
set -euo pipefail
cxx=$1 ar=$2 version=$3 link=$4 out=$5
archives=() libs=() main=
while read -r line; do
  case $line in
    */libgort_main.a) main=$line ;;
    -*) libs+=("$line") ;;
    *) archives+=("$line") ;;
  esac
done <"$link"

cp -- "$main" "$out/libgort_main.a"
chmod u+w "$out/libgort_main.a"

# An archive of archives: members of one name stay apart, which files of one folder could not.
{
  echo "create $out/libgort.a"
  printf 'addlib %s\n' "${archives[@]}"
  printf 'save\nend\n'
} | "$ar" -M

# Calls between its functions go straight, as in a program that holds them; nothing is bound at a first call, on a
# goroutine's stack. Variables stay where the dynamic linker finds them: a program's copy of one must be everybody's.
soname=libgort.so.${version%.*}
"$cxx" -shared -Wl,-Bsymbolic-functions,-z,now,-z,defs,-soname,"$soname" -o "$out/$soname" -Wl,-Map,"$out/map" \
  -Wl,--whole-archive "${archives[@]}" -Wl,--no-whole-archive "${libs[@]}"

# Of Abseil's many archives those that something was taken from.
used=()
for lib in "${libs[@]}"; do
  case $lib in
    -Wl,--*-group) ;;
    -l:*.a) ! grep -qF "/${lib#-l:}(" "$out/map" || used+=("$lib") ;;
    *) used+=("$lib") ;;
  esac
done
rm -- "$out/map"
echo "${used[*]}" >"$out/libs"
