from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, terminal_actor
from registry.audit import AuditEvent
from registry.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from registry.requirements import queries, service
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.service import Save
from registry.requirements.values import Values
from tests.requirements.lists import a_list, agreed, edit, lines, submit
from tests.world import World


def events(session: Session) -> list[tuple[str, str, Any, Any]]:
    audit.seal(session)
    found = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence))
    return [(one.action, one.subject, one.before, one.after) for one in found]


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


# ── submitting and judging ──


def test_from_draft_to_confirmed(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    items = submit(session, world, [one])
    assert state(session, one) == RequirementState.SUBMITTED
    assert state(session, two) == RequirementState.DRAFT
    assert service.confirm(session, world.of("approver"), items=items) == 1
    assert state(session, one) == RequirementState.CONFIRMED
    assert one.confirmed_version_id == one.submitted_version_id == items[0][1]
    assert service.confirm(session, world.of("approver"), items=items) == 0


def test_submitting_everything_takes_drafts_and_returned_lines(
    session: Session, world: World
) -> None:
    rows = lines(session, world, ["照会", "予約", "帳票"])
    (beside,) = lines(session, world, ["照会"], business=world.other_business)
    items = submit(session, world, rows[:2])
    service.send_back(session, world.of("approver"), items=items[:1], reason="単位がない")
    count = service.submit(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        requirement_ids=None,
    )
    assert count == 2
    assert {state(session, row) for row in rows} == {RequirementState.SUBMITTED}
    assert rows[0].return_reason == ""
    assert state(session, beside) == RequirementState.DRAFT


def test_a_new_wording_is_a_draft_while_others_read_the_old(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    edit(session, world.of("editor"), row, "検索できること。")
    assert row.state == RequirementState.DRAFT
    assert submitted_text(session, row) == "照会できること。"
    service.confirm(session, world.of("approver"), items=items)
    assert row.state == RequirementState.DRAFT
    assert row.confirmed_version_id == items[0][1] != row.draft_version_id


def test_only_the_exact_version_is_confirmed(session: Session, world: World) -> None:
    rows = lines(session, world, ["照会できること。", "予約できること。"])
    items = submit(session, world, rows)
    edit(session, world.of("editor"), rows[0], "検索できること。")
    submit(session, world, rows[:1])
    for act in (
        lambda: service.confirm(session, world.of("approver"), items=items),
        lambda: service.send_back(session, world.of("approver"), items=items, reason="古い"),
    ):
        with pytest.raises(Conflict, match="何も変更していません"):
            act()
    assert rows[1].confirmed_version_id is None


def test_nobody_confirms_what_they_submitted(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    turned = world.of("approver")
    row.submitted_by = turned.account_id
    session.flush()
    with pytest.raises(Forbidden, match="自分で提出した"):
        service.confirm(session, turned, items=items)
    with pytest.raises(Forbidden, match="自分で提出した"):
        service.send_back(session, turned, items=items, reason="やはり")
    assert row.confirmed_version_id is None


def test_returning_needs_a_reason(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    with pytest.raises(Invalid) as caught:
        service.send_back(session, world.of("approver"), items=items, reason=" 　")
    assert list(caught.value.fields) == ["reason"]
    assert row.state == RequirementState.SUBMITTED


def test_a_returned_line_falls_back_to_the_confirmed_wording(
    session: Session, world: World
) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    approver = world.of("approver")
    first = submit(session, world, [row])
    service.confirm(session, approver, items=first)
    edit(session, world.of("editor"), row, "検索できること。")
    second = submit(session, world, [row], "語を改めた。")
    assert submitted_text(session, row) == "検索できること。"
    assert service.send_back(session, approver, items=second, reason="基準がない") == 1
    assert (row.state, row.return_reason) == (RequirementState.RETURNED, "基準がない")
    assert submitted_text(session, row) == "照会できること。"
    assert row.draft_version_id == second[0][1]


def test_a_first_submission_returned_is_seen_by_nobody(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    service.send_back(session, world.of("approver"), items=items, reason="書き直し")
    assert row.submitted_version_id is None
    edit(session, world.of("editor"), row, "検索できること。")
    assert (row.state, row.return_reason) == (RequirementState.DRAFT, "書き直し")


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
        "submit": lambda who: service.submit(session, who, requirement_ids=[row.id], **owner),
        "set_goal": lambda who: service.set_goal(
            session, who, requirement_ids=[row.id], goal_id=None, **owner
        ),
        "confirm": lambda who: service.confirm(session, who, items=items),
        "send_back": lambda who: service.send_back(session, who, items=items, reason="理由"),
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
            service.submit(
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
    service.submit(
        session,
        terminal,
        municipality_id=row.municipality_id,
        business_id=row.business_id,
        requirement_ids=None,
    )
    items = [(row.id, row.submitted_version_id or 0)]
    with pytest.raises(Forbidden):
        service.confirm(session, terminal, items=items)
    assert service.confirm(session, world.of("approver"), items=items) == 1


def test_every_change_is_recorded(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    approver = world.of("approver")
    edit(session, world.of("editor"), row, "検索できること。")
    service.send_back(session, approver, items=submit(session, world, [row]), reason="主語がない")
    service.confirm(session, approver, items=submit(session, world, [row]))
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


def test_the_record_of_a_submission_holds_its_reasons(session: Session, world: World) -> None:
    one, two = agreed(session, world, ["照会できること。", "予約できること。"])
    (new,) = lines(session, world, ["帳票を出せること。"])
    for row in (one, two):
        edit(session, world.of("editor"), row, "改めること。")
    count = service.submit(
        session,
        world.of("editor"),
        municipality_id=one.municipality_id,
        business_id=one.business_id,
        requirement_ids=None,
        reasons={two.id: " 条例の改正。 "},
        reason="様式を揃えた。",
    )
    assert count == 3
    sent = [after for action, _, _, after in events(session) if action == "requirements.submit"]
    assert sent[-1]["reasons"] == {str(one.id): "様式を揃えた。", str(two.id): "条例の改正。"}
    assert [new.id, new.draft_version_id] in sent[-1]["items"]


def test_without_a_reason_an_agreed_line_stays_where_it_is(session: Session, world: World) -> None:
    one, two = agreed(session, world, ["照会できること。", "予約できること。"])
    (new,) = lines(session, world, ["帳票を出せること。"])
    edit(session, world.of("editor"), two, "改めること。")
    before = len(events(session))
    with pytest.raises(Invalid) as caught:
        submit(session, world, [one, two, new])
    assert list(caught.value.fields) == [f"reasons.{two.id}"]
    assert state(session, new) == RequirementState.DRAFT
    assert submitted_text(session, two) == "予約できること。"
    assert len(events(session)) == before


def test_nothing_chosen_is_said(session: Session, world: World) -> None:
    approver, editor = world.of("approver"), world.of("editor")
    owner: dict[str, Any] = {
        "municipality_id": world.towns["072028"].id,
        "business_id": world.business.id,
    }
    acts: list[Any] = [
        lambda: service.confirm(session, approver, items=[]),
        lambda: service.submit(session, editor, requirement_ids=[], **owner),
        lambda: service.delete_many(session, editor, items=[], **owner),
    ]
    for act in acts:
        with pytest.raises(DomainError, match="選ばれていません"):
            act()
