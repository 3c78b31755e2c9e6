"""What a cell says, whose text it compares with, and what a hiding town gives away: nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from registry.comparison import matrix
from registry.comparison.matrix import Cell, CellState, Group, Matrix, Plain, Show, Town
from registry.standards.models import Relation

A = Town(1, "072028", "会津若松市", 5, False)
B = Town(2, "072087", "喜多方市", 5, False)
C = Town(3, "074225", "湯川村", 5, False)
EMPTY = Town(4, "074446", "三島町", 0, False)
HIDING = Town(5, "074462", "昭和村", 5, True)
GROUP = Group(10, "F-001", "空き状況の照会", None)


def line(
    town: Town,
    requirement_id: int,
    body_id: int,
    *,
    group_id: int = 10,
    relation: str = "same",
    obligation: str | None = "mandatory",
    suspect: bool = False,
) -> Plain:
    aligned = requirement_id * 10
    current = aligned + 1 if suspect else aligned
    return (
        *(group_id, town.id, requirement_id, body_id, aligned, current),
        relation,
        obligation,
    )


def built(
    lines: Iterable[Plain],
    towns: Iterable[Town] = (A, B, C),
    standards: dict[int, frozenset[int]] | None = None,
    groups: Iterable[Group] = (GROUP,),
) -> Matrix:
    return matrix.build(towns, groups, lines, standards or {})


def states(found: Matrix, row: int = 0) -> list[str]:
    return [state.value for state in found.rows[row].states]


def test_the_most_frequent_body_is_what_cells_compare_with() -> None:
    found = built([line(A, 1, 100), line(B, 2, 200), line(C, 3, 200)])
    assert states(found) == ["differs", "same", "same"]
    assert found.rows[0].base is not None
    assert found.rows[0].base.requirement_id == 2


def test_of_equally_frequent_bodies_the_lowest_municipality_code_counts() -> None:
    found = built([line(C, 3, 300), line(B, 2, 200), line(A, 1, 100)])
    assert states(found) == ["same", "differs", "differs"]


def test_a_town_that_says_the_same_twice_has_one_voice() -> None:
    found = built([line(A, 1, 100), line(C, 2, 300), line(C, 3, 300), line(B, 4, 100)])
    assert states(found) == ["same", "same", "differs"]


def test_a_standard_overrules_even_what_all_towns_say() -> None:
    lines = [line(A, 1, 100), line(B, 2, 100), line(C, 3, 200)]
    assert states(built(lines, standards={10: frozenset({200})})) == ["differs", "differs", "same"]
    nobody = built(lines, standards={10: frozenset()})
    assert states(nobody) == ["differs"] * 3
    assert nobody.rows[0].base is None


def test_two_standards_of_one_group_both_count_as_the_same() -> None:
    found = built([line(A, 1, 100), line(B, 2, 200)], standards={10: frozenset({100, 200})})
    assert states(found) == ["same", "same", "absent"]


def test_the_worst_of_several_lines_counts() -> None:
    found = built(
        [
            line(A, 1, 100),
            line(B, 2, 100),
            line(B, 3, 200, relation="value_differs", suspect=True),
            line(B, 4, 300, relation="contains"),
        ]
    )
    assert states(found) == ["same", "differs", "absent"]
    assert found.rows[0].cells[1] == Cell(
        CellState.DIFFERS, (2, 3, 4), Relation.VALUE_DIFFERS, True
    )


def test_a_town_without_a_submitted_line_is_not_submitted_and_a_group_may_be_empty() -> None:
    found = built([], towns=(A, EMPTY))
    assert states(found) == ["absent", "not_submitted"]
    assert found.rows[0].cells == (Cell(CellState.ABSENT), Cell(CellState.NOT_SUBMITTED))


def test_a_hiding_town_shows_neither_ids_nor_whether_it_has_the_line() -> None:
    towns = (A, B, HIDING)
    with_line = built([line(A, 1, 100), line(HIDING, 9, 900, suspect=True)], towns)
    without = built([line(A, 1, 100)], towns)
    assert states(with_line) == states(without) == ["same", "absent", "hidden"]
    assert with_line.rows[0].cells[2] == Cell(CellState.HIDDEN)
    assert not with_line.rows[0].shows(Show.SUSPECT)
    assert with_line.aligned == {A.id: 1, B.id: 0, HIDING.id: 1}


def test_a_hidden_wording_never_becomes_the_one_others_are_compared_with() -> None:
    first = Town(0, "072010", "非公開市", 5, True)
    found = built([line(first, 9, 900), line(A, 1, 100), line(B, 2, 900)], (first, A, B))
    assert states(found) == ["hidden", "same", "differs"]


def test_a_hiding_town_that_submitted_nothing_is_not_submitted() -> None:
    assert states(built([], (Town(6, "074471", "会津美里町", 0, True),))) == ["not_submitted"]


def test_a_line_in_two_groups_is_aligned_once() -> None:
    second = Group(11, "F-002", "検索", None)
    found = built([line(A, 1, 100), line(A, 1, 100, group_id=11)], groups=(GROUP, second))
    assert (found.submitted_count, found.aligned_count, found.unaligned_count) == (15, 1, 14)


def test_filters() -> None:
    groups = [
        Group(number, f"F-{number:03}", "名", goal, standards)
        for number, goal, standards in (
            (1, 7, ("A-0010001-01",)),
            (2, 8, ()),
            (3, None, ()),
            (4, 7, ()),
        )
    ]
    found = built(
        [
            *(line(town, 10 + town.id, 100, group_id=1) for town in (A, B, C)),
            *(line(town, 20 + town.id, 200, group_id=2) for town in (A, B)),
            line(C, 23, 201, group_id=2, relation="value_differs"),
            line(A, 31, 300, group_id=3, suspect=True),
            *(line(town, 40 + town.id, 400 + town.id, group_id=4) for town in (A, B, C)),
        ],
        standards={1: frozenset({100})},
        groups=groups,
    )

    def codes(**options: object) -> list[str]:
        return [row.group.code for row in found.select(**options)]  # type: ignore[arg-type]

    assert codes() == ["F-001", "F-002", "F-003", "F-004"]
    assert codes(show=Show.DIFFERENCES) == ["F-002", "F-004"]
    assert codes(show=Show.VALUES) == ["F-002"]
    assert codes(show=Show.ABSENT) == ["F-003"]
    assert codes(show=Show.SUSPECT) == ["F-003"]
    assert codes(show=Show.NO_STANDARD) == ["F-002", "F-003", "F-004"]
    assert codes(goal_ids={7}) == ["F-001", "F-004"]
    assert codes(goal_ids={7}, show=Show.DIFFERENCES) == ["F-004"]
    assert codes(town=B) == ["F-001", "F-002", "F-004"]
    assert codes(town=A, show=Show.DIFFERENCES) == []
    assert codes(town=B, show=Show.DIFFERENCES) == ["F-004"]
    assert codes(town=C, show=Show.ABSENT) == ["F-003"]
    assert codes(town=C, show=Show.NO_STANDARD) == ["F-002", "F-004"]
    assert found.counts == {
        Show.ALL: 4,
        Show.DIFFERENCES: 2,
        Show.VALUES: 1,
        Show.ABSENT: 1,
        Show.SUSPECT: 1,
        Show.NO_STANDARD: 3,
    }


def test_mixed_marks_are_a_difference_of_their_own() -> None:
    found = built([line(A, 1, 100), line(B, 2, 100, obligation="optional"), line(C, 3, 100)])
    assert states(found) == ["same"] * 3
    assert found.rows[0].obligations == {"mandatory", "optional"}


TOWNS = st.lists(
    st.builds(
        lambda number, submitted, hides: (number, submitted, hides),
        st.integers(1, 6),
        st.integers(0, 1),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
).map(
    lambda found: [
        Town(number, f"07{number:04}", f"町{number}", submitted * 30, hides)
        for number, submitted, hides in sorted(found)
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Town], list[Plain], dict[int, frozenset[int]]]:
    towns = draw(TOWNS)
    able = [town for town in towns if town.submitted]
    lines: list[Plain] = []
    if able:
        picks = draw(
            st.lists(
                st.tuples(
                    st.sampled_from(able),
                    st.integers(1, 3),
                    st.integers(1, 4),
                    st.sampled_from([relation.value for relation in Relation]),
                    st.booleans(),
                ),
                max_size=25,
            )
        )
        lines = [
            line(town, at, body, group_id=group, relation=relation, suspect=suspect)
            for at, (town, group, body, relation, suspect) in enumerate(picks, 1)
        ]
    standards = draw(
        st.dictionaries(st.integers(1, 3), st.frozensets(st.integers(1, 4)), max_size=3)
    )
    return towns, lines, standards


GROUPS = [Group(number, f"F-{number:03}", "名", None) for number in (1, 2, 3)]


@given(tables(), st.randoms(use_true_random=False))
def test_cells_follow_their_definition_in_any_order_of_lines(table, random) -> None:  # type: ignore[no-untyped-def]
    towns, lines, standards = table
    found = matrix.build(towns, GROUPS, lines, standards)
    shuffled = list(lines)
    random.shuffle(shuffled)
    again = matrix.build(towns, GROUPS, shuffled, standards)
    assert [row.cells for row in found.rows] == [row.cells for row in again.rows]
    for row in found.rows:
        visible = {
            town.id: [one for one in lines if one[0] == row.group.id and one[1] == town.id]
            for town in towns
            if not town.hides
        }
        bases = standards.get(row.group.id)
        if bases is None:
            voices = Counter(
                body for found_lines in visible.values() for body in {one[3] for one in found_lines}
            )
            most = max(voices.values(), default=0)
            winner = next(
                (
                    body
                    for town in towns
                    for body in [one[3] for one in visible.get(town.id, [])]
                    if voices[body] == most
                ),
                None,
            )
            bases = frozenset() if winner is None else frozenset({winner})
        for town, cell in zip(towns, row.cells, strict=True):
            own = visible.get(town.id, [])
            if not town.submitted:
                expected = CellState.NOT_SUBMITTED
            elif town.hides:
                expected = CellState.HIDDEN
            elif not own:
                expected = CellState.ABSENT
            elif {one[3] for one in own} <= bases:
                expected = CellState.SAME
            else:
                expected = CellState.DIFFERS
            assert cell.state is expected
            assert cell.requirement_ids == tuple(sorted(one[2] for one in own))
            assert cell.suspect == any(one[4] != one[5] for one in own)
            assert (cell.relation is None) == (expected is not CellState.DIFFERS)


@given(tables())
def test_what_others_see_does_not_depend_on_the_lines_of_a_hiding_town(table) -> None:  # type: ignore[no-untyped-def]
    towns, lines, standards = table
    hiding = {town.id for town in towns if town.hides}
    open_lines = [one for one in lines if one[1] not in hiding]
    full = matrix.build(towns, GROUPS, lines, standards)
    bare = matrix.build(towns, GROUPS, open_lines, standards)
    assert [row.cells for row in full.rows] == [row.cells for row in bare.rows]
    assert [row.base for row in full.rows] == [row.base for row in bare.rows]
    assert [row.obligations for row in full.rows] == [row.obligations for row in bare.rows]
    assert full.counts == bare.counts


@given(tables())
def test_every_filter_shows_a_part_and_a_town_narrows_it(table) -> None:  # type: ignore[no-untyped-def]
    towns, lines, standards = table
    found = matrix.build(towns, GROUPS, lines, standards)
    for show in Show:
        everywhere = found.select(show=show)
        assert len(everywhere) == found.counts[show] <= len(found.rows)
        for town in towns:
            narrowed = found.select(show=show, town=town)
            assert all(row in everywhere for row in narrowed)
