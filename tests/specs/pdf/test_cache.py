from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
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


def age(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def test_what_was_not_used_for_long_is_removed(tmp_path: Path) -> None:
    held = cache.ChapterCache(tmp_path, oldest_seconds=100)
    for name in ("used", "unused", "new"):
        held.put(name, b"drawn")
    age(tmp_path / "used", 200)
    age(tmp_path / "unused", 200)
    assert held.get("used") == b"drawn"
    held.trim()
    assert {file.name for file in tmp_path.iterdir()} == {"used", "new"}


def test_the_longest_unused_give_way_until_the_rest_is_small(tmp_path: Path) -> None:
    size = cache.DIGEST + 1000
    held = cache.ChapterCache(tmp_path, most_bytes=2 * size)
    for number in range(5):
        held.put(str(number), b"x" * 1000)
        age(tmp_path / str(number), 50 - number)
    held.trim()
    assert {file.name for file in tmp_path.iterdir()} == {"3", "4"}
    held.trim()
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_killed_process_left_is_removed_but_not_what_is_being_written(
    tmp_path: Path,
) -> None:
    (tmp_path / ".new-dead").write_bytes(b"half")
    (tmp_path / ".new-written").write_bytes(b"half")
    age(tmp_path / ".new-dead", cache.OLDEST_SECONDS + 1)
    cache.ChapterCache(tmp_path, most_bytes=0).trim()
    assert [file.name for file in tmp_path.iterdir()] == [".new-written"]


def test_two_that_trim_and_fill_at_once_hurt_nobody(tmp_path: Path) -> None:
    def work(number: int) -> list[bytes | None]:
        held = cache.ChapterCache(tmp_path, most_bytes=500)
        found = []
        for step in range(200):
            held.put(f"{step % 20}", b"drawn")
            found.append(held.get(f"{(step + number) % 20}"))
            held.trim()
        return found

    with ThreadPoolExecutor(4) as pool:
        found = {one for made in pool.map(work, range(4)) for one in made}
    assert found <= {b"drawn", None}
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 500


def test_memory_is_not_trimmed(tmp_path: Path) -> None:
    held = cache.ChapterCache(most_bytes=0)
    held.put("name", b"drawn")
    held.trim()
    assert held.get("name") == b"drawn"


def test_the_stylesheet_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.key("<p>一</p>")
    monkeypatch.setattr(engine, "style_text", lambda: "p { color: #000 }")
    monkeypatch.setattr(cache, "_common", cache._common.__wrapped__)

    assert cache.key("<p>一</p>") != before
