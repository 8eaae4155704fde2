#!/usr/bin/env bash
# Runs each fuzz target for a while; the first argument is how long (1m).
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-1m}
grep -rl --include='*_test.go' '^func Fuzz' internal seed 2>/dev/null | while read -r file; do
  for target in $(grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | cut -d' ' -f2); do
    echo "== $(dirname "$file") $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "./$(dirname "$file")"
  done
done
