from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.openings import openings

PATTERNS = [
    "取り?消(?:し|す(?=る))?|キャンセル",
    "(?<!不)許可(?!書|証)|許[すし]",
    "[市町村]内",
    "(?:側|等)?(?:から|を(?:基|元)に)",
    "(?<=[せわ経])ず(?=に|(?:申込|予約))",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    list(zip(PATTERNS, ["取キ", "許", "市町村", "側等かを", "ず"], strict=True)),
)
def test_the_first_characters_of_a_pattern(pattern: str, found: str) -> None:
    assert openings(pattern) == set(found)


@pytest.mark.parametrize(
    "pattern", ["[一-鿿]内", r"\d+円", ".件", "(?=前)", "あ{0,2}い", "[^前]後"]
)
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"begins|range|escape|empty"):
        openings(pattern)


@given(
    st.sampled_from(PATTERNS),
    st.text(alphabet="取り消しすキャンセル不許可書市町村内側等からを基に経ず申込", max_size=30),
)
def test_no_match_begins_with_another_character(pattern: str, text: str) -> None:
    for found in re.finditer(pattern, text):
        assert found[0][0] in openings(pattern)
