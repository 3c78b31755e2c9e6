from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.comparison.grouping import Line, Proposal, propose
from registry.text.similarity import RelationKind, conflict, relate
from tests.comparison.worked_example import Truth, load

CAN = "利用者が予約を取り消しできること"
CAN_TOO = "利用者が予約の取消しをできること。"
CANNOT = "利用者が予約を取り消しできないこと"
THREE = "予約の変更は利用日の3日前まで可能とすること"
THREE_TOO = "・予約の変更は、利用日の３日前まで可能なこと。"
SEVEN = "予約の変更は利用日の7日前まで可能とすること"


def lines(*texts: str) -> list[Line]:
    """One line a town, in the order given: town 1, town 2, …"""
    return [
        Line(municipality_code=f"{town:06}", text=text, key=f"L{town}")
        for town, text in enumerate(texts, 1)
    ]


def new_groups(proposals: list[Proposal]) -> list[tuple[str, ...]]:
    return [found.lines for found in proposals if found.group is None and not found.beside]


def test_lines_of_different_towns_that_say_the_same_become_a_group() -> None:
    [found] = propose(lines(CAN, CAN_TOO), {})
    assert found.lines == ("L1", "L2")
    assert found.group is None
    assert found.relation is RelationKind.SAME
    assert "取消" in found.shared
    assert "2団体の2行が同じ内容とみられます。" in found.why


def test_opposites_are_shown_beside_each_other_only() -> None:
    found = propose(lines(CAN, CAN_TOO, CANNOT), {})
    assert new_groups(found) == [("L1", "L2")]
    [beside] = [proposal for proposal in found if proposal.beside]
    assert (beside.lines, beside.beside) == (("L1", "L2"), ("L3",))
    assert beside.relation is RelationKind.OPPOSITE
    assert "肯定→否定" in beside.differing
    assert "向きが反対です" in beside.why


def test_changed_values_are_shown_beside_each_other_only() -> None:
    found = propose(lines(THREE, SEVEN, THREE_TOO), {})
    assert new_groups(found) == [("L1", "L3")]
    [beside] = [proposal for proposal in found if proposal.beside]
    assert beside.relation is RelationKind.VALUE_DIFFERS
    assert "3日前まで→7日前まで" in beside.why


def test_lines_of_one_town_never_make_a_group() -> None:
    same_town = [Line("072028", CAN, "a"), Line("072028", CAN_TOO, "b")]
    assert new_groups(propose(same_town, {})) == []


def test_a_line_is_proposed_to_the_group_that_says_the_same() -> None:
    groups = {"F-001": lines(THREE), "F-002": lines(CAN)}
    [found] = propose([Line("072087", CAN_TOO, "new")], groups)
    assert (found.lines, found.group, found.relation) == (("new",), "F-002", RelationKind.SAME)
    assert "まとまり F-002" in found.why


@pytest.mark.parametrize(
    ("text", "relation"),
    [(CANNOT, RelationKind.OPPOSITE), (SEVEN, RelationKind.VALUE_DIFFERS)],
)
def test_a_contradicting_line_keeps_its_relation_to_the_group(
    text: str, relation: RelationKind
) -> None:
    groups = {"F-001": lines(THREE), "F-002": lines(CAN)}
    [found] = propose([Line("072087", text, "new")], groups)
    assert found.relation is relation


def test_a_group_that_already_holds_other_values_says_so() -> None:
    groups = {"F-001": lines(THREE, SEVEN)}
    [found] = propose([Line("072087", THREE_TOO, "new")], groups)
    assert found.relation is RelationKind.SAME
    assert "値または向きの違う行が1件あります" in found.why


def test_nothing_is_proposed_for_lines_without_a_partner() -> None:
    assert propose(lines(CAN, "除雪車の位置を地図に表示できること"), {}) == []
    assert propose([], {}) == []


def test_a_line_placed_in_a_group_is_in_no_new_group() -> None:
    found = propose(lines(CAN_TOO, CAN), {"F-001": [Line("999999", CAN, "member")]})
    assert new_groups(found) == []
    assert sorted(proposal.lines for proposal in found) == [("L1",), ("L2",)]


# ---- against the worked example -----------------------------------------------------------------


@pytest.fixture(scope="module")
def truth() -> Truth:
    found = load()
    if found is None:
        pytest.skip("fixtures/aizu_13/alignments.tsv がありません")
    return found


@pytest.fixture(scope="module")
def proposals(truth: Truth) -> list[Proposal]:
    return propose(truth.lines, {})


def clustered(proposals: list[Proposal]) -> set[frozenset[str]]:
    return {frozenset(pair) for group in new_groups(proposals) for pair in combinations(group, 2)}


def test_precision_and_recall_on_the_worked_example(
    truth: Truth, proposals: list[Proposal], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is proposed as the same is nearly always what people aligned; recall is only shown."""
    proposed, same = clustered(proposals), truth.pairs("same")
    beside = {
        frozenset((one, other))
        for found in proposals
        for one in found.lines
        for other in found.beside
    }
    together = truth.pairs(*(kind.value for kind in RelationKind))
    alike = truth.alike()
    precision = len(proposed & alike) / len(proposed)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this test is read for
            f"\naizu_13: {len(truth.lines)} lines, {len(new_groups(proposals))} new groups; "
            f"same: precision {precision:.3f} recall {len(proposed & same) / len(same):.3f}; "
            f"shown at all: {len((proposed | beside) & together) / len(together):.3f} of the pairs "
            f"people put together, {len((proposed | beside) & together) / len(proposed | beside):.3f} "
            "of what is shown"
        )
    assert precision >= 0.9
    assert len(proposed & same) >= 60


def test_no_opposite_is_clustered_on_the_worked_example(
    truth: Truth, proposals: list[Proposal]
) -> None:
    contradicting = truth.differing("opposite")
    assert len(contradicting) > 20
    assert clustered(proposals) & contradicting == set()


def test_no_changed_value_is_clustered_on_the_worked_example(
    truth: Truth, proposals: list[Proposal]
) -> None:
    assert len(changed := truth.differing("value_differs")) > 20
    assert clustered(proposals) & changed == set()


def test_no_new_group_holds_a_contradiction(truth: Truth, proposals: list[Proposal]) -> None:
    texts = {line.key: line.text for line in truth.lines}
    for group in new_groups(proposals):
        for one, other in combinations(group, 2):
            assert conflict(texts[one], texts[other]) is None


def test_proposals_do_not_depend_on_the_order_of_lines(
    truth: Truth, proposals: list[Proposal]
) -> None:
    shuffled = truth.lines[:]
    random.Random(13).shuffle(shuffled)
    assert propose(shuffled, {}) == proposals


def test_lines_go_back_to_the_group_they_were_taken_from(truth: Truth) -> None:
    """With the other towns aligned, one town's lines are proposed to where people put them."""
    town = "072028"
    own = [line for line in truth.lines if line.municipality_code == town]
    groups = {
        code: [line for line, _ in members if line.municipality_code != town]
        for code, members in truth.groups.items()
    }
    homes: dict[str, set[str]] = {}
    for code, members in truth.groups.items():
        for line, _ in members:
            homes.setdefault(line.key, set()).add(code)
    joins = [found for found in propose(own, groups) if found.group is not None]
    right = [found for found in joins if found.group in homes.get(found.lines[0], set())]
    assert len(joins) >= 30
    assert len(right) / len(joins) >= 0.85


# ---- what must hold for any lines -----------------------------------------------------------------

POOL = (
    CAN,
    CAN_TOO,
    CANNOT,
    THREE,
    THREE_TOO,
    SEVEN,
    "利用者が予約をキャンセルできること",
    "使用料を自動で計算すること",
    "使用料が自動計算されること",
    "使用料を手動で計算すること",
    "許可書を印刷できること",
    "許可書と領収書を印刷できること",
    "予約の変更を利用日の三日前まで行えること",
    "ごみの収集日を地区ごとに知らせること",
)
SOME = st.lists(
    st.builds(
        Line,
        municipality_code=st.sampled_from(["072028", "072087", "074021", "074055"]),
        text=st.sampled_from(POOL),
        key=st.uuids().map(str),
    ),
    max_size=9,
    unique_by=lambda line: line.key,
)


def linked(line: Line, lines: list[Line]) -> set[str]:
    """Keys of the lines reached from one along pairs that say the same."""
    reached, waiting = {line.key}, [line]
    while waiting:
        one = waiting.pop()
        for other in lines:
            if other.key not in reached and relate(one.text, other.text).relation.value == "same":
                reached.add(other.key)
                waiting.append(other)
    return reached


@given(SOME, st.randoms(use_true_random=False))
def test_the_order_of_lines_never_matters(found: list[Line], random: random.Random) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)
    assert propose(shuffled, {}) == propose(found, {})


@given(SOME)
def test_no_group_ever_holds_a_contradiction(found: list[Line]) -> None:
    texts = {line.key: line.text for line in found}
    for group in new_groups(propose(found, {})):
        for one, other in combinations(group, 2):
            assert conflict(texts[one], texts[other]) is None
            assert relate(texts[one], texts[other]).relation in (
                RelationKind.SAME,
                RelationKind.RELATED,
            )


@given(SOME, st.sampled_from(POOL))
def test_a_new_line_changes_only_the_groups_it_is_linked_to(found: list[Line], text: str) -> None:
    new = Line("079999", text, "new")
    own = linked(new, found)
    before = {group for group in new_groups(propose(found, {})) if own.isdisjoint(group)}
    after = {group for group in new_groups(propose([*found, new], {})) if own.isdisjoint(group)}
    assert after == before


def test_an_edited_line_of_the_worked_example_leaves_the_other_groups(
    truth: Truth, proposals: list[Proposal]
) -> None:
    """Editing is taking away and adding: both ways only groups linked to the line change."""
    line = next(line for line in truth.lines if any(line.key in g for g in new_groups(proposals)))
    edited = Line(line.municipality_code, "ごみの収集日を地区ごとに知らせること", line.key)
    own = linked(line, truth.lines)
    rest = [edited if one == line else one for one in truth.lines]
    before = {group for group in new_groups(proposals) if own.isdisjoint(group)}
    assert {group for group in new_groups(propose(rest, {})) if own.isdisjoint(group)} == before
