#!/usr/bin/env bash
# Loads the thirteen municipalities, runs the main job and serves the result. Every step finds
# what an earlier run has done, so a second run only serves.
# usage: setup/demo.sh [PORT]
set -euo pipefail
cd "$(dirname "$0")/.."

port=${1:-8000}
fixture=fixtures/aizu_13
export KAIZU_INSECURE_HTTP=1

.venv/bin/kaizu migrate
.venv/bin/kaizu load "$fixture"
.venv/bin/kaizu demo "$fixture"

echo
echo "海図の例を開くところ: http://127.0.0.1:$port/"
echo "入れる人の例(全員は $fixture/accounts.tsv、パスワードは上の案内のとおり):"
awk -F '\t' 'NR > 1 && !seen[$3]++ { printf "  %-28s %s\n", $1, $2 }' "$fixture/accounts.tsv"
echo "できた標準仕様書:     out/spec.pdf  out/answer-sheet.xlsx  out/spec.json"
echo "止めるには Ctrl-C を押します。"
echo
exec setup/serve.sh "$port"
