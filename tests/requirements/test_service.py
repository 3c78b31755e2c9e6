from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.access import Actor, terminal_actor
from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.requirements import queries, reviewing, service
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.service import Save
from registry.requirements.values import Values
from tests.requirements.lists import a_list, agreed, edit, events, lines, submit
from tests.world import World


def submitted_text(session: Session, row: Requirement) -> str | None:
    return row.submitted_version.text if row.submitted_version else None


def state(session: Session, row: Requirement) -> RequirementState:
    session.refresh(row)
    return row.state


# ── writing ──


def test_a_new_line_is_a_draft_at_the_end(session: Session, world: World) -> None:
    one, two = lines(session, world, ["空きを照会できること。", "予約を申し込めること。"])
    assert (one.state, one.version) == (RequirementState.DRAFT, 1)
    assert (one.position, two.position) == (1, 2)
    version = one.draft_version
    assert version is not None
    assert (version.number, version.text, version.section) == (1, "空きを照会できること。", "照会")
    assert version.account_id == world.of("editor").account_id
    assert version.body.text == "空きを照会"
    assert submitted_text(session, one) is None


def test_save_new_takes_a_place_and_every_value(session: Session, world: World) -> None:
    values = Values(
        text="照会",
        external_id="F-1",
        section="施設",
        label="1-1",
        mark="◎",
        meaning={"axis": "obligation", "value": "mandatory"},
        obligation=Obligation.MANDATORY,
        goal_id=world.goals["G-1-1"].id,
        step="受付",
        note="条例による",
    )
    row = service.save_new(
        session,
        world.of("contributor"),
        requirement_list=a_list(session, world),
        values=values,
        position=7,
    )
    stored = row.draft_version
    assert stored is not None
    assert row.position == 7
    assert {name: getattr(stored, name) for name in values.columns()} == values.columns()


def test_each_save_adds_a_version_and_counts_up(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    editor = world.of("editor")
    edit(session, editor, row, "検索できること。")
    assert row.version == 2
    edit(session, editor, row, "検索できること。")
    assert row.version == 2
    history = queries.history(session, editor, row)
    assert [(one.version.number, one.version.text) for one in history] == [
        (2, "検索できること。"),
        (1, "照会できること。"),
    ]
    assert [one.is_draft for one in history] == [True, False]


def test_a_version_cannot_be_changed_behind_the_back(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    with pytest.raises(DBAPIError, match="frozen"):
        session.execute(
            sa.update(RequirementVersion)
            .where(RequirementVersion.id == row.draft_version_id)
            .values(text="書き換え")
        )


def test_a_stale_edit_is_refused_and_shows_the_other_side(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    edit(session, world.of("contributor"), row, "検索できること。")
    with pytest.raises(Conflict) as caught:
        service.save_edit(
            session, world.of("editor"), row, version=1, values=Values(text="閲覧できること。")
        )
    assert caught.value.theirs["text"] == "検索できること。"
    assert caught.value.theirs["version"] == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [({"text": " "}, "0.text"), ({"text": "照会", "label": "1" * 101}, "0.label")],
)
def test_a_line_without_a_text_is_refused(
    session: Session, world: World, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        service.save_new(
            session,
            world.of("editor"),
            requirement_list=a_list(session, world),
            values=Values(**values),
        )
    assert list(caught.value.fields) == [field]


def test_a_closed_goal_refuses_new_lines_but_keeps_old_ones(session: Session, world: World) -> None:
    goal = session.merge(world.goals["G-1-1"])
    editor, on_list = world.of("editor"), a_list(session, world)
    values = Values(text="照会できること。", goal_id=goal.id)
    row = service.save_new(session, editor, requirement_list=on_list, values=values)
    goal.closed = True
    with pytest.raises(Invalid) as caught:
        service.save_new(session, editor, requirement_list=on_list, values=values)
    assert "終了" in caught.value.fields["0.goal_id"][0]
    kept = Values(text="検索できること。", goal_id=goal.id)
    service.save_edit(session, editor, row, version=row.version, values=kept)
    foreign = Values(text="照会できること。", goal_id=world.foreign_goal.id)
    with pytest.raises(Invalid) as caught:
        service.save_new(session, editor, requirement_list=on_list, values=foreign)
    assert "目標ツリーにありません" in caught.value.fields["0.goal_id"][0]


def test_a_block_is_stored_whole_or_not_at_all(session: Session, world: World) -> None:
    with pytest.raises(Invalid) as caught:
        service.save_many(
            session,
            world.of("editor"),
            requirement_list=a_list(session, world),
            lines=[Save(values=Values(text="照会")), Save(values=Values(text=""))],
        )
    assert list(caught.value.fields) == ["1.text"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == 0


def test_thousands_of_lines_take_few_statements(session: Session, world: World) -> None:
    statements: list[str] = []
    sa.event.listen(
        session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    on_list = a_list(session, world)
    saves = [Save(values=Values(text=f"帳票{n}を出力できること。")) for n in range(2_500)]
    statements.clear()
    saved = service.save_many(
        session, world.of("editor"), requirement_list=on_list, lines=saves, imported=True
    )
    assert len(statements) < 50, f"{len(statements)} statements"
    texts = {
        row.id: row.text
        for row in session.execute(
            sa.select(Requirement.id, RequirementVersion.text)
            .join(RequirementVersion, RequirementVersion.id == Requirement.draft_version_id)
            .order_by(Requirement.id)
        )
    }
    assert [texts[one.requirement_id] for one in saved] == [save.values.text for save in saves]


def test_one_goal_for_many_lines(session: Session, world: World) -> None:
    rows = lines(session, world, ["照会できること。", "予約できること。"])
    (beside,) = lines(session, world, ["帳票を出力できること。"], "072087")
    goal_id = world.goals["G-1-2"].id
    changed = service.set_goal(
        session,
        world.of("contributor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        requirement_ids=[row.id for row in rows],
        goal_id=goal_id,
    )
    assert changed == 2
    assert [row.draft_version.goal_id for row in rows if row.draft_version] == [goal_id] * 2
    assert [row.draft_version.text for row in rows if row.draft_version] == [
        "照会できること。",
        "予約できること。",
    ]
    assert beside.draft_version is not None
    assert beside.draft_version.goal_id is None


# ── taking away ──


def test_a_draft_can_be_deleted(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    service.delete(session, world.of("contributor"), one, version=one.version)
    assert one.deleted_at is not None
    assert two.deleted_at is None
    with pytest.raises(NotFound):
        edit(session, world.of("editor"), one, "検索できること。")


def test_a_submitted_line_is_never_deleted(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    submit(session, world, [one])
    edit(session, world.of("editor"), one, "検索できること。")
    with pytest.raises(Conflict, match="比較や対応付け") as caught:
        service.delete_many(
            session,
            world.of("editor"),
            municipality_id=one.municipality_id,
            business_id=one.business_id,
            items=[(two.id, None), (one.id, None)],
        )
    assert "「検索できること。」" in caught.value.message
    assert one.deleted_at is two.deleted_at is None


def test_a_stale_delete_is_refused(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    edit(session, world.of("contributor"), row, "検索できること。")
    with pytest.raises(Conflict):
        service.delete(session, world.of("editor"), row, version=1)


# ── who may ──


def _acts(session: Session, world: World) -> dict[str, Any]:
    (row,) = lines(session, world, ["照会できること。"])
    (sent,) = lines(session, world, ["予約できること。"])
    items = submit(session, world, [sent])
    (firm,) = agreed(session, world, ["帳票を出せること。"])
    owner: dict[str, Any] = {"municipality_id": row.municipality_id, "business_id": row.business_id}
    on_list = a_list(session, world)
    new = Values(text="帳票を出力できること。")
    return {
        "create_list": lambda who: service.create_list(session, who, name="一覧", **owner),
        "save_new": lambda who: service.save_new(
            session, who, requirement_list=on_list, values=new
        ),
        "save_edit": lambda who: service.save_edit(
            session, who, row, version=row.version, values=new
        ),
        "delete": lambda who: service.delete(session, who, row, version=row.version),
        "submit": lambda who: reviewing.submit(session, who, requirement_ids=[row.id], **owner),
        "set_goal": lambda who: service.set_goal(
            session, who, requirement_ids=[row.id], goal_id=None, **owner
        ),
        "confirm": lambda who: reviewing.confirm(session, who, items=items),
        "send_back": lambda who: reviewing.send_back(session, who, items=items, reason="理由"),
        "withdraw": lambda who: reviewing.withdraw(
            session, who, items=[(firm.id, firm.confirmed_version_id or 0)], reason="理由"
        ),
    }


WRITERS = {"contributor", "editor"}
MAY = {
    "create_list": WRITERS,
    "save_new": WRITERS,
    "save_edit": WRITERS,
    "delete": WRITERS,
    "submit": {"editor"},
    "set_goal": WRITERS,
    "confirm": {"approver"},
    "send_back": {"approver"},
    "withdraw": {"approver"},
}


@pytest.mark.parametrize("act", sorted(MAY))
def test_only_the_towns_own_people_may(session: Session, world: World, act: str) -> None:
    acts = _acts(session, world)
    refused: list[Actor] = [
        *(world.of(role) for role in ("contributor", "editor", "approver") if role not in MAY[act]),
        *(world.of(role, "072087") for role in ("contributor", "editor", "approver")),
        world.coordinator,
        world.administrator,
        world.vendor_actor(),
    ]
    for who in refused:
        with pytest.raises(Forbidden):
            acts[act](who)
    for who in (world.stranger, world.actors["editor@134210.example"]):
        with pytest.raises((NotFound, Forbidden)):
            acts[act](who)
    for role in sorted(MAY[act])[:1]:
        acts[act](world.of(role))


def test_lines_of_another_town_or_business_are_not_found(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    (neighbour,) = lines(session, world, ["照会できること。"], "072087")
    (elsewhere,) = lines(session, world, ["照会できること。"], business=world.other_business)
    editor = world.of("editor")
    for other in (neighbour, elsewhere):
        with pytest.raises(NotFound):
            reviewing.submit(
                session,
                editor,
                municipality_id=row.municipality_id,
                business_id=row.business_id,
                requirement_ids=[row.id, other.id],
            )
        with pytest.raises(NotFound):
            service.save_many(
                session,
                editor,
                requirement_list=a_list(session, world),
                lines=[Save(values=Values(text="書き換え"), requirement_id=other.id)],
            )
    assert row.submitted_version_id is None


def test_a_business_of_another_region_takes_no_list(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        service.create_list(
            session,
            world.of("editor"),
            municipality_id=world.towns["072028"].id,
            business_id=world.foreign_business.id,
            name="一覧",
        )


def test_the_terminal_may_write_and_cannot_confirm_itself(session: Session, world: World) -> None:
    terminal = terminal_actor(world.region.id)
    (row,) = lines(session, world, ["照会できること。"])
    reviewing.submit(
        session,
        terminal,
        municipality_id=row.municipality_id,
        business_id=row.business_id,
        requirement_ids=None,
    )
    items = [(row.id, row.submitted_version_id or 0)]
    with pytest.raises(Forbidden):
        reviewing.confirm(session, terminal, items=items)
    assert reviewing.confirm(session, world.of("approver"), items=items) == 1


def test_every_change_is_recorded(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    approver = world.of("approver")
    edit(session, world.of("editor"), row, "検索できること。")
    reviewing.send_back(session, approver, items=submit(session, world, [row]), reason="主語がない")
    reviewing.confirm(session, approver, items=submit(session, world, [row]))
    (gone,) = lines(session, world, ["誤記"])
    service.delete(session, world.of("editor"), gone, version=gone.version)
    subject = f"requirement:{row.id}"
    found = events(session)
    assert [action for action, about, _, _ in found if about == subject] == [
        "requirements.create",
        "requirements.edit",
        "requirements.send_back",
        "requirements.confirm",
    ]
    assert ("requirements.delete", f"requirement:{gone.id}") in [one[:2] for one in found]
    changed = next(one for one in found if one[0] == "requirements.edit")
    assert changed[2]["text"] == "照会できること。"
    assert changed[3]["text"] == "検索できること。"
    sent = next(one for one in found if one[0] == "requirements.submit")
    assert sent[3]["items"] == [[row.id, row.draft_version_id]]
    assert "reasons" not in sent[3]


def test_nothing_chosen_is_said(session: Session, world: World) -> None:
    approver, editor = world.of("approver"), world.of("editor")
    owner: dict[str, Any] = {
        "municipality_id": world.towns["072028"].id,
        "business_id": world.business.id,
    }
    acts: list[Any] = [
        lambda: reviewing.confirm(session, approver, items=[]),
        lambda: reviewing.submit(session, editor, requirement_ids=[], **owner),
        lambda: service.delete_many(session, editor, items=[], **owner),
    ]
    for act in acts:
        with pytest.raises(DomainError, match="選ばれていません"):
            act()
