"""`kaizu demo DIR`: the main job on a loaded folder, as the named persons and through services.

Groups and decisions of the fixture's frozen edition are applied, the edition is frozen, built and
delivered; what is meant for the next edition is left as open work. Every step looks for what an
earlier run has done, so that a run cut short is taken up where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts import passwords
from registry.accounts.models import Account
from registry.comparison import proposing
from registry.db import Database
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.municipalities import queries as municipalities
from registry.overview.loading import Folder, person
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import queries as requirements
from registry.requirements.models import Obligation, Requirement, RequirementKind
from registry.specs import commands as specs
from registry.specs.models import Edition
from registry.standards import aligning, applying, deciding, drafting
from registry.standards.models import (
    Alignment,
    ApplicationState,
    Decision,
    Outcome,
    Phase,
    Relation,
    RequirementGroup,
    StandardRequirement,
)
from registry.vendors import queries as vendors_queries
from registry.vendors import service as vendors
from registry.vendors.models import Delivery

# For trying out only; `kaizu check` warns while an account still has it.
PASSWORD = "aizu-no-kaizu-2026"  # noqa: S105 - printed at every run on purpose


@dataclass(frozen=True)
class Plan:
    """What the fixture says of one edition to freeze."""

    business: str
    number: str
    issued_on: date


def plan(folder: Folder) -> Plan:
    """The one edition of editions.tsv. Raises Invalid when there is not exactly one."""
    rows = list(folder.rows("editions.tsv"))
    if len(rows) != 1:
        raise Invalid("editions.tsv には、凍結する版を 1 行だけ書いてください。")
    row = rows[0]
    return Plan(row["business"], row["number"], date.fromisoformat(row["issued_on"]))


def edition_of(session: Session, actor: Actor, wanted: Plan) -> Edition | None:
    """The frozen edition, when an earlier run has come that far."""
    business = processes.business(session, actor, wanted.business)
    return session.scalar(
        sa.select(Edition).where(
            Edition.business_id == business.id, Edition.number == wanted.number
        )
    )


def open_accounts(session: Session, folder: Folder) -> None:
    """Give the folder's people the demo password; one who has set an own password keeps it."""
    emails = [row["email"] for row in folder.rows("accounts.tsv")]
    without = session.scalars(
        sa.select(Account)
        .where(Account.email.in_(emails), Account.password_hash.is_(None))
        .order_by(Account.id)
    ).all()
    shared = passwords.hash_password(PASSWORD) if without else None
    for account in without:
        account.password_hash = shared


def accounts_with_demo_password(session: Session) -> int:
    """How many active accounts anybody who has read the README can enter.

    The demo gives all its people one stored hash, so each distinct hash is tried once.
    """
    hashes = session.execute(
        sa.select(Account.password_hash, sa.func.count())
        .where(Account.password_hash.is_not(None), Account.deactivated_at.is_(None))
        .group_by(Account.password_hash)
        .having(sa.func.count() > 1)
        .order_by(Account.password_hash)
    )
    return sum(count for stored, count in hashes if passwords.matches(stored, PASSWORD))


def align(session: Session, folder: Folder, wanted: Plan) -> None:
    """Make the groups of alignments.tsv and put the towns' lines into them."""
    actor = _coordinator(session, folder)
    business = processes.business(session, actor, wanted.business)
    lines = _line_finder(session, actor, business)
    groups = _groups(session, business)
    for row in folder.rows("alignments.tsv"):
        if row["business"] != business.slug:
            continue
        group = groups.get(row["group"])
        if group is None:
            goal = goals.by_code(session, actor, row["goal"]) if row["goal"] else None
            group = groups[row["group"]] = aligning.create_group(
                session,
                actor,
                business_id=business.id,
                code=row["group"],
                label=row["label"],
                goal_id=goal.id if goal else None,
            )
        line = lines(row)
        if not _aligned(session, group.id, line.id):
            aligning.align(
                session,
                actor,
                group=group,
                requirement=line,
                relation=Relation(row["relation"]),
            )


def decide(session: Session, folder: Folder, wanted: Plan) -> None:
    """Draft and decide what decisions.tsv says of the edition."""
    actor = _coordinator(session, folder)
    business = processes.business(session, actor, wanted.business)
    deviations = list(folder.rows("applications.tsv"))
    for row in folder.rows("decisions.tsv"):
        if row["edition"] != wanted.number:
            continue
        who = person(session, row["who"])
        if row["code"]:
            standard = _standard(session, business, row["code"])
            if standard is None:
                standard = _draft(session, who, business, row)
                _apply(session, who, standard, deviations)
            if not _decided(session, Decision.standard_id == standard.id):
                deciding.decide(
                    session,
                    who,
                    standard=standard,
                    version=standard.version,
                    outcome=Outcome(row["outcome"]),
                    reason=row["reason"],
                    decided_on=date.fromisoformat(row["date"]),
                )
            continue
        for code in row["groups"].split(","):
            group = _groups(session, business)[code.strip()]
            if not _decided(session, Decision.group_id == group.id):
                deciding.decide(
                    session,
                    who,
                    group=group,
                    version=group.version,
                    outcome=Outcome(row["outcome"]),
                    reason=row["reason"],
                    decided_on=date.fromisoformat(row["date"]),
                )


def freeze(database: Database, audit_key: str, folder: Folder, wanted: Plan) -> None:
    """As from the page: rehearsed first, outside of the transaction that freezes.

    Raises Invalid when a character of the fixture cannot be printed.
    """
    with database.read() as session:
        actor = _coordinator(session, folder)
    specs.create_edition(
        database,
        audit_key,
        actor,
        slug=wanted.business,
        number=wanted.number,
        issued_on=wanted.issued_on,
    )


def deliver(session: Session, folder: Folder, wanted: Plan) -> None:
    """Hand the built edition to the vendors of deliveries.tsv."""
    actor = _coordinator(session, folder)
    edition = edition_of(session, actor, wanted)
    if edition is None:
        raise Invalid(f"版 {wanted.number} がまだ凍結されていません。")
    known = {vendor.name: vendor.id for vendor in vendors_queries.vendors(session, actor)}
    for row in folder.rows("deliveries.tsv"):
        if row["edition"] != wanted.number:
            continue
        vendor_id = known[row["vendor"]]
        if not _delivered(session, edition.id, vendor_id):
            vendors.deliver(session, actor, edition_id=edition.id, vendor_id=vendor_id)


def open_work(session: Session, folder: Folder, wanted: Plan) -> None:
    """Draft what decisions.tsv holds for later editions; deciding it is left to people."""
    actor = _coordinator(session, folder)
    business = processes.business(session, actor, wanted.business)
    for row in folder.rows("decisions.tsv"):
        if row["edition"] == wanted.number or not row["code"]:
            continue
        standard = _standard(session, business, row["code"])
        if standard is None:
            _draft(session, actor, business, row)
        elif standard.target_edition != row["edition"]:
            drafting.update_standard(
                session,
                actor,
                standard,
                version=standard.version,
                change_reason=row["reason"],
                **_fields(session, actor, business, row),
            )


def ask_for_proposals(session: Session, folder: Folder) -> None:
    """Let the worker look for what belongs together in the businesses nobody has aligned yet."""
    actor = _coordinator(session, folder)
    for business in processes.businesses(session, actor):
        lines = requirements.submitted_lines(session, actor, business.id)
        if lines and not _groups(session, business):
            proposing.enqueue(session, actor, business)


def _coordinator(session: Session, folder: Folder) -> Actor:
    for row in folder.rows("accounts.tsv"):
        if row["role"] == "coordinator":
            return person(session, row["email"])
    raise Invalid("accounts.tsv に広域調整担当(coordinator)がいません。")


def _line_finder(
    session: Session, actor: Actor, business: Business
) -> Callable[[dict[str, str]], Requirement]:
    """Find the one submitted line a row of alignments.tsv means. Raises Invalid otherwise."""
    towns = {town.id: town.code for town in municipalities.all_towns(session, actor)}
    by_place: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for line in requirements.submitted_lines(session, actor, business.id):
        place = (towns[line.municipality_id], line.section, line.label)
        by_place.setdefault(place, []).append((line.requirement_id, line.text))

    def find(row: dict[str, str]) -> Requirement:
        place = (row["municipality_code"], row["section"], row["number"])
        found = [
            requirement_id
            for requirement_id, text in by_place.get(place, [])
            if text.startswith(row["text_start"])
        ]
        if len(found) != 1:
            raise Invalid(
                f"alignments.tsv の {row['group']} {' '.join(place)}「{row['text_start']}」に"
                f"当たる行が {len(found)} 件あります。ちょうど 1 件になるように直してください。"
            )
        return session.get_one(Requirement, found[0])

    return find


def _groups(session: Session, business: Business) -> dict[str, RequirementGroup]:
    groups = session.scalars(
        sa.select(RequirementGroup)
        .where(RequirementGroup.business_id == business.id)
        .order_by(RequirementGroup.code)
    )
    return {group.code: group for group in groups}


def _aligned(session: Session, group_id: int, requirement_id: int) -> bool:
    query = sa.select(Alignment.id).where(
        Alignment.group_id == group_id, Alignment.requirement_id == requirement_id
    )
    return session.scalar(query) is not None


def _decided(session: Session, subject: sa.ColumnElement[bool]) -> bool:
    return session.scalar(sa.select(Decision.id).where(subject).order_by(Decision.id)) is not None


def _delivered(session: Session, edition_id: int, vendor_id: int) -> bool:
    """Once delivered counts, also when it was withdrawn since."""
    query = sa.select(Delivery.id).where(
        Delivery.edition_id == edition_id, Delivery.vendor_id == vendor_id
    )
    return session.scalar(query.order_by(Delivery.id).limit(1)) is not None


def _standard(session: Session, business: Business, code: str) -> StandardRequirement | None:
    return session.scalar(
        sa.select(StandardRequirement).where(
            StandardRequirement.business_id == business.id, StandardRequirement.code == code
        )
    )


def _draft(
    session: Session, actor: Actor, business: Business, row: dict[str, str]
) -> StandardRequirement:
    return drafting.draft_standard(
        session,
        actor,
        business_id=business.id,
        code=row["code"],
        **_fields(session, actor, business, row),
    )


def _fields(
    session: Session, actor: Actor, business: Business, row: dict[str, str]
) -> dict[str, Any]:
    groups = _groups(session, business)
    return {
        "group_ids": [groups[code.strip()].id for code in row["groups"].split(",")],
        "title": row["title"],
        "text": row["text"],
        "obligation": Obligation(row["obligation"]),
        "reason": row["reason"],
        "goal_id": goals.by_code(session, actor, row["goal"]).id if row["goal"] else None,
        "phase": Phase(row["phase"]) if row["phase"] else None,
        "kind": RequirementKind(row["kind"]),
        "target_edition": row["edition"],
    }


def _apply(
    session: Session,
    actor: Actor,
    standard: StandardRequirement,
    deviations: list[dict[str, str]],
) -> None:
    """Every town follows the standard but those applications.tsv names."""
    deviating = {
        row["municipality_code"]: row for row in deviations if row["code"] == standard.code
    }
    for town in municipalities.all_towns(session, actor):
        row = deviating.get(town.code)
        applying.set_application(
            session,
            actor,
            standard=standard,
            municipality_id=town.id,
            state=ApplicationState(row["state"]) if row else ApplicationState.FOLLOWS,
            value=row["value"] if row else "",
        )
