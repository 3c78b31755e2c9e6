"""Editions with stored files and deliveries, for the tests of vendors."""

from __future__ import annotations

from sqlalchemy.orm import Session

from registry.db import now
from registry.processes.models import Business
from registry.specs import building, document, queries
from registry.specs.models import Edition, EditionFile
from registry.vendors import service
from registry.vendors.models import Delivery
from tests.specs import agreed
from tests.world import World


def released(
    session: Session, world: World, number: str = "1.0", business: Business | None = None
) -> Edition:
    """A frozen edition whose four files are stored; all but spec.json hold their own name."""
    if not queries.editions(session, world.coordinator, (business or world.business).id):
        agreed.adopted(session, world, business=business)
    edition = agreed.frozen(session, world, number, business)
    for name in queries.FILES:
        content = (
            queries.frozen_bytes(session, edition.id) if name == "spec.json" else name.encode()
        )
        session.add(
            EditionFile(
                edition_id=edition.id,
                name=name,
                media_type=building.MEDIA_TYPES[name],
                content=content,
                sha256=document.digest(content),
                size=len(content),
                created_at=now(),
            )
        )
    session.flush()
    return edition


def delivered(session: Session, world: World, edition: Edition, vendor: str = "a") -> Delivery:
    return service.deliver(
        session,
        world.coordinator,
        edition_id=edition.id,
        vendor_id=world.vendors[vendor].id,
    )


def withdrawn(session: Session, world: World, delivery: Delivery) -> None:
    service.withdraw(
        session,
        world.coordinator,
        delivery=delivery,
        version=delivery.version,
        reason="誤って配布した。",
    )
