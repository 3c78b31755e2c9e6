"""Which lines need a 変更理由, and that it cannot be changed afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import Invalid
from registry.requirements import service, storage, submissions
from registry.requirements.models import Obligation, Requirement, Submission
from registry.requirements.values import Values
from tests.requirements.lists import agreed, edit, lines, submit
from tests.world import World


def needing(session: Session, rows: list[Requirement]) -> list[int]:
    """The lines that are refused without a reason."""
    session.flush()
    stored = storage.stored_lines(
        session, municipality_id=rows[0].municipality_id, business_id=rows[0].business_id
    )
    try:
        submissions.checked_reasons(session, [stored[row.id] for row in rows], {}, " ")
    except Invalid as refused:
        return [int(name.removeprefix("reasons.")) for name in refused.fields]
    return []


def test_a_first_agreement_needs_no_reason(session: Session, world: World) -> None:
    new, sent = lines(session, world, ["照会できること。", "予約できること。"])
    submit(session, world, [sent])
    edit(session, world.of("editor"), sent, "予約を申し込めること。")
    assert needing(session, [new, sent]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"text": "検索できること。"},
        {"obligation": Obligation.OPTIONAL},
        {"note": "注"},
        {"step": "受付"},
    ],
)
def test_any_change_of_an_agreed_line_needs_one(
    session: Session, world: World, change: dict[str, Any]
) -> None:
    same, row = agreed(session, world, ["照会できること。", "予約できること。"])
    wording = {"text": "予約できること。", "section": "照会", "label": "2"} | change
    service.save_edit(
        session, world.of("editor"), row, version=row.version, values=Values(**wording)
    )
    assert needing(session, [same, row]) == [row.id]


def test_going_back_to_the_agreed_wording_needs_none(session: Session, world: World) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    for text in ("検索できること。", "照会できること。"):
        wording = Values(text=text, section="照会", label="1")
        service.save_edit(session, world.of("editor"), row, version=row.version, values=wording)
    assert row.draft_version_id != row.confirmed_version_id
    assert needing(session, [row]) == []


def test_a_wording_between_two_agreements_needs_its_own(session: Session, world: World) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    edit(session, world.of("editor"), row, "検索できること。")
    submit(session, world, [row], "語を改めた。")
    edit(session, world.of("editor"), row, "検索と照会ができること。")
    assert needing(session, [row]) == [row.id]


def test_the_common_reason_is_for_lines_without_their_own(session: Session, world: World) -> None:
    one, two = agreed(session, world, ["照会できること。", "予約できること。"])
    (new,) = lines(session, world, ["帳票を出せること。"])
    for row in (one, two):
        edit(session, world.of("editor"), row, "改めること。")
    session.flush()
    stored = storage.stored_lines(
        session, municipality_id=one.municipality_id, business_id=one.business_id
    )
    every = [stored[row.id] for row in (one, two, new)]
    given = submissions.checked_reasons(session, every, {two.id: "条例\n"}, " 様式 ")
    assert given == {one.id: "様式", two.id: "条例"}
    given = submissions.checked_reasons(session, every, {two.id: "条例", new.id: "新設"}, "様式")
    assert given[new.id] == "新設"


def test_a_reason_has_its_length(session: Session, world: World) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    edit(session, world.of("editor"), row, "検索できること。")
    session.flush()
    stored = storage.stored_lines(
        session, municipality_id=row.municipality_id, business_id=row.business_id
    )
    for own, common, field in (
        ({row.id: "あ" * 2001}, "", f"reasons.{row.id}"),
        ({}, "あ" * 2001, "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            submissions.checked_reasons(session, list(stored.values()), own, common)
        assert list(refused.value.fields) == [field]
        assert "2,000字以内" in refused.value.fields[field][0]


@pytest.mark.parametrize("act", ["UPDATE submission SET reason = ''", "DELETE FROM submission"])
def test_a_submission_is_never_changed(session: Session, world: World, act: str) -> None:
    (row,) = agreed(session, world, ["照会できること。"])
    edit(session, world.of("editor"), row, "検索できること。")
    submit(session, world, [row], "語を改めた。")
    reasons = sa.select(Submission.reason).order_by(Submission.id)
    assert list(session.scalars(reasons)) == ["", "語を改めた。"]
    with pytest.raises(sa.exc.DBAPIError, match="frozen"), session.begin_nested():
        session.execute(sa.text(act))
    assert list(session.scalars(reasons)) == ["", "語を改めた。"]
