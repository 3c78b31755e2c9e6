"""PDF/UA-1 as an outside checker sees it; it lives in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from registry.specs.pdf import build_pdf

OWN = Path(__file__).resolve().parents[3] / ".venv-pdfua" / "bin" / "outloud"


def _checker() -> str:
    named = os.environ.get("KAIZU_OUTLOUD")
    if named:
        return named
    if OWN.is_file():
        return str(OWN)
    pytest.skip("outloud is not installed: set KAIZU_OUTLOUD or run the set-up of .venv-pdfua")


@pytest.mark.parametrize("draft", [False, True])
def test_the_checker_finds_no_error(
    small: tuple[dict[str, Any], bytes, bytes], tmp_path: Path, draft: bool
) -> None:
    checker = _checker()
    spec, data, pdf = small
    file = tmp_path / "spec.pdf"
    file.write_bytes(build_pdf(spec, data, draft=True) if draft else pdf)

    done = subprocess.run(
        [checker, "--json", "-", "--quiet", str(file)], capture_output=True, text=True, check=False
    )

    report = json.loads(done.stdout[done.stdout.index("{") :])
    errors = [
        (finding["rule"], finding.get("message"))
        for finding in report["results"][0]["findings"]
        if finding["severity"] == "error"
    ]
    assert errors == []
    assert done.returncode == 0
