from __future__ import annotations

from pathlib import Path

import pytest

from registry.specs.pdf import cache, engine


@pytest.fixture(params=["memory", "folder"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> cache.ChapterCache:
    return cache.ChapterCache(tmp_path / "units" if request.param == "folder" else None)


def test_what_was_put_is_found_and_nothing_else(held: cache.ChapterCache) -> None:
    held.put(cache.key("<p>一</p>"), b"one")

    assert held.get(cache.key("<p>一</p>")) == b"one"
    assert held.get(cache.key("<p>二</p>")) is None


def test_another_process_finds_it_in_the_folder(tmp_path: Path) -> None:
    cache.ChapterCache(tmp_path).put("name", b"drawn")

    assert cache.ChapterCache(tmp_path).get("name") == b"drawn"
    assert [file.name for file in tmp_path.iterdir()] == ["name"]


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 40])
def test_a_damaged_entry_is_not_used(tmp_path: Path, damage: bytes) -> None:
    held = cache.ChapterCache(tmp_path)
    held.put("name", b"drawn")
    (tmp_path / "name").write_bytes(damage)

    assert held.get("name") is None


def test_the_stylesheet_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.key("<p>一</p>")
    monkeypatch.setattr(engine, "style_text", lambda: "p { color: #000 }")
    monkeypatch.setattr(cache, "_common", cache._common.__wrapped__)

    assert cache.key("<p>一</p>") != before
