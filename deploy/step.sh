#!/usr/bin/env bash
# Generated code must be what its source makes of it.
set -euo pipefail
cd "$(dirname "$0")/.."
sum() { find web -name '*_templ.go' -o -path 'web/dist/*' | sort | xargs sha256sum; }
before=$(sum)
make -s generate
if [ "$before" != "$(sum)" ]; then
  echo "Generated code was not in step with its source; it is now: look at the difference and commit it." >&2
  exit 1
fi
