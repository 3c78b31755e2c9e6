from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.errors import Conflict, Forbidden, Invalid
from registry.requirements import queries, reviewing, service
from registry.requirements.models import (
    Requirement,
    RequirementState,
)
from tests.requirements.lists import agreed, edit, events, lines, submit
from tests.world import World


def state(session: Session, row: Requirement) -> RequirementState:
    session.refresh(row)
    return row.state


def submitted_text(session: Session, row: Requirement) -> str | None:
    return row.submitted_version.text if row.submitted_version else None


def test_from_draft_to_confirmed(session: Session, world: World) -> None:
    one, two = lines(session, world, ["照会できること。", "予約できること。"])
    items = submit(session, world, [one])
    assert state(session, one) == RequirementState.SUBMITTED
    assert state(session, two) == RequirementState.DRAFT
    assert reviewing.confirm(session, world.of("approver"), items=items) == 1
    assert state(session, one) == RequirementState.CONFIRMED
    assert one.confirmed_version_id == one.submitted_version_id == items[0][1]
    assert reviewing.confirm(session, world.of("approver"), items=items) == 0


def test_submitting_everything_takes_drafts_and_returned_lines(
    session: Session, world: World
) -> None:
    rows = lines(session, world, ["照会", "予約", "帳票"])
    (beside,) = lines(session, world, ["照会"], business=world.other_business)
    items = submit(session, world, rows[:2])
    reviewing.send_back(session, world.of("approver"), items=items[:1], reason="単位がない")
    count = reviewing.submit(
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
    reviewing.confirm(session, world.of("approver"), items=items)
    assert row.state == RequirementState.DRAFT
    assert row.confirmed_version_id == items[0][1] != row.draft_version_id


def test_only_the_exact_version_is_confirmed(session: Session, world: World) -> None:
    rows = lines(session, world, ["照会できること。", "予約できること。"])
    items = submit(session, world, rows)
    edit(session, world.of("editor"), rows[0], "検索できること。")
    submit(session, world, rows[:1])
    for act in (
        lambda: reviewing.confirm(session, world.of("approver"), items=items),
        lambda: reviewing.send_back(session, world.of("approver"), items=items, reason="古い"),
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
        reviewing.confirm(session, turned, items=items)
    with pytest.raises(Forbidden, match="自分で提出した"):
        reviewing.send_back(session, turned, items=items, reason="やはり")
    assert row.confirmed_version_id is None


def test_returning_needs_a_reason(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    with pytest.raises(Invalid) as caught:
        reviewing.send_back(session, world.of("approver"), items=items, reason=" 　")
    assert list(caught.value.fields) == ["reason"]
    assert row.state == RequirementState.SUBMITTED


def test_a_returned_line_falls_back_to_the_confirmed_wording(
    session: Session, world: World
) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    approver = world.of("approver")
    first = submit(session, world, [row])
    reviewing.confirm(session, approver, items=first)
    edit(session, world.of("editor"), row, "検索できること。")
    second = submit(session, world, [row], "語を改めた。")
    assert submitted_text(session, row) == "検索できること。"
    assert reviewing.send_back(session, approver, items=second, reason="基準がない") == 1
    assert (row.state, row.return_reason) == (RequirementState.RETURNED, "基準がない")
    assert submitted_text(session, row) == "照会できること。"
    assert row.draft_version_id == second[0][1]


def test_a_first_submission_returned_is_seen_by_nobody(session: Session, world: World) -> None:
    (row,) = lines(session, world, ["照会できること。"])
    items = submit(session, world, [row])
    reviewing.send_back(session, world.of("approver"), items=items, reason="書き直し")
    assert row.submitted_version_id is None
    edit(session, world.of("editor"), row, "検索できること。")
    assert (row.state, row.return_reason) == (RequirementState.DRAFT, "書き直し")


def test_the_record_of_a_submission_holds_its_reasons(session: Session, world: World) -> None:
    one, two = agreed(session, world, ["照会できること。", "予約できること。"])
    (new,) = lines(session, world, ["帳票を出せること。"])
    for row in (one, two):
        edit(session, world.of("editor"), row, "改めること。")
    count = reviewing.submit(
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


def exact(*rows: Requirement) -> list[tuple[int, int]]:
    return [(row.id, row.confirmed_version_id or 0) for row in rows]


def test_a_withdrawn_line_is_seen_by_nobody_else_and_stays_with_its_town(
    session: Session, world: World
) -> None:
    one, beside = agreed(session, world, ["照会できること。", "予約できること。"])
    approver, reason = world.of("approver"), "手書きの運用に戻した。"
    assert reviewing.withdraw(session, approver, items=exact(one), reason=reason) == 1
    assert one.submitted_version_id is one.confirmed_version_id is None
    assert one.state == RequirementState.RETURNED
    assert reason in one.return_reason
    assert beside.state == RequirementState.CONFIRMED
    seen = queries.submitted_lines(session, world.coordinator, world.business.id)
    assert [line.requirement_id for line in seen] == [beside.id]
    (taken,) = [event for event in events(session) if event[0] == "requirements.withdraw"]
    assert taken[1] == f"requirement:{one.id}"
    assert taken[3] == {"confirmed_version_id": None, "reason": reason}
    # It can be sent again as it is, or now be deleted.
    submit(session, world, [one])
    assert submitted_text(session, one) == "照会できること。"


def test_a_withdrawn_line_can_be_deleted(session: Session, world: World) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    with pytest.raises(Conflict, match="取り下げてもらい"):
        service.delete(session, world.of("editor"), row, version=row.version)
    reviewing.withdraw(session, world.of("approver"), items=exact(row), reason="廃止した。")
    session.refresh(row)
    service.delete(session, world.of("editor"), row, version=row.version)
    assert row.deleted_at is not None


def test_what_the_town_writes_meanwhile_is_kept_on_withdrawing(
    session: Session, world: World
) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    edit(session, world.of("editor"), row, "検索できること。")
    reviewing.withdraw(session, world.of("approver"), items=exact(row), reason="廃止した。")
    assert row.state == RequirementState.DRAFT
    assert row.draft_version is not None
    assert row.draft_version.text == "検索できること。"


def test_a_newer_submission_or_another_wording_is_not_withdrawn(
    session: Session, world: World
) -> None:
    one, two, draft = [
        *agreed(session, world, ["照会できること。", "予約できること。"]),
        *lines(session, world, ["下書き"]),
    ]
    edit(session, world.of("editor"), one, "検索できること。")
    submit(session, world, [one], "語を改めた。")
    approver = world.of("approver")
    with pytest.raises(Conflict, match="確定を待っています"):
        reviewing.withdraw(session, approver, items=exact(two, one), reason="廃止した。")
    for stale in ([(two.id, one.confirmed_version_id or 0)], [(draft.id, 1)]):
        with pytest.raises(Conflict, match="別の文が確定されたか"):
            reviewing.withdraw(session, approver, items=stale, reason="廃止した。")
    assert two.state == RequirementState.CONFIRMED


@pytest.mark.parametrize("reason", ["", " 　", "あ" * 2001])
def test_withdrawing_needs_a_reason(session: Session, world: World, reason: str) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    with pytest.raises(Invalid) as caught:
        reviewing.withdraw(session, world.of("approver"), items=exact(row), reason=reason)
    assert list(caught.value.fields) == ["reason"]
    assert row.confirmed_version_id is not None
