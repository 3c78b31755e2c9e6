#!/usr/bin/env bash
# Runs the web server and the background worker together. Ctrl-C or SIGTERM stops both and ends
# with 0; when one of them ends by itself the other is stopped too, and the end is a failure.
# usage: setup/serve.sh [PORT]
set -euo pipefail
cd "$(dirname "$0")/.."

port=${1:-8000}
kaizu=.venv/bin/kaizu
# Plain http is for this machine alone; a real installation stands behind https (see README).
export KAIZU_INSECURE_HTTP=${KAIZU_INSECURE_HTTP:-1}

asked=
running=()
# The handler stops them itself: a signal between the look at `asked` and `wait` wakes nobody else.
trap 'asked=1; [ ${#running[@]} -eq 0 ] || kill -TERM "${running[@]}" 2>/dev/null || true' INT TERM

"$kaizu" serve --host 127.0.0.1 --port "$port" &
running+=($!)
"$kaizu" work &
running+=($!)

status=0
[ -n "$asked" ] || wait -n "${running[@]}" || status=$?
# Either a signal ended the wait, or one of the two ended by itself; now both are to go.
trap '' INT TERM
kill -TERM "${running[@]}" 2>/dev/null || true
# The worker may finish what it is doing; what is still there after this grace has hung.
for _ in {1..150}; do
    kill -0 "${running[@]}" 2>/dev/null || break
    sleep 0.2
done
kill -KILL "${running[@]}" 2>/dev/null || true
if [ -n "$asked" ]; then
    echo "Webサーバーとワーカーを止めました。"
    exit 0
fi
echo "Webサーバーかワーカーが止まったため(終了コード $status)、もう一方も止めました。上の記録を確かめてください。" >&2
exit 1
