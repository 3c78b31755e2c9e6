"""Programs the tests drive, found on this machine or named with what installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent


def without(reason: str) -> NoReturn:
    """Skip the test because a tool is missing; where everything is required, fail it instead.

    CI sets KAIZU_REQUIRE_ALL=1, so that a missing tool cannot hide a test there.
    """
    if os.environ.get("KAIZU_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def chromium() -> Path:
    """Debian's browser; its own downloads and updates are for the caller to switch off."""
    return _program("chromium", package="chromium")


def pdftoppm() -> Path:
    """Poppler's page to picture converter; pdfinfo and pdftotext lie beside it."""
    return _program("pdftoppm", package="poppler-utils")


def outloud() -> Path:
    """The PDF/UA checker in its own environment."""
    path = ROOT / ".venv-pdfua" / "bin" / "outloud"
    if not path.exists():
        without("The PDF/UA checker is missing: make setup-test")
    return path


def axe() -> Path:
    """The accessibility checker's script, to be injected into a page."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        without("The accessibility checker is missing: make setup-test")
    return path


def shared_data() -> Path:
    """The folder of outside inputs; a test that needs it is skipped with the reason when unset."""
    given = os.environ.get("KAIZU_SHARED_DATA", "")
    if not given:
        pytest.skip("KAIZU_SHARED_DATA is unset: the outside data is not on this machine")
    path = Path(given)
    if not path.is_dir():
        pytest.fail(f"KAIZU_SHARED_DATA={given} is not a folder", pytrace=False)
    return path


def _program(name: str, *, package: str) -> Path:
    found = shutil.which(name)
    if found is None:
        without(f"{name} is missing: apt-get install {package}")
    return Path(found)
