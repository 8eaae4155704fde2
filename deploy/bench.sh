#!/usr/bin/env bash
# Measures what BENCHMARKS.md holds. Needs wrk and an idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo "The benchmarks need wrk. Install it (Debian: apt-get install wrk) and repeat." >&2; exit 1; }
hub=$PWD/bin/hub seed=$PWD/seed
go build -C internal/tools -o "$PWD/bin/bench" ./bench
bin/bench -hub "$hub" -content "$seed" "$@"
echo
echo '```'
go test -run '^$' -bench . -benchmem ./internal/access ./internal/record ./internal/store/sqlite | grep -E '^(Benchmark|pkg)'
echo '```'
