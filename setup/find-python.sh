#!/usr/bin/env bash
# Prints the path of a Python that can run Kaizu (3.11 or later); KAIZU_PYTHON overrides the search.
set -euo pipefail

for name in ${KAIZU_PYTHON:+"$KAIZU_PYTHON"} python3.11 python3; do
    # Started, not only found: a version manager may leave a launcher that leads nowhere.
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done
echo "setup: Python 3.11 or later is missing. Install it and run the same command again:" >&2
echo "    apt-get install -y --no-install-recommends python3 python3-venv" >&2
exit 1
