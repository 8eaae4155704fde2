#!/usr/bin/env bash
# Brings what the browser tests need: Chromium with fonts, and axe-core.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-core >/dev/null
  else
    echo "The browser tests need Chromium. Install it (Debian: apt-get install chromium fonts-noto-core) and repeat." >&2
    exit 1
  fi
fi
if [ ! -f internal/walk/node_modules/axe-core/axe.min.js ]; then
  (cd internal/walk && npm ci --silent --no-audit --no-fund)
fi
