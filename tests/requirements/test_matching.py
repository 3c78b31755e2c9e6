from __future__ import annotations

from dataclasses import replace
from typing import Any

from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.matching import Ground, Plan, plan
from registry.requirements.models import Obligation, RequirementKind, RequirementState
from registry.requirements.rows import Checked, Line
from registry.requirements.storage import Stored
from registry.requirements.values import Values, own_id

MUST = Mark(Axis.OBLIGATION, "mandatory").to_data()
MAY = Mark(Axis.OBLIGATION, "optional").to_data()
LEGEND = Legend(
    columns={
        "ID": Field.ID,
        "分類": Field.SECTION,
        "番号": Field.NUMBER,
        "要件": Field.TEXT,
        "区分": Field.MARK,
        "目標": Field.GOAL,
    },
    marks={
        "◎": Mark(Axis.OBLIGATION, "mandatory"),
        "○": Mark(Axis.OBLIGATION, "optional"),
    },
)
GOALS = {"G-1": (1, False), "G-9": (9, True)}


def stored(number: int, text: str, *, list_id: int = 1, **more: Any) -> Stored:
    values: dict[str, Any] = {"section": "照会", "label": str(number)} | more
    return Stored(
        values=Values(text=text, **values),
        id=number,
        list_id=list_id,
        position=number * 10,
        row_version=3,
        state=RequirementState.DRAFT,
        draft_id=100 + number,
        submitted_id=None,
        confirmed_id=None,
        return_reason="",
        number=3,
        wording=3,
    )


def line(row: int, text: str, **more: Any) -> Line:
    values: dict[str, Any] = {
        "id": "",
        "section": "照会",
        "number": "",
        "mark": "",
        "obligation": None,
        "meaning": None,
        "kind": None,
        "goal": None,
        "step": "",
        "note": "",
    }
    return Line(row=row, text=text, **(values | more))


def planned(
    lines: list[Line], held: list[Stored], legend: Legend = LEGEND, **legends: Legend
) -> Plan:
    ground = Ground(
        stored={one.id: one for one in held},
        goals=GOALS,
        legends={1: legends.get("first", LEGEND)},
    )
    return plan(Checked(lines=tuple(lines)), legend, ground)


def changed(found: Plan) -> list[tuple[int, int]]:
    return [(one.row, one.before.id) for one in found.changed]


def test_a_row_is_found_by_its_own_id_first() -> None:
    held = [stored(1, "照会", external_id="F-1"), stored(2, "予約", external_id="F-2")]
    found = planned([line(2, "予約できること。", id="Ｆ-2", number="1")], held)
    assert changed(found) == [(2, 2)]
    assert found.changed[0].values.label == "1"


def test_then_by_section_and_number() -> None:
    held = [stored(1, "照会"), stored(2, "予約"), stored(3, "予約", section="予約", label="2")]
    found = planned([line(2, "予約を取り消せること。", number="２")], held)
    assert changed(found) == [(2, 2)]


def test_then_by_what_it_says() -> None:
    held = [stored(1, "空きを照会できること。"), stored(2, "予約できること。")]
    found = planned([line(2, "①予約すること", section="別の分類", number="9-9")], held)
    assert changed(found) == [(2, 2)]
    assert found.new == ()


def test_one_counterpart_answers_for_one_row() -> None:
    held = [stored(1, "予約できること。")]
    rows = [line(2, "予約できること。", number="1"), line(3, "予約できること。", section="窓口")]
    found = planned(rows, held)
    assert [one.id for one in found.unchanged] == [1]
    assert [one.row for one in found.new] == [3]


def test_two_lines_with_one_number_are_told_apart_by_their_text() -> None:
    held = [stored(1, "照会できること。", label="1"), stored(2, "予約できること。", label="1")]
    found = planned([line(2, "予約できること。", number="1")], held)
    assert [one.id for one in found.unchanged] == [2]


def test_a_line_with_another_id_is_another_line() -> None:
    held = [stored(1, "照会できること。", external_id="F-1")]
    found = planned([line(2, "照会できること。", id="F-2", number="1")], held)
    assert [one.row for one in found.new] == [2]


def test_an_id_of_our_own_export_finds_its_line_whatever_else_changed() -> None:
    held = [stored(1, "照会", external_id="F-1"), stored(2, "予約")]
    row = line(2, "取消できること。", id=own_id(2), version=3, section="取消", number="5")
    found = planned([row], held)
    assert changed(found) == [(2, 2)]
    assert found.changed[0].values.external_id == ""


def test_an_id_of_another_town_is_refused() -> None:
    found = planned([line(2, "照会できること。", id=own_id(77))], [stored(1, "照会できること。")])
    assert (found.new, found.changed, found.unchanged) == ((), (), ())
    (refused,) = found.rejections
    assert (refused.row, refused.column, refused.value) == (2, "ID", "KAIZU-77")
    assert "IDの欄を空に" in refused.mend
    assert found.counts()["rejected"] == 1


def test_a_line_changed_since_the_export_is_refused() -> None:
    held = [stored(1, "画面で直した要件")]
    found = planned([line(2, "ファイルで直した要件", id=own_id(1), version=2, number="1")], held)
    assert found.changed == ()
    assert "画面で変更されています" in found.rejections[0].reason
    same = planned([line(2, "画面で直した要件", id=own_id(1), version=2, number="1")], held)
    assert [one.id for one in same.unchanged] == [1]


def test_our_own_words_do_not_replace_the_towns_marks() -> None:
    held = [stored(1, "照会", mark="◎", meaning=MUST, obligation=Obligation.MANDATORY)]
    words = {"id": own_id(1), "number": "1", "mark": "必須", "meaning": MUST}
    same = planned([line(2, "照会", obligation="mandatory", **words)], held)
    assert [one.id for one in same.unchanged] == [1]
    words |= {"mark": "任意", "meaning": MAY}
    (change,) = planned([line(2, "照会", obligation="optional", **words)], held).changed
    assert (change.values.mark, change.values.obligation) == ("○", Obligation.OPTIONAL)


def test_columns_the_file_lacks_stay_as_they_were() -> None:
    held = [stored(1, "照会", note="条例", kind=RequirementKind.FORM, goal_id=9, step="受付")]
    legend = Legend(columns={"番号": Field.NUMBER, "分類": Field.SECTION, "要件": Field.TEXT})
    (change,) = planned([line(2, "検索", number="1")], held, legend).changed
    assert change.values == replace(held[0].values, text="検索")


def test_a_mapped_column_left_empty_empties_the_field() -> None:
    held = [stored(1, "照会", goal_id=1, mark="◎", meaning=MUST, obligation=Obligation.MANDATORY)]
    (change,) = planned([line(2, "照会", number="1")], held).changed
    assert (change.values.goal_id, change.values.mark, change.values.obligation) == (None, "", None)


def test_a_closed_goal_takes_no_new_line() -> None:
    held = [stored(1, "照会", goal_id=9)]
    rows = [line(2, "検索", number="1", goal="G-9"), line(3, "帳票", goal="G-9")]
    found = planned(rows, held)
    assert changed(found) == [(2, 1)]
    assert [(one.row, one.column, one.value) for one in found.rejections] == [(3, "目標", "G-9")]


def test_new_rows_stand_where_the_file_has_them() -> None:
    held = [stored(1, "照会"), stored(2, "予約")]
    rows = [
        line(2, "先頭の行"),
        line(3, "照会", number="1"),
        line(4, "間の行"),
        line(5, "予約", number="2"),
        line(6, "末尾の行"),
    ]
    assert [(one.row, one.position) for one in planned(rows, held).new] == [
        (2, 9),
        (4, 10),
        (6, 20),
    ]
    assert [one.position for one in planned(rows[:1], held).new] == [None]


def test_missing_lines_are_those_of_the_lists_the_file_speaks_of() -> None:
    held = [stored(1, "照会"), stored(2, "予約"), stored(3, "帳票", list_id=2)]
    found = planned([line(2, "照会", number="1"), line(3, "新しい行")], held)
    assert [one.id for one in found.missing] == [2]
    assert found.counts() == {
        "new": 1,
        "changed": 0,
        "unchanged": 1,
        "rejected": 0,
        "missing": 1,
    }
