from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import Invalid
from registry.requirements.line_files import Numbered, lines_of, read_lines
from registry.workbook import Column, write_table


def test_a_text_holds_one_requirement_a_line(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("予約できること\n\n　取消できること\n", "cp932")
    assert read_lines(file) == [Numbered(1, "予約できること"), Numbered(3, "取消できること")]


def test_a_list_gives_the_column_of_the_requirement(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text(
        "番号\t要件\t必須\n1\t予約できること\t◎\n2\t\t○\n3\t取消できること\t○\n", "utf-8"
    )
    assert read_lines(file) == [Numbered(2, "予約できること"), Numbered(4, "取消できること")]


def test_a_workbook_gives_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    columns = [Column("番号"), Column("機能要件", 60)]
    file.write_bytes(
        write_table("一覧", columns, [["1", "予約できること"], ["2", "取消できること"]])
    )
    assert [line.text for line in read_lines(file)] == ["予約できること", "取消できること"]


def test_a_table_of_one_column_needs_no_heading(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("予約できること\n取消できること\n", "utf-8")
    assert "取消できること" in [line.text for line in read_lines(file)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", "\n\n", "一つもありません"),
        ("a.tsv", "番号\t必須\n1\t◎\n2\t○\n", "どの列"),
    ],
)
def test_a_file_without_requirements_is_refused(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(Invalid, match=said):
        read_lines(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="読めませんでした"):
        read_lines(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "空"), (b"\n \n", "一つもありません"), (b"\x00\x01", "表の形式")]
)
def test_files_that_hold_no_lines_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        lines_of("a.txt", content)
