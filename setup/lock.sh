#!/usr/bin/env bash
# Writes the four lock files from pyproject.toml: every version, every hash, no download address.
# Pins already in a lock stay unless pyproject.toml demands another; `setup/lock.sh --upgrade` renews.
set -euo pipefail
cd "$(dirname "$0")/.."

# --no-config and the cleared variables keep this machine's own package sources out of the hashes.
unset UV_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS
compile() {
    .venv/bin/uv pip compile --no-config --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --annotation-style line \
        --custom-compile-command "make lock" "$@"
}
compile pyproject.toml --group build --output-file requirements.lock "${@}"
compile pyproject.toml --group build --group dev --constraints requirements.lock \
    --output-file requirements-dev.lock "${@}"
compile pyproject.toml --group build --extra nlp --constraints requirements.lock \
    --output-file requirements-nlp.lock "${@}"
compile --group pdfua --output-file requirements-pdfua.lock "${@}"
if grep -n '://' requirements*.lock; then
    echo "setup/lock.sh: a lock file records an address" >&2
    exit 1
fi
