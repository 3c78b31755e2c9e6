"""Who may read which edition, its files, drafts and jobs, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.db import now
from registry.errors import NotFound
from registry.specs import document, queries, service
from registry.specs.models import Edition, EditionFile, SpecDraft
from registry.standards.models import (
    Outcome,
)
from tests.specs import agreed
from tests.world import World


def stored_file(session: Session, edition: Edition, name: str) -> None:
    session.add(
        EditionFile(
            edition_id=edition.id,
            name=name,
            media_type="text/plain",
            content=name.encode(),
            sha256=document.digest(name.encode()),
            size=len(name),
            created_at=now(),
        )
    )
    session.flush()


def test_editions_are_listed_newest_first_within_the_region(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    first = agreed.frozen(session, world)
    second = agreed.frozen(session, world, "1.1")
    for name in queries.FILES:
        stored_file(session, first, name)
    agreed.adopted(session, world, "除雪", business=world.other_business)
    agreed.frozen(session, world, business=world.other_business)

    found = queries.editions(session, world.of("contributor"), world.business.id)

    assert [(row.number, row.built) for row in found] == [("1.1", False), ("1.0", True)]
    assert [row.slug for row in queries.editions(session, world.coordinator)] == [
        "facility-reservation",
        "facility-reservation",
        "snow-removal",
    ]
    assert queries.editions(session, world.stranger) == []
    assert [row.name for row in queries.files(session, first.id)] == list(queries.FILES)
    newest = queries.newest(session, world.business.id)
    assert newest is not None
    assert newest.id == second.id


def test_an_edition_of_another_region_or_number_is_not_found(
    session: Session, world: World
) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)

    assert queries.edition(session, world.of("editor"), world.business.id, "1.0").id == edition.id
    with pytest.raises(NotFound):
        queries.edition(session, world.stranger, world.business.id, "1.0")
    with pytest.raises(NotFound):
        queries.edition(session, world.coordinator, world.business.id, "1.1")
    with pytest.raises(NotFound):
        queries.edition(session, world.coordinator, world.other_business.id, "1.0")
    with pytest.raises(NotFound):
        queries.file(session, edition.id, "spec.pdf")


def test_the_overview_counts_what_is_open(session: Session, world: World) -> None:
    agreed.adopted(session, world)
    agreed.frozen(session, world)
    unconfirmed = agreed.drafted(session, world, "抽選")
    agreed.decided(session, world, unconfirmed)
    put_off = agreed.drafted(session, world, "横断検索")
    agreed.decided(session, world, put_off, Outcome.DEFER)
    rejected = agreed.drafted(session, world, "現金払い")
    agreed.decided(session, world, rejected)
    agreed.decided(session, world, rejected, Outcome.REJECT)
    agreed.drafted(session, world, "案のまま", business=world.other_business)
    at = now()
    session.add(
        SpecDraft(business_id=world.business.id, content=b"pdf", sha256="0" * 64, created_at=at)
    )
    session.flush()

    first, second = queries.overview(session, world.coordinator)

    assert (first.slug, first.editions) == ("facility-reservation", 1)
    assert (first.adopted, first.unconfirmed, first.open) == (2, 1, 1)
    assert first.edition is not None
    assert first.edition.number == "1.0"
    assert first.draft_at == at
    assert (second.adopted, second.unconfirmed, second.open) == (0, 0, 1)
    assert (second.edition, second.draft_at) == (None, None)
    assert [row.name for row in queries.overview(session, world.stranger)] == ["施設予約"]


def test_the_newest_job_of_an_edition_and_of_a_draft_is_found(
    session: Session, world: World
) -> None:
    agreed.adopted(session, world)
    edition = agreed.frozen(session, world)
    other = agreed.frozen(session, world, "1.1")
    draft = service.enqueue_draft(session, world.coordinator, business_id=world.business.id)

    job = queries.edition_job(session, world.coordinator, edition.id)
    assert job is not None
    assert job.payload == {"edition_id": edition.id}
    found = queries.draft_job(session, world.coordinator, world.business.id)
    assert found is not None
    assert found.id == draft.id
    assert queries.edition_job(session, world.stranger, other.id) is None
    assert queries.draft_job(session, world.coordinator, world.other_business.id) is None


def test_what_was_drawn_is_read_back(session: Session, world: World) -> None:
    with pytest.raises(NotFound):
        queries.draft_content(session, world.business.id)
    session.add(
        SpecDraft(business_id=world.business.id, content=b"pdf", sha256="0", created_at=now())
    )
    session.flush()

    assert queries.draft_content(session, world.business.id) == b"pdf"
