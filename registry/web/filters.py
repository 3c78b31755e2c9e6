"""How dates, numbers and stored values read on a Japanese page; no Flask in here.

`FILTERS` is what the application registers: `app.jinja_env.filters.update(FILTERS)`.
An empty value always reads as 「－」, so that a table cell is never silently blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "－"
JAPAN = timezone(timedelta(hours=9), "JST")
WEEKDAYS = "月火水木金土日"

# First day of each era. Dates before the Gregorian calendar was adopted on 1873-01-01 are
# written in the western form, because day and month would be those of another calendar.
ERAS: tuple[tuple[date, str], ...] = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1873, 1, 1), "明治"),
)
ERA_BEFORE_FIRST = {"明治": 1867}


def wareki(value: date | str | None) -> str:
    """2026-10-01 → 令和8年10月1日; also takes an ISO string; a moment in time is read in Japan."""
    day = _day(value)
    if day is None:
        return NOTHING
    year = wareki_year(day)
    return f"{year}{day.month}月{day.day}日"


def wareki_year(value: date | str | None) -> str:
    """2026-10-01 → 令和8年, 2019-05-01 → 令和元年, 1872-12-31 → 1872年."""
    day = _day(value)
    if day is None:
        return NOTHING
    for start, era in ERAS:
        if day >= start:
            number = day.year - ERA_BEFORE_FIRST.get(era, start.year - 1)
            return f"{era}{'元' if number == 1 else number}年"
    return f"{day.year}年"


def both_dates(value: date | str | None) -> str:
    """2026-10-01 → 令和8年10月1日(2026-10-01)."""
    day = _day(value)
    return NOTHING if day is None else f"{wareki(day)}({day.isoformat()})"


def weekday_date(value: date | str | None) -> str:
    """2026-10-01 → 10月1日(木)."""
    day = _day(value)
    return NOTHING if day is None else f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"


def moment(value: datetime | str | None) -> str:
    """A UTC moment as 令和8年10月1日 9時05分 in Japan; a moment without zone is taken as UTC."""
    local = _local(value)
    return NOTHING if local is None else f"{wareki(local)} {local.hour}時{local.minute:02d}分"


def moment_short(value: datetime | str | None) -> str:
    """A UTC moment as 2026-10-01 09:05 in Japan, for dense tables."""
    local = _local(value)
    return NOTHING if local is None else local.strftime("%Y-%m-%d %H:%M")


def machine_time(value: date | datetime | str | None) -> str:
    """The value of a `<time datetime>` attribute; empty when there is nothing."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, datetime):
        local = _local(value)
        return "" if local is None else local.isoformat(timespec="seconds")
    return value.isoformat()


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    """117433 → 117,433; halves are rounded up, as in an office ledger."""
    if value is None:
        return NOTHING
    step = Decimal(1).scaleb(-digits)
    return f"{Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP):,}"


def percent(done: int | None, total: int | None) -> str:
    """31 of 50 → 62%. Only a complete count reads 100% and only nothing reads 0%."""
    if done is None or not total:
        return NOTHING
    return f"{share(done, total)}%"


def share(done: int | None, total: int | None) -> int:
    """The whole percentage for a bar, 0 to 100; 0 when there is nothing to count."""
    if not done or not total:
        return 0
    if done >= total:
        return 100
    return min(99, max(1, round(done * 100 / total)))


def file_size(value: int | None) -> str:
    """1536 → 1.5 KB, counted in 1,024s as file managers do."""
    if value is None:
        return NOTHING
    if value < 1024:
        return f"{value} バイト"
    size = float(value)
    for unit in ("KB", "MB"):
        size /= 1024
        if size < 1024:
            return f"{number(size, 1)} {unit}"
    return f"{number(size / 1024, 1)} GB"


def label(value: object) -> str:
    """The Japanese label of an enumeration member; anything else as text."""
    if value is None or value == "":
        return NOTHING
    return str(getattr(value, "label", value))


def or_dash(value: object) -> str:
    """The text, or 「－」 when there is none."""
    return NOTHING if value is None or str(value).strip() == "" else str(value)


def _day(value: date | str | None) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return (
            date.fromisoformat(value) if len(value) == 10 else _day(datetime.fromisoformat(value))
        )
    if isinstance(value, datetime):
        local = _local(value)
        return None if local is None else local.date()
    return value


def _local(value: datetime | str | None) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(JAPAN)


FILTERS: Mapping[str, Callable[..., object]] = {
    "wareki": wareki,
    "wareki_year": wareki_year,
    "both_dates": both_dates,
    "weekday_date": weekday_date,
    "moment": moment,
    "moment_short": moment_short,
    "machine_time": machine_time,
    "number": number,
    "percent": percent,
    "share": share,
    "file_size": file_size,
    "label": label,
    "or_dash": or_dash,
}
