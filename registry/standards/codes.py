"""The codes of groups (F-001) and standards (A-0010001-01), which are never given twice."""

from __future__ import annotations

import re
from typing import Final

MAX_SERIAL: Final = 9999
_GROUP: Final = re.compile(r"F-([0-9]{3,6})")
_STANDARD: Final = re.compile(r"A-([0-9]{3})([0-9]{4})-01")


def group_code(number: int) -> str:
    return f"F-{number:03d}"


def group_number(code: str) -> int | None:
    """The running number in a group's code; None when it is not such a code."""
    found = _GROUP.fullmatch(code)
    return int(found[1]) if found else None


def standard_code(business_number: str, serial: int) -> str:
    """`A-` + the business's three digits + four digits + `-01` (DESIGN §5)."""
    return f"A-{business_number}{serial:04d}-01"


def standard_serial(code: str, business_number: str) -> int | None:
    """The serial in a code of this business; None when the code is none of its own."""
    found = _STANDARD.fullmatch(code)
    if found is None or found[1] != business_number or found[2] == "0000":
        return None
    return int(found[2])
