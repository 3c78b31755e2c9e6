from __future__ import annotations

import pytest

from registry.specs import words


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        ("2026-10-01", "令和8年10月1日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1900-02-03", "1900年2月3日"),
        ("令和8年度中", "令和8年度中"),
    ],
)
def test_dates_are_printed_in_the_japanese_calendar(day: str, printed: str) -> None:
    assert words.japanese_date(day) == printed


def test_western_dates_keep_what_is_no_date() -> None:
    assert words.western_date("2026-03-09") == "2026年3月9日"
    assert words.western_date("未定") == "未定"


def test_every_obligation_and_phase_is_explained() -> None:
    assert list(words.OBLIGATION_MEANING) == list(words.OBLIGATION)
    assert list(words.PHASE_MEANING) == list(words.PHASE)
