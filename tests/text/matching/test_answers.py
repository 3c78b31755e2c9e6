from __future__ import annotations

from registry.text.matching.answers import EXCLUSIVE, answered_otherwise, answers


def test_a_question_is_answered_otherwise_only_without_a_common_answer() -> None:
    up, off = answers("端数を切り上げて計算"), answers("端数を切り捨てて計算")
    assert answered_otherwise(up, off) == ("切り上げ→切り捨て",)
    assert answered_otherwise(up, answers("端数は切り上げ又は切り捨て")) == ()
    assert answered_otherwise(up, answers("使用料を計算")) == ()


def test_no_way_of_writing_stands_for_two_answers_of_a_row() -> None:
    for row in EXCLUSIVE:
        words = [word for cell in row for word in cell.split("|")]
        assert len(row) > 1
        assert len(words) == len(set(words)), row
