#!/usr/bin/env bash
# Makes the Python environments from the lock files; every file is checked against its hash.
# usage: setup/python.sh run|test|pdfua
#   run    .venv with requirements.lock          what the product runs with
#   test   .venv with requirements-dev.lock      the same versions and the tools of the tests
#   pdfua  .venv-pdfua with requirements-pdfua.lock   the PDF/UA checker, kept apart
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: setup/python.sh run|test|pdfua}
venv=.venv
case $kind in
run) lock=requirements.lock ;;
test) lock=requirements-dev.lock ;;
pdfua) lock=requirements-pdfua.lock venv=.venv-pdfua ;;
*) echo "setup/python.sh: unknown: $kind" >&2 && exit 2 ;;
esac

python=$(setup/find-python.sh)
here=$(pwd -P)
# A changed lock, command, interpreter or place of the folder makes the environment stale.
digest() {
    { cat "$1" setup/python.sh; grep '^kaizu = ' pyproject.toml; "$python" -VV; echo "$here"; } |
        sha256sum
}
stamp=$venv/.kaizu-$kind
if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(digest "$lock")" ]; then
    exit 0
fi

echo "setup: $venv from $lock"
# Made anew when its interpreter has gone, or when the folder was moved and its scripts with it.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    ! grep -qF "$here/$venv/bin/python" "$venv/bin/pip"; then
    "$python" -m venv --clear "$venv"
fi
pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet --quiet --no-input)
rm -f "$venv"/.kaizu-*
"${pip[@]}" install --require-hashes --only-binary :all: --requirement "$lock"
if [ "$kind" != pdfua ]; then
    # Installed in place, so that bin/kaizu finds templates/ and migrations/ beside registry/.
    "${pip[@]}" install --no-deps --no-build-isolation --no-index --editable .
fi
digest "$lock" >"$stamp"
# What tests is a superset of what runs.
[ "$kind" != test ] || digest requirements.lock >"$venv/.kaizu-run"
