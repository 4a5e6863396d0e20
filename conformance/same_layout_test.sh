#!/bin/bash
# same_layout_test.sh PRINTER STORED: the structs of a world must lie as those of the real Go binary.
diff <("$1" | sort) <(grep -v '^#' "$2" | sort)
