from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.processes.drawing.lettering import NEVER_FIRST, NEVER_LAST, em, longest, width, wrap

TEXT = st.text(
    alphabet="利用申請書をのにがーっ、。（）「」 ABc-d12.ァョ々𠮷葛\U000e0100・/", max_size=40
)


def test_breaks_between_phrases_where_that_costs_no_line() -> None:
    assert wrap("減免決定を通知する", 84, 12) == ("減免決定を", "通知する")


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("利用申請書を提出する", 72, ("利用申請書を", "提出する")),
        ("本人確認書類", 62, ("本人確", "認書類")),
        ("Receive Credit Card", 90, ("Receive", "Credit Card")),
        ("", 90, ()),
        ("  空き \n 状況 ", 90, ("空き 状況",)),
    ],
)
def test_wrapped_as_a_person_would(text: str, room: float, lines: tuple[str, ...]) -> None:
    assert wrap(text, room, 12) == lines


@given(TEXT, st.integers(36, 150))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, room: int) -> None:
    lines = wrap(text, float(room), 12)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(width(line, 12) <= room for line in lines)


@given(TEXT, st.integers(72, 150))
def test_kinsoku_holds_at_every_break(text: str, room: int) -> None:
    lines = wrap(text, float(room), 12)
    joined = " ".join(text.split())
    for before, after in pairwise(lines):
        run = joined.find(before + after)
        if run < 0:
            continue  # a space was swallowed there: a break like any other
        glued = _glued(joined, run + len(before))
        if width(glued, 12) <= room:
            assert after[0] not in NEVER_FIRST
            assert before[-1] not in NEVER_LAST


def _glued(text: str, at: int) -> str:
    """The piece around a position that 禁則 keeps together."""
    start = end = at
    while (
        start > 0
        and not text[start - 1].isspace()
        and (
            text[start] in NEVER_FIRST or text[start - 1] in NEVER_LAST or text[start - 1].isascii()
        )
    ):
        start -= 1
    while (
        end < len(text)
        and not text[end].isspace()
        and (text[end] in NEVER_FIRST or text[end - 1] in NEVER_LAST or text[end].isascii())
    ):
        end += 1
    return text[start - 1 if start else 0 : end + 1]


def test_what_does_not_fit_is_cut_visibly() -> None:
    lines = wrap("利用申請書の記載内容を確認して受け付ける", 60, 12, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert width(lines[1], 12) <= 60


def test_widths() -> None:
    assert em("あ") == em("漢") == em("𠮷") == 1.0
    assert em("\U000e0100") == 0.0
    assert em("i") < em("a") < em("W") < 1.0
    assert em("ｱ") == 0.5
    assert longest("Non-Interrupting 通知", 10) == width("Interrupting", 10)
