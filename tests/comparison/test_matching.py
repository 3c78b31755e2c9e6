from __future__ import annotations

from registry.comparison.matching import group, match, pairs
from registry.requirements.line_files import Numbered

CAN = "利用者が予約を取り消しできること"
CAN_TOO = "利用者が予約をキャンセルできる。"
CANNOT = "利用者が予約を取り消しできないこと"
OTHER = "納税証明書を発行できること"


def numbered(*texts: str) -> list[Numbered]:
    return [Numbered(number, text) for number, text in enumerate(texts, 11)]


def test_candidates_of_each_line() -> None:
    [found] = match([Numbered(3, CAN)], numbered(OTHER, CANNOT, CAN_TOO), 2)
    assert (found["line"], found["text"]) == (3, CAN)
    assert [near["line"] for near in found["candidates"]] == [13, 12]
    assert [near["relation"] for near in found["candidates"]] == ["same", "opposite"]
    assert set(found["candidates"][0]) == {
        "line",
        "text",
        "score",
        "relation",
        "shared",
        "differing",
    }
    assert "予約" in found["candidates"][0]["shared"]


def test_pairs_keep_their_lines() -> None:
    found = pairs([(1, CAN, CAN_TOO), (4, CAN, CANNOT)])
    assert [(one["line"], one["relation"]) for one in found] == [(1, "same"), (4, "opposite")]
    assert found[1]["differing"]


def test_a_group_is_named_by_its_first_line() -> None:
    found = group(numbered(CANNOT, CAN, OTHER, CAN_TOO))
    assert [(one["line"], one["group"]) for one in found] == [
        (11, 11),
        (12, 12),
        (13, 13),
        (14, 12),
    ]
    assert found[1]["why"] == found[3]["why"] != ""
    assert found[0]["why"] == ""
