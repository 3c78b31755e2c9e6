"""What happens to the catalogue, its terms and a town's record."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.audit import AuditEvent
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.processes import queries, service
from registry.processes.models import Business, BusinessTerm
from tests.world import World


def events(session: Session, action: str) -> list[Any]:
    audit.seal(session)
    query = sa.select(AuditEvent).where(AuditEvent.action == action)
    return list(session.scalars(query.order_by(AuditEvent.sequence)))


def mine(session: Session, world: World) -> Business:
    return session.get_one(Business, world.business.id)


def rows(content: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_a_new_business_gets_the_number_after_the_highest(session: Session, world: World) -> None:
    made = service.create_business(
        session, world.coordinator, slug="library", name="図書館", summary="貸出"
    )
    assert (made.number, made.region_id) == ("003", world.region.id)
    assert events(session, "processes.create_business")[0].after["slug"] == "library"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Library"}, "slug"),
        ({"slug": "図書館"}, "slug"),
        ({"slug": "a--b"}, "slug"),
        ({"slug": "facility-reservation"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"slug": "export"}, "slug"),
        ({"number": "1"}, "number"),
        ({"number": "00a"}, "number"),
        ({"number": "001"}, "number"),
        ({"number": "００９"}, "number"),
    ],
)
def test_a_strange_or_taken_slug_or_number_is_refused(
    session: Session, world: World, change: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        service.create_business(
            session, world.coordinator, **{"slug": "library", "name": "図書館", **change}
        )
    assert set(refused.value.fields) == {field}


def test_slug_and_number_survive_a_change(session: Session, world: World) -> None:
    business = mine(session, world)
    service.update_business(
        session, world.coordinator, business, version=business.version, name="予約", summary="概要"
    )
    assert (business.slug, business.number, business.name) == (
        "facility-reservation",
        "001",
        "予約",
    )
    with pytest.raises(Conflict) as stale:
        service.update_business(
            session, world.coordinator, business, version=0, name="x", summary=""
        )
    assert stale.value.theirs == {"name": "予約", "summary": "概要"}


def test_a_term_is_added_changed_and_removed(session: Session, world: World) -> None:
    actor, business = world.coordinator, mine(session, world)
    service.add_term(session, actor, business=business, term="区分", meaning="時間の単位")
    session.flush()
    known = queries.terms(session, business.id)[0]
    service.change_term(
        session, actor, business=business, known=known, meaning="一区切り", was="時間の単位"
    )
    session.flush()
    assert queries.term(session, business.id, known.id).meaning == "一区切り"
    service.remove_term(session, actor, business=business, known=known, was="一区切り")
    session.flush()
    assert queries.terms(session, business.id) == []
    removed = events(session, "processes.remove_term")[0]
    assert removed.before == {"term": "区分", "meaning": "一区切り"}


def test_a_term_is_defined_once(session: Session, world: World) -> None:
    business = mine(session, world)
    session.add(BusinessTerm(business_id=world.other_business.id, term="区分", meaning="別"))
    service.add_term(session, world.coordinator, business=business, term="区分", meaning="a")
    session.flush()
    with pytest.raises(Invalid) as twice:
        service.add_term(session, world.coordinator, business=business, term="区分", meaning="b")
    assert "すでにあります" in twice.value.fields["term"][0]


def test_a_term_that_somebody_else_changed_is_left_alone(session: Session, world: World) -> None:
    actor, business = world.coordinator, mine(session, world)
    service.set_term(session, actor, business=business, term="区分", meaning="一行目\n二行目")
    session.flush()
    known = queries.terms(session, business.id)[0]
    with pytest.raises(Conflict):
        service.change_term(session, actor, business=business, known=known, meaning="x", was="古い")
    with pytest.raises(Conflict):
        service.remove_term(session, actor, business=business, known=known, was="古い")
    service.change_term(
        session, actor, business=business, known=known, meaning="x", was="一行目\r\n二行目"
    )


def test_setting_the_same_meaning_again_is_no_event(session: Session, world: World) -> None:
    business = mine(session, world)
    for _ in range(2):
        service.set_term(session, world.coordinator, business=business, term="区分", meaning="単位")
        session.flush()
    assert len(events(session, "processes.set_term")) == 1


def test_a_town_records_its_division_and_hides_its_detail(session: Session, world: World) -> None:
    actor, business = world.of("editor"), mine(session, world)
    town = world.towns["072028"].id
    made = service.save_record(
        session,
        actor,
        municipality_id=town,
        business=business,
        version=0,
        division="生涯学習課",
        hidden=True,
    )
    assert queries.hidden_towns(session, business.id) == {town}
    service.save_record(
        session,
        actor,
        municipality_id=town,
        business=business,
        version=made.version,
        division="生涯学習課",
        hidden=False,
    )
    assert queries.hidden_towns(session, business.id) == set()
    changes = [(event.before, event.after) for event in events(session, "processes.save_record")]
    assert changes[0][0] == {"division": "", "hidden": False}
    assert changes[1][0] == {"division": "生涯学習課", "hidden": True}


def test_a_record_that_somebody_else_made_first_is_not_overwritten(
    session: Session, world: World
) -> None:
    town, business = world.towns["072028"].id, mine(session, world)
    service.hide_detail(
        session,
        world.of("editor"),
        municipality_id=town,
        business_id=business.id,
        hidden=True,
    )
    with pytest.raises(Conflict):
        service.save_record(
            session,
            world.of("editor"),
            municipality_id=town,
            business=business,
            version=0,
            division="",
            hidden=False,
        )
    assert queries.hidden_towns(session, business.id) == {town}


@pytest.mark.parametrize("role", ["contributor", "editor", "approver"])
def test_a_town_does_not_change_the_catalogue(session: Session, world: World, role: str) -> None:
    actor, business = world.of(role), mine(session, world)
    service.set_term(session, world.coordinator, business=business, term="区分", meaning="単位")
    session.flush()
    known = queries.terms(session, business.id)[0]
    with pytest.raises(Forbidden):
        service.create_business(session, actor, slug="library", name="図書館")
    with pytest.raises(Forbidden):
        service.update_business(session, actor, business, version=1, name="x", summary="")
    with pytest.raises(Forbidden):
        service.add_term(session, actor, business=business, term="a", meaning="b")
    with pytest.raises(Forbidden):
        service.change_term(session, actor, business=business, known=known, meaning="b", was="単位")
    with pytest.raises(Forbidden):
        service.remove_term(session, actor, business=business, known=known, was="単位")


@pytest.mark.parametrize(
    "email",
    [
        "editor@072087.example",
        "contributor@072028.example",
        "approver@072028.example",
        "coordinator@bureau.example",
    ],
)
def test_only_the_own_editor_changes_a_towns_record(
    session: Session, world: World, email: str
) -> None:
    actor, town = world.actors[email], world.towns["072028"].id
    business = mine(session, world)
    with pytest.raises(Forbidden):
        service.save_record(
            session,
            actor,
            municipality_id=town,
            business=business,
            version=0,
            division="",
            hidden=True,
        )
    with pytest.raises(Forbidden):
        service.hide_detail(
            session, actor, municipality_id=town, business_id=business.id, hidden=True
        )


def test_the_other_region_finds_nothing(session: Session, world: World) -> None:
    business = mine(session, world)
    with pytest.raises(NotFound):
        service.update_business(session, world.stranger, business, version=1, name="x", summary="")
    with pytest.raises(NotFound):
        service.add_term(session, world.stranger, business=business, term="a", meaning="b")
    with pytest.raises(NotFound):
        service.export_towns(session, world.stranger, business)
    foreign = world.actors["editor@134210.example"]
    with pytest.raises(NotFound):
        service.save_record(
            session,
            foreign,
            municipality_id=world.other_town.id,
            business=business,
            version=0,
            division="",
            hidden=True,
        )


def test_the_lists_come_as_workbooks(session: Session, world: World) -> None:
    actor, business = world.of("approver"), mine(session, world)
    service.set_term(session, world.coordinator, business=business, term="区分", meaning="=単位")
    service.hide_detail(
        session,
        world.of("editor", "074225"),
        municipality_id=world.towns["074225"].id,
        business_id=business.id,
        hidden=True,
    )
    session.flush()
    assert [row[:3] for row in rows(service.export(session, actor))] == [
        ("業務番号", "業務名", "業務コード"),
        ("001", "公共施設予約", "facility-reservation"),
        ("002", "除雪・道路情報", "snow-removal"),
    ]
    towns = rows(service.export_towns(session, actor, business))
    assert [(row[0], row[4], row[6]) for row in towns[1:]] == [
        ("072028", 117433, "公開"),
        ("072087", 44810, "公開"),
        ("074225", 3082, "非公開"),
    ]
    assert rows(service.export_terms(session, actor, business))[1] == ("区分", "=単位")
    assert len(events(session, "processes.export_terms")) == 1
    with pytest.raises(Forbidden):
        service.export(session, world.administrator)
