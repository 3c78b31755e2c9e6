from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import Invalid
from registry.requirements import table
from registry.requirements.table import Problem, Row, Table


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_are_named_as_excel_does(column: int, name: str) -> None:
    assert table.letter(column) == name


def test_a_table_survives_json() -> None:
    whole = Table(
        "list.xlsx",
        "xlsx",
        (Row(2, ("a", "髙𠮷\n"), hidden=True, inherited=(1,)),),
        sheet="一覧",
        other_sheets=("別紙",),
        problems=(Problem(2, 1, "理由", "直し方"),),
        notes=("注",),
    )
    assert Table.from_data(json.loads(json.dumps(whole.to_data()))) == whole
    assert Table.from_data(whole.to_data()) == whole


@pytest.mark.parametrize(
    "bad", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufffd", "\uffff"]
)
def test_bad_characters_become_visible(bad: str) -> None:
    assert table.clean(f"a{bad}b") == ("a□b", True)


@pytest.mark.parametrize(
    "good", ["a\tb", "葛\U000e0100", "か\u3099", "\u200d", "〜", "\ue000", "𠮷"]
)
def test_unusual_characters_stay(good: str) -> None:
    assert table.clean(good) == (good, False)


@given(st.text())
def test_clean_text_is_clean_and_can_always_be_stored(text: str) -> None:
    cleaned, _ = table.clean(text)
    assert table.clean(cleaned) == (cleaned, False)
    assert "\r" not in cleaned
    cleaned.encode("utf-8")


def test_the_measure_of_a_list() -> None:
    table.check_size(50_000, 102)  # 100 of theirs and the three that we add ourselves
    with pytest.raises(Invalid, match="A50001"):
        table.check_size(50_001, 0)
    with pytest.raises(Invalid, match="CZ1"):
        table.check_size(1, 103)
