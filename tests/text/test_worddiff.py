from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.worddiff import Piece, PieceKind, diff_tokens, diff_words

TEXT = st.text(alphabet="予約登録者日をにはできるないこと3５件ユーザ、。 （）\n", max_size=40)


def written(pieces: list[Piece]) -> str:
    marks = {PieceKind.EQUAL: "{}", PieceKind.DELETE: "[-{}-]", PieceKind.INSERT: "[+{}+]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)


@given(TEXT, TEXT)
def test_both_lines_can_be_read_back(base: str, other: str) -> None:
    pieces = diff_words(base, other)
    assert "".join(p.text for p in pieces if p.kind != PieceKind.INSERT) == base
    assert "".join(p.text for p in pieces if p.kind != PieceKind.DELETE) == other


@given(TEXT, TEXT)
def test_pieces_are_tidy(base: str, other: str) -> None:
    pieces = diff_words(base, other)
    assert all(piece.text for piece in pieces)
    for left, right in pairwise(pieces):
        assert left.kind != right.kind
        assert (left.kind, right.kind) != (PieceKind.INSERT, PieceKind.DELETE)


@given(TEXT)
def test_equal_lines_have_no_change(text: str) -> None:
    assert diff_words(text, text) == ([Piece(PieceKind.EQUAL, text)] if text else [])


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        (
            "予約は3営業日前まで取り消せること",
            "予約は5営業日前まで取り消せること",
            "予約は[-3営業日前-][+5営業日前+]まで取り消せること",
        ),
        ("予約できること", "予約できないこと", "予約[-できる-][+できない+]こと"),
        ("予約開始日を登録", "予約終了日を登録", "予約[-開始日-][+終了日+]を登録"),
        ("氏名を登録", "氏名、住所を登録", "氏名[+、住所+]を登録"),
        ("利用者の登録", "団体を登録", "[-利用者の-][+団体を+]登録"),
        ("氏名の変更を通知", "住所の追加を通知", "[-氏名の変更-][+住所の追加+]を通知"),
        ("", "予約", "[+予約+]"),
        ("予約", "", "[-予約-]"),
    ],
)
def test_diff_words(base: str, other: str, expected: str) -> None:
    assert written(diff_words(base, other)) == expected


def test_diff_tokens_takes_any_cut() -> None:
    assert diff_tokens(["あ", "い"], ["あ", "う"]) == [
        Piece(PieceKind.EQUAL, "あ"),
        Piece(PieceKind.DELETE, "い"),
        Piece(PieceKind.INSERT, "う"),
    ]
