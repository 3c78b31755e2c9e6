from __future__ import annotations

import pytest

from registry.processes.flow import StepKind, Work
from registry.processes.tabling import typed


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", None), ("15", 15), ("１５分", 15), ("1時間30分", 90), ("2 時間", 120), ("1,000", 1000),
        ("0", 0),
    ],
)  # fmt: skip
def test_minutes(said: str, expected: int | None) -> None:
    assert typed.minutes(said) == expected


@pytest.mark.parametrize("said", ["少し", "-5", "1.5", "600000"])
def test_what_are_no_minutes(said: str) -> None:
    with pytest.raises(typed.Unreadable, match="分"):
        typed.minutes(said)


def test_work() -> None:
    assert typed.work("") is None
    assert (typed.work(" 判断 "), typed.work("routine")) == (Work.JUDGEMENT, Work.ROUTINE)
    with pytest.raises(typed.Unreadable, match="定型、判断、対人"):
        typed.work("たぶん")


def test_kinds() -> None:
    assert typed.kind("", "受ける") == (StepKind.TASK, "")
    assert typed.kind("", "終了") == (StepKind.END, "")
    assert typed.kind("", "はじめ") == (StepKind.START, "")
    assert typed.kind("分岐", "終了") == (StepKind.CHOICE, "")
    assert typed.kind("出来事（３の途中）", "期限") == (StepKind.EVENT, "3")
    with pytest.raises(typed.Unreadable, match="使えません"):
        typed.kind("謎", "受ける")


def test_cells_that_name_several_things() -> None:
    assert typed.listed("申請書、台帳,控え；\n 写し") == ["申請書", "台帳", "控え", "写し"]
    assert typed.key(" ２．") == "2"
    assert typed.split("あり／なし", 2) == ["あり", "なし"]
    assert typed.split("市／町\n県", 2) == ["市／町", "県"]
    assert typed.split("並行", 3) == ["並行"] * 3
    assert typed.split("", 2) == ["", ""]
    assert typed.split("あり／なし", 3) is None
