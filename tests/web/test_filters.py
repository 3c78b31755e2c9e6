from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from jinja2 import Environment

from registry.labels import Labelled
from registry.web import filters


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 10, 1), "令和8年10月1日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1873, 1, 1), "明治6年1月1日"),
        (date(1872, 12, 31), "1872年12月31日"),
        ("2028-03-31", "令和10年3月31日"),
        (None, "－"),
        ("", "－"),
    ],
)
def test_wareki_changes_on_the_first_day_of_an_era(day: date | str | None, text: str) -> None:
    assert filters.wareki(day) == text


def test_a_moment_is_read_in_japan_not_in_utc() -> None:
    moment = datetime(2026, 9, 30, 15, 5, tzinfo=UTC)
    assert filters.wareki(moment) == "令和8年10月1日"
    assert filters.moment(moment) == "令和8年10月1日 0時05分"
    assert filters.moment_short(moment) == "2026-10-01 00:05"
    assert filters.machine_time(moment) == "2026-10-01T00:05:00+09:00"


def test_a_moment_without_zone_is_utc_and_another_zone_is_converted() -> None:
    assert filters.moment_short("2026-01-01T00:00:00") == "2026-01-01 09:00"
    west = datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=-9)))
    assert filters.moment_short(west) == "2026-01-01 18:00"
    assert filters.moment_short("2026-01-01T00:00:00+00:00") == "2026-01-01 09:00"


def test_nothing_reads_as_a_dash_everywhere() -> None:
    one_value = (
        filters.wareki_year,
        filters.both_dates,
        filters.weekday_date,
        filters.moment,
        filters.moment_short,
        filters.number,
        filters.file_size,
        filters.label,
        filters.or_dash,
    )
    assert [read(None) for read in one_value] == ["－"] * len(one_value)
    assert filters.machine_time(None) == ""
    assert filters.percent(None, 3) == "－"
    assert filters.percent(0, 0) == "－"


def test_dates_in_other_forms() -> None:
    assert filters.both_dates("2026-10-01") == "令和8年10月1日(2026-10-01)"
    assert filters.weekday_date(date(2026, 10, 1)) == "10月1日(木)"
    assert filters.weekday_date(date(2026, 10, 4)) == "10月4日(日)"
    assert filters.machine_time(date(2026, 10, 1)) == "2026-10-01"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (117433, 0, "117,433"),
        (0, 0, "0"),
        (-1234.5, 0, "-1,235"),
        (2.5, 0, "3"),
        (0.125, 2, "0.13"),
        (Decimal("1000000"), 1, "1,000,000.0"),
    ],
)
def test_numbers_have_thousands_marks_and_round_half_up(
    value: int | float | Decimal, digits: int, text: str
) -> None:
    assert filters.number(value, digits) == text


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [(0, 50, "0%"), (31, 50, "62%"), (1, 1000, "1%"), (999, 1000, "99%"), (50, 50, "100%")],
)
def test_percent_never_claims_nothing_or_all_by_rounding(done: int, total: int, text: str) -> None:
    assert filters.percent(done, total) == text


def test_share_stays_between_0_and_100() -> None:
    assert filters.share(7, 5) == 100
    assert filters.share(5, 0) == 0
    assert filters.share(None, None) == 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 バイト"),
        (1023, "1023 バイト"),
        (1536, "1.5 KB"),
        (1024**2, "1.0 MB"),
        (3 * 1024**3, "3.0 GB"),
    ],
)
def test_file_size(size: int, text: str) -> None:
    assert filters.file_size(size) == text


def test_label_is_taken_from_the_enumeration() -> None:
    class Colour(Labelled):
        BLUE = "blue", "青"

    assert filters.label(Colour.BLUE) == "青"
    assert filters.label("blue") == "blue"
    assert filters.label("") == "－"
    assert filters.or_dash(" ") == "－"
    assert filters.or_dash(0) == "0"


def test_every_filter_can_be_registered_and_used_in_a_template() -> None:
    environment = Environment(autoescape=True)
    environment.filters.update(filters.FILTERS)
    page = environment.from_string("{{ day|wareki }} {{ 1200|number }} {{ 1|percent(4) }}")
    assert page.render(day=date(2026, 10, 1)) == "令和8年10月1日 1,200 25%"
