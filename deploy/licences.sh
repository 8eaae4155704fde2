#!/usr/bin/env bash
# Lists the licence of every module the program is built from, and fails when
# one is neither permissive nor MPL, or when deploy/licences.csv is not in step.
set -euo pipefail
cd "$(dirname "$0")/.."
list=$(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}},{{.Version}},{{.Dir}}{{end}}{{end}}' ./cmd/hub | sort -u)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
echo "module,version,licence" >"$out"
bad=0
while IFS=, read -r path version dir; do
  [ -n "$path" ] || continue
  file=$(find "$dir" -maxdepth 1 -iname 'licen[cs]e*' -o -maxdepth 1 -iname 'copying*' | sort | head -n 1)
  text=$( [ -n "$file" ] && tr -s '[:space:]' ' ' <"$file" || true)
  case "$text" in
    *"Apache License"*) name=Apache-2.0 ;;
    *"Mozilla Public License"*) name=MPL-2.0 ;;
    *"Permission is hereby granted, free of charge"*) name=MIT ;;
    *"Redistribution and use in source and binary forms"*"Neither the name"*) name=BSD-3-Clause ;;
    *"Redistribution and use in source and binary forms"*"names of its contributors"*) name=BSD-3-Clause ;;
    *"Redistribution and use in source and binary forms"*) name=BSD-2-Clause ;;
    *"Permission to use, copy, modify, and/or distribute"*|*"Permission to use, copy, modify, and distribute"*) name=ISC ;;
    *"This is free and unencumbered software"*) name=Unlicense ;;
    *"CC0"*) name=CC0-1.0 ;;
    *) name=unknown; bad=1; echo "$path $version: what licence is this? ($file)" >&2 ;;
  esac
  echo "$path,$version,$name" >>"$out"
done <<<"$list"
[ "$bad" = 0 ] || exit 1
if ! cmp -s "$out" deploy/licences.csv; then
  cp "$out" deploy/licences.csv
  echo "deploy/licences.csv was not in step; it is now: look at the difference and commit it." >&2
  exit 1
fi
