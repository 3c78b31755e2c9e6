"""Kaizu's command line, called as a person at a terminal calls it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from registry.cli.main import main


def invoke(folder: Path, *words: str, given: str | None = None, **env: str) -> Result:
    settings = {"KAIZU_DATA_DIR": str(folder), "KAIZU_DATABASE_URL": "", "KAIZU_AS": "", **env}
    return CliRunner().invoke(main, words, input=given, env=settings)
