#!/usr/bin/env bash
# Looks for the native libraries and programs by loading or finding them, installs missing ones
# with apt-get as root (or through sudo), and otherwise names the exact command.
# usage: setup/native.sh run|test
# Exit 1: something that runs the product is missing, or a test tool is while KAIZU_REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: setup/native.sh run|test}
python=$(setup/find-python.sh)

loads() { "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null; }
initdb() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

# Debian's package names of what is missing, one a line.
missing_to_run() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    loads libpango-1.0.so.0 || echo libpango-1.0-0
    loads libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
    # Without it a PDF takes up to five times as long, so it counts as needed.
    loads libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
}
missing_to_test() {
    command -v chromium >/dev/null || echo chromium
    command -v pdftoppm >/dev/null || echo poppler-utils
    initdb || echo postgresql
}
missing() {
    missing_to_run
    [ "$kind" != test ] || missing_to_test
}

mapfile -t packages < <(missing)
[ "${#packages[@]}" -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${packages[@]}")
may_install=1
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    # Ask for a password only where somebody can type it.
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=(sudo)
    else
        may_install=
    fi
fi
command -v apt-get >/dev/null || may_install=

if [ -n "$may_install" ]; then
    echo "setup: installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        "${install[@]}"; } >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
    fi
    rm -f "$log"
    mapfile -t packages < <(missing)
    [ "${#packages[@]}" -gt 0 ] || exit 0
fi

echo "setup: still missing: ${packages[*]}" >&2
echo "Install with this command, then run the same make command again:" >&2
echo "    apt-get update && apt-get install -y --no-install-recommends ${packages[*]}" >&2
if [ -n "$(missing_to_run)" ] || [ "${KAIZU_REQUIRE_ALL:-}" = 1 ]; then exit 1; fi
echo "Going on: the tests that need them will be skipped and say so." >&2
