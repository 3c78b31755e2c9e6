from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from registry.specs.pdf import fonts


def test_a_missing_font_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = replace(fonts.FACES[0], path=tmp_path / "Gone.ttf")
    monkeypatch.setattr(fonts, "FACES", (gone, *fonts.FACES[1:]))

    with pytest.raises(fonts.FontsMissing, match=r"Gone\.ttf.*make setup"):
        fonts.require_fonts()


@pytest.mark.parametrize("before", [None, "/somewhere/fonts.conf"])
def test_the_variable_is_given_back(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    if before is None:
        monkeypatch.delenv("FONTCONFIG_FILE", raising=False)
    else:
        monkeypatch.setenv("FONTCONFIG_FILE", before)

    with fonts.only_ours():
        inside = os.environ["FONTCONFIG_FILE"]
        folder = Path(inside).parent / "fonts"
        assert sorted(file.name for file in folder.iterdir()) == sorted(
            face.path.name for face in fonts.FACES
        )

    assert os.environ.get("FONTCONFIG_FILE") == before
    assert inside != before


def test_the_digest_covers_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fonts.digest()
    monkeypatch.setattr(fonts, "FACES", fonts.FACES[:3])

    assert fonts.digest.__wrapped__() != whole
