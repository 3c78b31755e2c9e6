from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity.anatomy import FILLER, Line

TEXT = st.text(alphabet="予約、。（）「」・①1.5\n あ", max_size=50)


@given(TEXT)
def test_masking_keeps_every_place(text: str) -> None:
    line = Line(text)
    assert len(line.open) == len(line.bare) == len(text)
    assert all(a in (b, FILLER) for a, b in zip(line.bare, text, strict=True))


@given(TEXT)
def test_sentences_and_segments_lie_in_order(text: str) -> None:
    at = 0
    for sentence in Line(text).sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        for start, end in sentence.segments:
            assert sentence.start <= start <= end <= sentence.end
        at = sentence.end


def test_quotes_and_notes_are_blanked() -> None:
    line = Line("「適切」欄（必須）を印字する。")
    assert line.open == "　　　　欄（必須）を印字する。"
    assert line.bare == "　　　　欄　　　　を印字する。"


def test_a_line_wholly_in_quotation_marks_is_read() -> None:
    assert Line("「適切に登録する」").open == "「適切に登録する」"


def test_bullets_and_numbers_are_not_the_line() -> None:
    for text in ("・予約", "① 予約", "(2) 予約", "（1）予約", "1-2 予約"):
        assert text[Line(text).body_start :] == "予約", text
    assert Line("1.5倍にする").body_start == 0


def test_sentences_end_outside_brackets() -> None:
    line = Line("予約（3日前。）を取り消す。履歴を残す。")
    assert [line.text[s.start : s.end] for s in line.sentences] == [
        "予約（3日前。）を取り消す。",
        "履歴を残す。",
    ]


def test_the_note_behind_a_phrase() -> None:
    line = Line("十分な空き（残り10枠以上）を示す。")
    assert line.note_after(3) == "残り10枠以上"
    assert line.note_after(14) == ""
