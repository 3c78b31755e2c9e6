from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from registry.db import Database
from registry.requirements import editing, service
from registry.requirements.editing import Answer, Row
from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.models import Obligation, Requirement, RequirementList
from registry.requirements.values import Values
from tests.requirements.lists import a_list, edit, lines
from tests.world import World

MUST = Mark(Axis.OBLIGATION, "mandatory")


def save(
    session: Session, world: World, rows: Sequence[Row], *, whole: bool = False
) -> list[Answer]:
    return editing.save_rows(
        session,
        world.of("contributor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        rows=rows,
        whole=whole,
    )


def marked(session: Session, world: World) -> Requirement:
    """A line of a list whose ◎ means 必須 and whose ○ means 任意."""
    on_list = a_list(session, world)
    on_list.legend = Legend(
        columns={"要件": Field.TEXT},
        marks={"◎": MUST, "○": Mark(Axis.OBLIGATION, "optional")},
    ).to_data()
    return service.save_new(
        session,
        world.of("editor"),
        requirement_list=on_list,
        values=Values(
            text="照会",
            external_id="F-1",
            mark="◎",
            meaning=MUST.to_data(),
            obligation=Obligation.MANDATORY,
        ),
    )


def test_changed_fields_alone_are_changed(session: Session, world: World) -> None:
    row = marked(session, world)
    (answer,) = save(session, world, [Row(str(row.id), 1, {"note": "条例による"})])
    assert (answer.ok, answer.changed, answer.version) == (True, True, 2)
    version = row.draft_version
    assert version is not None
    assert (version.text, version.note, version.mark, version.external_id) == (
        "照会",
        "条例による",
        "◎",
        "F-1",
    )


def test_the_mark_follows_the_obligation(session: Session, world: World) -> None:
    row = marked(session, world)
    save(session, world, [Row(str(row.id), 1, {"obligation": "任意"})])
    assert row.draft_version is not None
    assert (row.draft_version.mark, row.draft_version.obligation) == ("○", Obligation.OPTIONAL)


def test_an_unchanged_row_may_carry_an_old_version(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    edit(session, world.of("editor"), row, "検索できること。")
    (answer,) = save(session, world, [Row(str(row.id), 1, {"text": "検索できること。"})])
    assert (answer.ok, answer.changed, answer.version) == (True, False, 2)


def test_a_conflict_holds_up_a_whole_block(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    edit(session, world.of("editor"), one, "検索できること。")
    rows = [Row(str(one.id), 1, {"text": "閲覧"}), Row(str(two.id), 1, {"text": "申込"})]
    first, second = save(session, world, rows, whole=True)
    assert first.conflict is not None
    assert first.conflict["who"] == "会津若松市 情報部門"
    assert second.ok
    assert two.version == 1
    first, second = save(session, world, rows)
    assert (first.ok, second.ok, two.version) == (False, True, 2)


def test_new_rows_go_to_the_hand_kept_list(session: Session, world: World) -> None:
    answers = save(
        session, world, [Row("new-1", None, {"text": "照会"}), Row("new-2", None, {"text": "予約"})]
    )
    found = [session.get_one(Requirement, int(one.id)) for one in answers]
    (list_id,) = {one.list_id for one in found}
    assert session.get_one(RequirementList, list_id).name == service.HAND_KEPT
    (third,) = save(session, world, [Row("new-1", None, {"text": "帳票"})])
    assert session.get_one(Requirement, int(third.id)).list_id == list_id


def test_cells_and_values_say_the_same(session: Session, world: World, database: Database) -> None:
    values = Values(text="照会", label="1", obligation=Obligation.PROHIBITED, goal_id=3)
    fields = editing.to_fields(values, {3: "G-1"})
    assert fields["kind"] == ""
    assert (fields["obligation"], fields["goal"]) == ("prohibited", "G-1")
    (answer,) = save(session, world, [Row("new-1", None, fields | {"goal": "G-1-1"})])
    stored = session.get_one(Requirement, int(answer.id)).draft_version
    assert stored is not None
    assert stored.obligation == Obligation.PROHIBITED
    assert stored.goal_id == world.goals["G-1-1"].id
