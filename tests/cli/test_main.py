from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from registry.cli.main import COMMANDS
from registry.cli.terminal import REFUSED
from tests.terminal import invoke


def test_a_command_on_an_empty_database_is_refused_in_words(tmp_path: Path) -> None:
    refused = invoke(tmp_path, "compare", "facility-reservation")
    assert refused.exit_code == REFUSED
    assert "データベースを使えません" in refused.stderr
    invoke(tmp_path, "migrate")
    refused = invoke(tmp_path, "compare", "facility-reservation")
    assert refused.exit_code == REFUSED
    assert "kaizu load" in refused.stderr


def test_an_unusable_setting_is_refused(tmp_path: Path) -> None:
    refused = invoke(tmp_path, "migrate", KAIZU_SECRET_KEY="short")
    assert refused.exit_code == REFUSED
    assert "KAIZU_SECRET_KEY" in refused.stderr


def test_every_command_is_in_the_help_with_what_it_does(tmp_path: Path) -> None:
    shown = invoke(tmp_path, "--help").stdout
    for name, place in COMMANDS.items():
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE), place


def test_an_unknown_command_is_refused_by_name(tmp_path: Path) -> None:
    refused = invoke(tmp_path, "publish")
    assert refused.exit_code == REFUSED
    assert "publish" in refused.stderr


@pytest.mark.parametrize("command", ["lint", "match", "flow"])
def test_a_command_on_files_does_not_load_the_database_or_the_pages(command: str) -> None:
    asked = (
        "import sys; from registry.cli.main import main; main.get_command(None, sys.argv[1]); "
        "print({'sqlalchemy', 'flask', 'weasyprint', 'marshmallow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, command], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
