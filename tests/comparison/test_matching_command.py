from __future__ import annotations

import json
from pathlib import Path

import pytest

from registry.comparison import matching_command as command
from registry.comparison.matching_command import read_pairs
from registry.errors import Invalid

CAN = "利用者が予約を取り消しできること"
CAN_TOO = "利用者が予約をキャンセルできる。"


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text(f"{CAN}\nごみの収集日を知らせること\n", "utf-8")
    other.write_text(f"{CAN_TOO}\n", "utf-8")
    return one, other


def test_the_nearest_as_json(lists: tuple[Path, Path]) -> None:
    answer = command.near(*lists, top=1, helper=None, form="json")
    found = json.loads(answer.text)
    assert [one["line"] for one in found] == [1, 2]
    assert found[0]["candidates"][0]["relation"] == "same"
    assert answer.code == 0
    assert answer.messages == ["使った照合: 標準(辞書と文字)"]


def test_the_nearest_in_words(lists: tuple[Path, Path]) -> None:
    text = command.near(*lists, top=1, helper=None, form="text").text
    assert f"1: {CAN}" in text
    assert "同じ 1: " + CAN_TOO in text
    assert "共通" in text


def test_pairs_with_a_broken_line_end_with_findings(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text(f"{CAN}\t{CAN_TOO}\n片方だけ\n", "utf-8")
    answer = command.pairs(file, form="json")
    assert answer.code == 1
    assert any("2 行目" in message for message in answer.messages)
    assert [one["relation"] for one in json.loads(answer.text)] == ["same"]
    assert "同じ" in command.pairs(file, form="text").text


def test_groups_in_both_forms(tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text(f"{CAN}\nごみの収集日を知らせること\n{CAN_TOO}\n", "utf-8")
    assert [one["group"] for one in json.loads(command.group(file, form="json").text)] == [1, 2, 1]
    assert "まとまり 1(2行)" in command.group(file, form="text").text


def test_pairs_and_what_is_no_pair(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("予約\t申込\n一つだけ\n\n取消\tキャンセル\n", "utf-8")
    assert read_pairs(file) == ([(1, "予約", "申込"), (4, "取消", "キャンセル")], [2])


def test_named_columns_of_pairs(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("kind\ta\tb\nx\t予約\t申込\n", "utf-8")
    assert read_pairs(file) == ([(2, "予約", "申込")], [])


def test_a_file_without_pairs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("予約\n", "utf-8")
    with pytest.raises(Invalid, match="組が一つもありません"):
        read_pairs(tmp_path / "pairs.tsv")
