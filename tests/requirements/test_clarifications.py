from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.requirements import clarifications
from registry.requirements.models import Clarification, Requirement
from tests.requirements.lists import lines, submit
from tests.world import World

TEXT = "税証明を迅速に発行できること。"


@pytest.fixture
def sent(session: Session, world: World) -> Requirement:
    """A submitted line; beside it the neighbour's, which is asked about too."""
    (row,) = lines(session, world, [TEXT])
    submit(session, world, [row])
    (hers,) = lines(session, world, [TEXT], "072087")
    submit(session, world, [hers])
    ask(session, world, hers)
    return row


def ask(session: Session, world: World, row: Requirement, **changes: Any) -> Clarification:
    actor = changes.pop("actor", world.coordinator)
    wanted = {"rule": "vague.speed", "phrase": "迅速に", "question": "何分以内ですか。"}
    return clarifications.ask(session, actor, row, **wanted | changes)


def test_the_coordinator_asks_and_the_town_answers(
    session: Session, world: World, sent: Requirement
) -> None:
    made = ask(session, world, sent)
    (open_one,) = clarifications.of_requirement(session, world.of("contributor"), sent)
    assert (open_one.question, open_one.answer) == ("何分以内ですか。", "")
    assert [one.count for one in clarifications.unanswered(session, sent.municipality_id)] == [1]
    clarifications.answer(
        session, world.of("contributor"), sent, made.id, version=made.version, text="5分です。"
    )
    (answered,) = clarifications.of_requirement(session, world.coordinator, sent)
    assert answered.answer == "5分です。"
    assert answered.answered_by == world.of("contributor").name
    assert clarifications.unanswered(session, sent.municipality_id) == []


def test_an_approver_asks_the_own_town_only(
    session: Session, world: World, sent: Requirement
) -> None:
    ask(session, world, sent, actor=world.of("approver"))
    for stranger in (world.of("approver", "072087"), world.of("editor")):
        with pytest.raises(Forbidden):
            ask(session, world, sent, actor=stranger, phrase="発行")
    with pytest.raises(NotFound):
        ask(session, world, sent, actor=world.stranger)


def test_other_towns_see_neither_question_nor_count(
    session: Session, world: World, sent: Requirement
) -> None:
    ask(session, world, sent)
    neighbour = world.of("editor", "072087")
    assert clarifications.of_requirement(session, neighbour, sent) == []
    assert clarifications.open_counts(session, neighbour, [sent.id]) == {}
    assert clarifications.open_counts(session, world.of("editor"), [sent.id]) == {sent.id: 1}
    assert clarifications.open_counts(session, world.coordinator, [sent.id]) == {sent.id: 1}


def test_what_cannot_be_asked(session: Session, world: World, sent: Requirement) -> None:
    (draft,) = lines(session, world, [TEXT])
    with pytest.raises(Conflict, match="提出されていない"):
        ask(session, world, draft)
    with pytest.raises(Invalid, match="項目はありません"):
        ask(session, world, sent, rule="xx")
    with pytest.raises(Conflict, match="提出されている内容にはありません"):
        ask(session, world, sent, phrase="適切に")
    with pytest.raises(Invalid):
        ask(session, world, sent, question=" ")
    ask(session, world, sent)
    with pytest.raises(Conflict, match="もう尋ねています"):
        ask(session, world, sent)


def test_what_cannot_be_answered(session: Session, world: World, sent: Requirement) -> None:
    made = ask(session, world, sent)
    (other,) = lines(session, world, [TEXT])
    good: dict[str, Any] = {"version": made.version, "text": "5分です。"}
    with pytest.raises(NotFound):
        clarifications.answer(session, world.of("editor"), other, made.id, **good)
    with pytest.raises(NotFound):
        clarifications.answer(session, world.of("editor"), sent, 0, **good)
    for person in (world.coordinator, world.of("approver"), world.of("editor", "072087")):
        with pytest.raises(Forbidden):
            clarifications.answer(session, person, sent, made.id, **good)
    with pytest.raises(Invalid):
        clarifications.answer(session, world.of("editor"), sent, made.id, **good | {"text": ""})
    with pytest.raises(Conflict):
        clarifications.answer(session, world.of("editor"), sent, made.id, **good | {"version": 9})
