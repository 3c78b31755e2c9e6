from __future__ import annotations

from registry.text.matching.answers import EXCLUSIVE, answered_otherwise, answers


def test_a_question_is_answered_otherwise_only_without_a_common_answer() -> None:
    up, off = answers("端数を切り上げて計算"), answers("端数を切り捨てて計算")
    assert answered_otherwise(up, off) == ("切り上げ→切り捨て",)
    assert answered_otherwise(up, answers("端数は切り上げ又は切り捨て")) == ()
    assert answered_otherwise(up, answers("使用料を計算")) == ()


def test_at_each_place_the_longest_answer_counts() -> None:
    words = {
        word: (row, 1 << answer)
        for row, cells in enumerate(EXCLUSIVE)
        for answer, cell in enumerate(cells)
        for word in cell.split("|")
    }
    for word, (row, bit) in words.items():
        assert answers(f"、{word}、")[row] & bit, word
    assert 1 << 1 not in answers("一部負担").values()  # of 全額・半額・一部負担, and not 全部・一部


def test_no_way_of_writing_stands_for_two_answers_of_a_row() -> None:
    for row in EXCLUSIVE:
        words = [word for cell in row for word in cell.split("|")]
        assert len(row) > 1
        assert len(words) == len(set(words)), row
