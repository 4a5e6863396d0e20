# docs.sh: the body of `gort docs`; sourced by ../gort, whose helpers it uses.

# make_docs [DIR]
make_docs() {
  [[ $# -le 1 && ${1:-} != -* ]] || fail "usage: gort docs [DIR]"
  local out=${1:-gort-docs}
  build //package:headers
  mkdir -p -- "$out" || fail "docs: cannot make $out"
  doxygen_pages "$root" "$(built package/headers.txt)" "$(cd -- "$out" && pwd)" || fail "docs: Doxygen is not content"
  say "the pages: $out/index.html"
}

# doxygen_pages TREE HEADERS DIR: pages of those of the headers, a list in a file, that are no inner ones. A warning is a
# failure.
doxygen_pages() {
  local tree=$1 headers=$2 out=$3
  (cd -- "$tree" && {
    cat package/Doxyfile
    grep -v '^runtime/\|^internal/\|^worlds/' "$headers" | sed 's/^/INPUT += /'
    printf 'INPUT_FILTER = "python3 %s"\n' "$PWD/package/as_doxygen.py"
    printf 'OUTPUT_DIRECTORY = "%s"\nHTML_OUTPUT = .\nSTRIP_FROM_PATH = "%s"\n' "$out" "$PWD"
  } | doxygen -)
}
