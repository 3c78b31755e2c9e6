from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.requirements import count_queries, line_queries, queries, review_queries, reviewing
from registry.requirements.line_queries import Filter
from registry.requirements.models import Requirement, RequirementState
from tests.requirements.lists import agreed, edit, hide, submit, table
from tests.world import World


def test_submitted_lines_come_by_town_and_order(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    found = queries.submitted_lines(session, world.coordinator, world.business.id)
    assert [(one.municipality_code, one.label, one.text) for one in found] == [
        ("072028", "1", "照会できること。"),
        ("072028", "2", "予約できること。"),
        ("072087", "1", "空きを調べられること。"),
    ]
    assert found[0].version_id == region["mine"][0].submitted_version_id
    assert {one.state for one in found} == {RequirementState.SUBMITTED}


def test_others_read_the_submitted_wording_while_it_is_edited(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    edit(session, world.of("editor"), region["mine"][0], "書きかけ")
    neighbour = world.of("contributor", "072087")
    assert table(session, neighbour, world) == ["照会できること。", "予約できること。"]
    assert "書きかけ" in table(session, world.of("contributor"), world)
    texts = [one.text for one in queries.submitted_lines(session, neighbour, world.business.id)]
    assert "照会できること。" in texts
    assert "書きかけ" not in texts
    states = [
        line.state
        for line in line_queries.lines(
            session,
            neighbour,
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            narrowed=Filter(state=RequirementState.SUBMITTED),
        ).items
    ]
    assert states == [RequirementState.SUBMITTED] * 2


def test_a_hiding_town_shows_numbers_only(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    hide(session, world, "072087")
    neighbour = world.of("editor", "074225")
    seen = queries.submitted_lines(session, neighbour, world.business.id)
    assert {one.municipality_code for one in seen} == {"072028"}
    assert table(session, neighbour, world, "072087") == []
    assert not queries.may_read(session, neighbour, world.towns["072087"].id, world.business.id)
    with pytest.raises(NotFound):
        queries.get_readable(session, neighbour, world.business.id, region["theirs"][0].id)
    counts = {
        one.code: one for one in count_queries.town_counts(session, neighbour, world.business.id)
    }
    assert (counts["072087"].submitted, counts["072087"].readable) == (1, False)
    assert counts["072087"].has_draft
    for who in (world.of("editor", "072087"), world.coordinator):
        codes = {
            one.municipality_code
            for one in queries.submitted_lines(session, who, world.business.id)
        }
        assert codes == {"072028", "072087"}


def test_other_regions_vendors_and_administrators_see_nothing(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    for who in (world.stranger, world.vendor_actor(), world.administrator):
        assert queries.submitted_lines(session, who, world.business.id) == []
        assert table(session, who, world) == []
        assert count_queries.own_counts(session, who) == {}
        assert count_queries.towns_submitted(session, who) == {}
        with pytest.raises(NotFound):
            queries.get_readable(session, who, world.business.id, region["mine"][0].id)
    with pytest.raises(NotFound):
        queries.municipality(session, world.stranger, "072028")


def test_drafts_of_others_are_not_found(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    draft = region["mine"][2]
    for who in (world.of("editor", "072087"), world.coordinator):
        with pytest.raises(NotFound):
            queries.get_readable(session, who, world.business.id, draft.id)
        with pytest.raises(NotFound):
            queries.get_own(session, who, world.business.id, draft.id)
    assert queries.get_own(session, world.of("contributor"), world.business.id, draft.id) is draft
    with pytest.raises(NotFound):
        queries.get_own(session, world.of("contributor"), world.other_business.id, draft.id)


def test_history_is_the_towns_own(
    session: Session, world: World, region: dict[str, list[Requirement]]
) -> None:
    row = region["mine"][0]
    edit(session, world.of("contributor"), row, "書きかけ")
    own = queries.history(session, world.of("approver"), row)
    assert [(one.version.text, one.saved_by) for one in own] == [
        ("書きかけ", "会津若松市 原課職員"),
        ("照会できること。", "会津若松市 情報部門"),
    ]
    assert [(one.is_draft, one.is_submitted) for one in own] == [(True, False), (False, True)]
    (seen,) = queries.history(session, world.coordinator, row)
    assert (seen.version.text, seen.saved_by, seen.is_draft) == ("照会できること。", "", False)


def test_the_history_names_each_submission_to_the_own_town_alone(
    session: Session, world: World
) -> None:
    (row,) = agreed(session, world, ["照会"])
    approver = world.of("approver")
    edit(session, world.of("editor"), row, "検索")
    items = submit(session, world, [row], "はじめの理由")
    reviewing.send_back(session, approver, items=items, reason="短い")
    submit(session, world, [row], "詳しい理由")
    edit(session, world.of("editor"), row, "次の文")
    newest, sent, first = queries.history(session, world.of("editor"), row)
    assert newest.submissions == []
    assert [(one.by, one.reason) for one in sent.submissions] == [
        ("会津若松市 情報部門", "はじめの理由"),
        ("会津若松市 情報部門", "詳しい理由"),
    ]
    assert [one.reason for one in first.submissions] == [""]
    assert review_queries.waiting(session, approver).items[0].reason == "詳しい理由"
    (theirs,) = queries.history(session, world.of("editor", "072087"), row)
    assert theirs.submissions == []
