from __future__ import annotations

from pathlib import Path

import pytest

from registry.config import ROOT
from tests.terminal import invoke

FIXTURE = str(ROOT / "fixtures" / "aizu_13")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Path:
    """A data folder with the worked example loaded."""
    assert invoke(folder, "migrate").exit_code == 0
    assert invoke(folder, "load", FIXTURE).exit_code == 0
    return folder
