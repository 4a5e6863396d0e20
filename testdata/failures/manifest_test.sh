#!/bin/bash
# manifest_test.sh MANIFEST CASE=PROGRAM...: the manifest has these cases and no others, and each has a stored text.
set -euo pipefail
manifest=$1
shift
status=0
diff <(grep -v '^#' "$manifest" | awk 'NF { print $1 "=" $2 }' | sort) <(printf '%s\n' "$@" | sort) || status=1
for case in "$@"; do
  [[ -s $(dirname "$manifest")/${case%%=*}.golden ]] || { echo "no ${case%%=*}.golden" >&2; status=1; }
done
exit $status
