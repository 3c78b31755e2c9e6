from __future__ import annotations

import pytest

from registry.standards import codes


def test_codes_are_read_back_as_they_were_written() -> None:
    assert codes.group_code(7) == "F-007"
    assert codes.group_number("F-007") == 7
    assert codes.group_number(codes.group_code(1234)) == 1234
    assert codes.standard_code("001", 25) == "A-0010025-01"
    assert codes.standard_serial("A-0010025-01", "001") == 25


@pytest.mark.parametrize("code", ["F-7", "G-001", "F-001 ", "F-００１", ""])
def test_a_strange_group_code_has_no_number(code: str) -> None:
    assert codes.group_number(code) is None


@pytest.mark.parametrize(
    "code",
    ["A-0020025-01", "A-0010025-02", "A-0010000-01", "A-001025-01", "A-001００２５-01", ""],
)
def test_a_code_of_another_business_or_form_has_no_serial(code: str) -> None:
    assert codes.standard_serial(code, "001") is None
