from __future__ import annotations

import pytest

from registry.errors import Invalid
from registry.processes.tabling.files import read_tsv, write_tsv
from registry.processes.tabling.rows import Row


def test_files() -> None:
    assert read_tsv("担当\t手順\t備考\n窓口\t甲\\n乙\tx\n\n") == (Row(lane="窓口", name="甲\n乙"),)
    with pytest.raises(Invalid, match="手順"):
        read_tsv("担当\t次へ\n窓口\t2\n")
    with pytest.raises(Invalid, match="2 行目"):
        read_tsv("担当\t手順\n窓口\t甲\t多い\n")
    with pytest.raises(Invalid, match="中身"):
        read_tsv("\n\n")


def test_tabs_and_line_breaks_inside_a_cell_cannot_move_the_columns() -> None:
    row = Row(number="1", lane="窓口", name="受け\t付ける", conditions="あり\nなし")
    assert read_tsv(write_tsv([row])) == (
        Row(number="1", lane="窓口", name="受け 付ける", conditions="あり\nなし"),
    )
