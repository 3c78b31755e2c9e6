from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.requirements import cellnumber


@pytest.mark.parametrize(
    ("value", "code", "seen"),
    [
        ("12", "General", "12"),
        ("12.0", "General", "12"),
        ("-0.5", "General", "-0.5"),
        ("0.1", "General", "0.1"),
        ("0.30000000000000004", "General", "0.3"),
        ("1.23E+5", "General", "123000"),
        ("1E-7", "General", "0.0000001"),
        ("12", "0000", "0012"),
        ("72028", "000000", "072028"),
        ("12", '"A-"0000', "A-0012"),
        ("12", '0000"号"', "0012号"),
        ("1.1", "0.00", "1.10"),
        ("1.5", "0", "2"),
        ("2.5", "0", "3"),
        ("-1.5", "0.0", "-1.5"),
        ("-0.04", "0.0", "0.0"),
        ("117433", "#,##0", "117,433"),
        ("0.25", "0%", "25%"),
        ("12", "@", "12"),
        ("12", '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "12"),
        ("-3", "0;(0)", "-3"),
        ("12", "0.00E+00", "12"),
        ("12", "[Red]0", "12"),
        ("46296", "yyyy/mm/dd", "2026-10-01"),
        ("46296.5", "yyyy/mm/dd h:mm", "2026-10-01 12:00"),
        ("0.5", "h:mm", "12:00"),
        ("46296", '[$-411]ggge"年"m"月"d"日"', "2026-10-01"),
        ("46296", 'm"月"d"日"', "2026-10-01"),
        ("46296", "mmm", "2026-10-01"),
        ("1", "yyyy/mm/dd", "1900-01-01"),
        ("61", "yyyy/mm/dd", "1900-03-01"),
        ("-1", "yyyy/mm/dd", "-1"),
        ("99999999", "yyyy/mm/dd", "99999999"),
        ("text", "0000", "text"),
        ("NaN", "0000", "NaN"),
    ],
)
def test_a_number_is_shown_as_its_reader_sees_it(value: str, code: str, seen: str) -> None:
    assert cellnumber.show(value, code) == seen


def test_a_workbook_may_count_days_from_1904() -> None:
    assert cellnumber.show("0", "yyyy/mm/dd", from_1904=True) == "1904-01-01"


def test_dates_named_by_number_only() -> None:
    assert cellnumber.show("46296", cellnumber.BUILT_IN[14]) == "2026-10-01"
    assert cellnumber.show("46296", cellnumber.BUILT_IN[57]) == "2026-10-01"
    assert cellnumber.show("0.75", cellnumber.BUILT_IN[20]) == "18:00"


@given(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.text('0#,.%ymdhsge[]\\"-;_@* ', max_size=12),
)
def test_no_number_and_no_format_is_too_strange(value: str, code: str) -> None:
    assert cellnumber.show(value, code)


@given(st.integers(0, 10**12), st.integers(1, 15))
def test_leading_zeros_never_change_the_number(value: int, width: int) -> None:
    seen = cellnumber.show(str(value), "0" * width)
    assert int(seen) == value
    assert len(seen) >= width
