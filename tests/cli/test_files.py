from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.db import Database
from tests.terminal import invoke


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'kaizu.db'}")


def test_match_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("予約を取り消しできること\n", "utf-8")
    (tmp_path / "b.txt").write_text("予約をキャンセルできる。\n証明書を印刷できること\n", "utf-8")
    done = invoke(tmp_path, "match", str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), "--top", "1")
    assert done.exit_code == 0
    [found] = json.loads(done.stdout)
    assert found["candidates"][0]["relation"] == "same"
    assert "使った照合" in done.stderr
    assert not (tmp_path / "kaizu.db").exists()


def test_match_with_a_broken_pair_ends_with_findings(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("予約できること\t予約できないこと\n片方\n", "utf-8")
    done = invoke(tmp_path, "match", "--pairs", str(tmp_path / "pairs.tsv"))
    assert done.exit_code == 1
    assert [one["relation"] for one in json.loads(done.stdout)] == ["opposite"]


def test_match_groups_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("予約できること\n・予約できること。\n", "utf-8")
    done = invoke(tmp_path, "match", "--group", str(tmp_path / "a.txt"))
    assert [one["group"] for one in json.loads(done.stdout)] == [1, 1]


@pytest.mark.parametrize(
    "words", [("match",), ("match", "a.txt"), ("match", "--pairs", "none.tsv")]
)
def test_match_refuses_what_it_cannot_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = invoke(tmp_path, *words)
    assert done.exit_code == 2
    assert "何も行っていません" in done.stderr
