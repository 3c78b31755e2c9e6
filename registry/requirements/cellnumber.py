"""The text a person sees for a number in a workbook.

A workbook stores 12 where its reader sees 0012, 1.10 or 2026-10-01; codes and outline numbers
are only right as they are seen. Formats beyond the common ones (ECMA-376 part 1, 18.8.30) give
the plain number.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

GENERAL = "General"

# The formats a workbook names by number only; 27-36 and 50-58 are dates in East Asian Excel.
BUILT_IN = {0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@"}
BUILT_IN |= dict.fromkeys((*range(14, 18), *range(27, 32), 36), "yyyy/mm/dd")
BUILT_IN |= dict.fromkeys((*range(50, 55), 57, 58), "yyyy/mm/dd")
BUILT_IN |= dict.fromkeys((*range(18, 22), *range(32, 36), 45, 46, 47, 55, 56), "h:mm:ss")
BUILT_IN |= {22: "yyyy/mm/dd h:mm"}

_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]|E[+-]', re.IGNORECASE)
_SIMPLE = re.compile(
    r"""(?P<before>(?:"[^"]*"|\\.|[-()\s])*)
        (?P<whole>\#,\#\#0|0+|\#+0*)(?P<decimals>\.0+)?(?P<percent>%)?
        (?P<after>(?:"[^"]*"|\\.|[-()\s])*)""",
    re.VERBOSE,
)


def show(value: str, code: str = GENERAL, *, from_1904: bool = False) -> str:
    """The number stored as `value` as a reader sees it under format `code`; dates as ISO 8601.

    What is not a number comes back unchanged.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or abs(number) >= Decimal(10) ** 300:
        return value
    if is_date(code):
        return _as_date(number, code, from_1904=from_1904) or _plain(number)
    # A second section holds for negative numbers; those are shown plainly.
    section, *more = code.split(";")
    simple = _SIMPLE.fullmatch(section)
    if simple is None or (more and number < 0):
        return _plain(number)
    return _as_code(number, simple)


def is_date(code: str) -> bool:
    """Whether the format shows a date or a time."""
    if code == GENERAL:
        return False
    return re.search(r"[ymdhsge]", _NOT_CODE.sub("", code.split(";")[0]), re.IGNORECASE) is not None


def _plain(number: Decimal) -> str:
    # Fifteen digits are what a workbook keeps; the rest is noise of binary fractions.
    shown = format(float(number), ".15g")
    return format(Decimal(shown), "f") if "e" in shown and abs(number) < 10**20 else shown


def _as_code(number: Decimal, simple: re.Match[str]) -> str:
    places = len(simple["decimals"] or ".") - 1
    scaled = number * 100 if simple["percent"] else number
    if abs(scaled) >= 10**20:
        return _plain(number)
    rounded = abs(scaled).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, fraction = format(rounded, ",f" if "," in simple["whole"] else "f").partition(".")
    digits = whole.zfill(simple["whole"].count("0"))
    sign = "-" if number < 0 and rounded else ""
    shown = f"{digits}.{fraction}" if fraction else digits
    before, after = (_literal(simple[part]) for part in ("before", "after"))
    return f"{sign}{before}{shown}{simple['percent'] or ''}{after}"


def _literal(text: str) -> str:
    return re.sub(r'"([^"]*)"|\\(.)', r"\1\2", text)


def _as_date(number: Decimal, code: str, *, from_1904: bool) -> str | None:
    """None when the number is no day of the calendar."""
    seconds = int((number * 86_400).to_integral_value(ROUND_HALF_UP))
    days, rest = divmod(seconds, 86_400)
    if days < 0 or days > 2_958_465:
        return None
    start = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
    if not from_1904 and days < 60:
        # Excel counts a 29 February 1900 that never was.
        start = date(1899, 12, 31)
    bare = _NOT_CODE.sub("", code.split(";")[0]).lower()
    has_day, has_time = re.search(r"[ydge]", bare), re.search(r"[hs]", bare)
    if not has_day and not has_time:
        has_day = re.search("m", bare)
    minutes, second = divmod(rest, 60)
    clock = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{second:02}" if second else "")
    if has_time and not has_day:
        return clock
    try:
        day = (start + timedelta(days=days)).isoformat()
    except OverflowError:
        return None
    return f"{day} {clock}" if has_time and rest else day
