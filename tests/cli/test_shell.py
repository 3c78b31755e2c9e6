from __future__ import annotations

from pathlib import Path

from registry.cli.terminal import REFUSED
from tests.terminal import invoke


def test_compare_as_a_person_shows_what_that_person_may_see(loaded: Path) -> None:
    words = ("compare", "facility-reservation", "--format", "json", "--as")
    assert invoke(loaded, *words, "editor@072028.example").exit_code == 0
    refused = invoke(loaded, *words, "vendor@vendor-a.example")
    assert refused.exit_code == REFUSED
    assert "権限" in refused.stderr
    assert "見つからないか" in invoke(loaded, *words, "nobody@x.example").stderr
    refused = invoke(loaded, *words[:-1], KAIZU_AS="vendor@vendor-a.example")
    assert refused.exit_code == REFUSED
