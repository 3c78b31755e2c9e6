"""Two regions in the middle of their work: something of everybody's that others must not reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import transaction
from registry.access import Actor
from registry.db import Base, Database
from registry.municipalities.models import Municipality
from registry.processes import service as processes
from registry.processes.models import Business, BusinessTerm
from registry.requirements import importing, reviewing, service
from registry.requirements.legend import parse_legend
from registry.requirements.models import Requirement, RequirementList
from registry.requirements.sheet import read_table
from registry.requirements.values import Values
from registry.standards import aligning, deciding
from registry.standards.models import Outcome, Relation
from registry.vendors.models import Vendor
from tests.conftest import AUDIT_KEY
from tests.specs import agreed
from tests.vendors import held
from tests.world import World

LEGEND = parse_legend(
    """
[list]
name = "手元の一覧"
[columns]
"分類" = "section"
"番号" = "number"
"要件" = "text"
"区分" = "mark"
"目標" = "goal"
[marks]
"◎" = {axis = "obligation", value = "mandatory"}
"○" = {axis = "obligation", value = "optional"}
"""
)
OWN, NEIGHBOUR = "072028", "072087"
SLUG = "facility-reservation"


@dataclass
class Place:
    """What one town has: ids by what they are."""

    code: str
    draft: int
    submitted: int
    submitted_version: int
    preview: int
    stored: int
    running: int
    job: int


@dataclass
class Stage:
    """`own`, `neighbour` (same region) and `foreign` (another region) have the same things."""

    own: Place
    neighbour: Place
    foreign: Place
    group: str
    standard: str
    edition: int
    foreign_edition: int
    delivery: int
    foreign_delivery: int
    foreign_vendor: int
    term: int
    foreign_term: int


def build(database: Database, world: World) -> Stage:
    """Fill both regions and commit."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        own, neighbour = (_town(session, world, code) for code in (OWN, NEIGHBOUR))
        foreign = _foreign_town(session, world)
        group = aligning.create_group(
            session, world.coordinator, business_id=world.business.id, label="予約"
        )
        for place in (own, neighbour):
            aligning.align(
                session,
                world.coordinator,
                group=group,
                requirement=session.get_one(Requirement, place.submitted),
                relation=Relation.SAME,
            )
        bare = aligning.create_group(
            session, world.coordinator, business_id=world.business.id, label="まだのまとまり"
        )
        deciding.decide(
            session,
            world.coordinator,
            group=bare,
            version=bare.version,
            outcome=Outcome.DEFER,
            reason="次の版で決める。",
            decided_on=date(2026, 9, 1),
        )
        standard = agreed.adopted(session, world, "空き状況の照会")
        edition = held.released(session, world)
        delivery = held.delivered(session, world, edition, "a")
        term = _term(session, world.coordinator, world.business, "仮予約")
        elsewhere = _foreign_region(session, world)
        session.flush()
        return Stage(
            own=own,
            neighbour=neighbour,
            foreign=foreign,
            group=group.code,
            standard=standard.code,
            edition=edition.id,
            delivery=delivery.id,
            term=term,
            **elsewhere,
        )


def _town(session: Session, world: World, code: str) -> Place:
    return _place(session, world.of("editor", code), world.business, code)


def _foreign_town(session: Session, world: World) -> Place:
    return _place(session, world.actors["editor@134210.example"], world.foreign_business, "134210")


def _place(session: Session, editor: Actor, business: Business, code: str) -> Place:
    owner = {"municipality_id": editor.municipality_id or 0, "business_id": business.id}
    on_list = service.create_list(session, editor, **owner, name="画面で入力した要件")
    draft, submitted = service.save_many(
        session,
        editor,
        requirement_list=on_list,
        lines=[
            service.Save(values=Values(text=f"{code}の下書きの秘密ができること。", label="1")),
            service.Save(values=Values(text=f"{code}の予約を受け付けできること。", label="2")),
        ],
    )
    reviewing.submit(session, editor, **owner, requirement_ids=[submitted.requirement_id])
    stored = opened(session, editor, business, f"照会,9,{code}の取込済みができること。,◎,\n")
    importing.store(session, editor, stored, importing.preview(session, editor, stored).checked)
    preview = opened(session, editor, business, f"照会,8,{code}の取込前ができること。,◎,\n")
    running = opened(session, editor, business, f"照会,7,{code}の取込中ができること。,◎,\n")
    session.flush()
    job = importing.start(session, editor, running, version=running.version)
    return Place(
        code=code,
        draft=draft.requirement_id,
        submitted=submitted.requirement_id,
        submitted_version=submitted.version_id,
        preview=preview.id,
        stored=stored.id,
        running=running.id,
        job=job.id,
    )


def opened(session: Session, editor: Actor, business: Business, rows: str) -> RequirementList:
    """A file that waits for its import."""
    made = importing.open_list(
        session,
        editor,
        municipality_id=editor.municipality_id or 0,
        business_id=business.id,
        name="一覧",
        sha256="0" * 64,
        table=read_table("一覧.csv", f"分類,番号,要件,区分,目標\n{rows}".encode()),
        legend=LEGEND,
    )
    session.flush()
    return made


def _foreign_region(session: Session, world: World) -> dict[str, int]:
    """The other region has an edition, a vendor who holds it, and a term."""
    stranger = world.stranger
    vendor = Vendor(region_id=world.other_region.id, name="よその事業者", kana="よそ")
    session.add(vendor)
    session.flush()
    term = _term(session, stranger, world.foreign_business, "よその語")
    there = World(
        **{
            **vars(world),
            "business": world.foreign_business,
            "goals": {"G-1-1-1": world.foreign_goal},
            "vendors": {"a": vendor},
            "actors": {**world.actors, "coordinator@bureau.example": stranger},
        }
    )
    edition = held.released(session, there)
    delivery = held.delivered(session, there, edition)
    return {
        "foreign_edition": edition.id,
        "foreign_delivery": delivery.id,
        "foreign_vendor": vendor.id,
        "foreign_term": term,
    }


def _term(session: Session, coordinator: Actor, business: Business, term: str) -> int:
    processes.set_term(session, coordinator, business=business, term=term, meaning=f"{term}の意味")
    session.flush()
    return session.scalars(
        sa.select(BusinessTerm.id).where(BusinessTerm.business_id == business.id).order_by("id")
    ).one()


def counts(database: Database) -> dict[str, int]:
    """Rows of every table, to see that nothing changed."""
    with database.read() as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in sorted(Base.metadata.tables.items())
        }


def town_id(database: Database, code: str) -> int:
    with database.read() as session:
        return session.scalars(
            sa.select(Municipality.id).where(Municipality.code == code).order_by(Municipality.id)
        ).one()
