#!/bin/bash
# same_layout_test.sh PRINTER STORED [TABLE]: the structs of a world must lie as those of the real Go binary. TABLE: the
# world's structs as a compiler for another machine lays them out. EMULATOR: what runs programs of another processor.
# shellcheck disable=SC2086
diff <(${EMULATOR-} "$1" ${3+"$3"} | sort) <(grep -v '^#' "$2" | sort)
