from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.audit import AuditEvent
from registry.errors import Forbidden, Invalid, NotFound
from registry.requirements import findings, line_queries
from registry.requirements.line_queries import Filter
from registry.requirements.models import FindingJudgement, JudgementOutcome, Requirement
from registry.text.clarity.rules import Kind, Settings
from tests.requirements.lists import lines
from tests.world import World

TEXT = "税証明を迅速に発行できること。"


def judge(session: Session, world: World, row: Requirement, **changes: Any) -> FindingJudgement:
    wanted: dict[str, Any] = {
        "text": TEXT,
        "rule": "vague.speed",
        "phrase": "迅速に",
        "outcome": JudgementOutcome.REJECT,
        "reason": "窓口の案内に書いた言葉のまま残す。",
        "settings": Settings(),
    }
    actor = changes.pop("actor", world.of("contributor"))
    return findings.judge(session, actor, row, **wanted | changes)


def test_findings_are_sorted_by_what_is_left_to_do() -> None:
    checked = findings.check("各種証明書の迅速な交付", Settings())
    assert {one.finding.kind for one in checked.grave} == {Kind.VAGUE}
    assert [one.finding.kind for one in checked.advice] == [Kind.SENTENCE_FORM]
    assert checked.settled == ()
    assert findings.kinds([checked, checked])[0] == (Kind.VAGUE, 4)


def test_a_judged_finding_is_settled_until_it_is_taken_back(session: Session, world: World) -> None:
    row, other = lines(session, world, [TEXT, TEXT])
    made = judge(session, world, row)
    held = findings.judgements(session, [row.id, other.id])
    assert set(held) == {row.id}
    checked = findings.check(TEXT, Settings(), held[row.id])
    assert checked.grave == ()
    assert checked.settled[0].judgement is made
    # Another phrase of the line is another finding.
    assert findings.check("帳票を適切に印刷できること。", Settings(), held[row.id]).grave
    findings.withdraw(session, world.of("editor"), row, made.id)
    session.flush()
    assert findings.judgements(session, [row.id]) == {}


def test_a_second_judgement_replaces_the_first(session: Session, world: World) -> None:
    (row,) = lines(session, world, [TEXT])
    first = judge(session, world, row)
    second = judge(session, world, row, outcome=JudgementOutcome.DEFER, reason="部会で聞く。")
    assert first.id == second.id
    assert second.outcome is JudgementOutcome.DEFER


def test_what_may_not_be_judged(session: Session, world: World) -> None:
    (row,) = lines(session, world, [TEXT])
    made = judge(session, world, row)
    (other,) = lines(session, world, [TEXT])
    with pytest.raises(Forbidden):
        judge(session, world, row, actor=world.of("editor", "072087"))
    with pytest.raises(Forbidden):
        judge(session, world, row, actor=world.coordinator)
    with pytest.raises(Invalid) as no_reason:
        judge(session, world, row, reason="  ")
    assert "reason" in no_reason.value.fields
    with pytest.raises(Invalid):
        judge(session, world, row, phrase="適切に")
    with pytest.raises(NotFound):
        findings.withdraw(session, world.of("editor"), other, made.id)
    with pytest.raises(Forbidden):
        findings.withdraw(session, world.of("editor", "072087"), row, made.id)


def test_acts_are_recorded(session: Session, world: World) -> None:
    from registry import audit

    (row,) = lines(session, world, [TEXT])
    made = judge(session, world, row)
    findings.withdraw(session, world.of("editor"), row, made.id)
    audit.seal(session)
    actions = session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.subject == f"requirement:{row.id}")
        .order_by(AuditEvent.sequence)
    ).all()
    assert actions[-2:] == ["requirements.judge_finding", "requirements.withdraw_judgement"]


def test_the_workbook_has_a_row_a_finding(session: Session, world: World) -> None:
    row, _ = lines(session, world, [TEXT, "予約できること。"])
    judge(session, world, row)
    found = line_queries.lines(
        session,
        world.of("editor"),
        municipality_id=world.towns["072028"].id,
        business_id=world.business.id,
        narrowed=Filter(),
    ).items
    content = findings.workbook("点検結果", found, Settings(), session)
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    written = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert len(written) == 2
    assert written[1][2:6] == [TEXT, "要確認", "あいまい", "迅速に"]
    assert written[1][9:] == ["却下", "窓口の案内に書いた言葉のまま残す。"]
