"""Reading businesses, terms and the towns' records."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.processes import queries
from registry.processes.models import Business, BusinessProcess, BusinessTerm
from tests.world import World


def record(world: World, code: str, business: Business, *, hides: bool) -> BusinessProcess:
    return BusinessProcess(
        municipality_id=world.towns[code].id,
        business_id=business.id,
        division=f"{code}の課",
        hides_detail=hides,
    )


@pytest.fixture
def filled(session: Session, world: World) -> Session:
    """Records and terms of the business, and beside them those of others."""
    session.add_all(
        [
            record(world, "072087", world.business, hides=True),
            record(world, "074225", world.business, hides=False),
            record(world, "072028", world.other_business, hides=True),
            BusinessProcess(
                municipality_id=world.other_town.id,
                business_id=world.foreign_business.id,
                division="よその課",
                hides_detail=True,
            ),
        ]
    )
    for business, term in (
        (world.business, "仮予約"),
        (world.business, "区分"),
        (world.other_business, "除雪"),
        (world.foreign_business, "よその言葉"),
    ):
        session.add(BusinessTerm(business_id=business.id, term=term, meaning="意味"))
        session.flush()
    return session


def test_the_catalogue_is_the_own_regions_by_number(session: Session, world: World) -> None:
    for actor in (world.coordinator, world.of("contributor")):
        numbers = [business.number for business in queries.businesses(session, actor)]
        assert numbers == ["001", "002"]
    assert [one.id for one in queries.businesses(session, world.stranger)] == [
        world.foreign_business.id
    ]


def test_a_business_is_found_by_its_slug_in_the_own_region(session: Session, world: World) -> None:
    slug = "facility-reservation"
    assert queries.business(session, world.coordinator, slug).id == world.business.id
    assert queries.business(session, world.stranger, slug).id == world.foreign_business.id
    with pytest.raises(NotFound, match="snow-removal"):
        queries.business(session, world.stranger, "snow-removal")


def test_terms_belong_to_one_business(filled: Session, world: World) -> None:
    found = queries.terms(filled, world.business.id)
    assert [term.term for term in found] == ["仮予約", "区分"]
    assert queries.term(filled, world.business.id, found[0].id).term == "仮予約"
    with pytest.raises(NotFound):
        queries.term(filled, world.other_business.id, found[0].id)


def test_hidden_towns_are_those_of_this_business(filled: Session, world: World) -> None:
    assert queries.hidden_towns(filled, world.business.id) == {world.towns["072087"].id}
    assert queries.hidden_towns(filled, world.other_business.id) == {world.towns["072028"].id}


def test_hidden_businesses_are_those_of_this_town(filled: Session, world: World) -> None:
    towns = world.towns
    assert queries.hidden_businesses(filled, towns["072087"].id) == {world.business.id}
    assert queries.hidden_businesses(filled, towns["072028"].id) == {world.other_business.id}
    assert queries.hidden_businesses(filled, towns["074225"].id) == set()


def test_every_town_is_listed_with_or_without_a_record(filled: Session, world: World) -> None:
    found = queries.town_records(filled, world.coordinator, world.business.id)
    assert [(one.town.code, one.division, one.hides_detail) for one in found] == [
        ("072028", "", False),
        ("072087", "072087の課", True),
        ("074225", "074225の課", False),
    ]


def test_a_record_is_found_by_town_and_business(filled: Session, world: World) -> None:
    town = world.towns["072087"].id
    found = queries.process(filled, municipality_id=town, business_id=world.business.id)
    assert found is not None
    assert found.division == "072087の課"
    other = world.other_business.id
    assert queries.process(filled, municipality_id=town, business_id=other) is None
