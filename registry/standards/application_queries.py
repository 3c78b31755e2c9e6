"""What a standard means for each town, and the lines a proposal for it is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts.models import Account
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Requirement, RequirementVersion
from registry.standards.models import (
    Alignment,
    Application,
    ApplicationState,
    StandardAnswer,
    StandardRequirement,
)
from registry.standards.proposal import Line, Proposed, propose


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """What a standard means for a town, beside what the alignments propose today.

    `version` 0 and `state` None: nothing is stored for the town yet.
    """

    municipality_id: int
    municipality_code: str
    municipality_name: str
    state: ApplicationState | None
    value: str
    version: int
    confirmed: bool
    confirmed_by: str
    confirmed_at: datetime | None
    proposed: Proposed

    @property
    def differs(self) -> bool:
        """A confirmed row which the alignments would now propose otherwise."""
        return self.confirmed and (self.state, self.value) != (
            self.proposed.state,
            self.proposed.value,
        )


def applications(
    session: Session, actor: Actor, standard: StandardRequirement
) -> list[ApplicationRow]:
    """One row for every town of the region, by code."""
    lines = towns_with_lines(session, standard)
    rows = session.execute(
        sa.select(Municipality, Application, Account.name)
        .outerjoin(
            Application,
            sa.and_(
                Application.municipality_id == Municipality.id,
                Application.standard_id == standard.id,
            ),
        )
        .outerjoin(Account, Account.id == Application.confirmed_by)
        .where(Municipality.region_id == actor.region_id)
        .order_by(Municipality.code)
    )
    return [
        _application_row(town, row, name, propose(standard.text, lines.get(town.id, [])))
        for town, row, name in rows
    ]


def _application_row(
    town: Municipality, row: Application | None, name: str | None, proposed: Proposed
) -> ApplicationRow:
    return ApplicationRow(
        municipality_id=town.id,
        municipality_code=town.code,
        municipality_name=town.name,
        state=row.state if row is not None else None,
        value=row.value if row is not None else "",
        version=row.version if row is not None else 0,
        confirmed=row is not None and row.confirmed_at is not None,
        confirmed_by=name or "",
        confirmed_at=row.confirmed_at if row is not None else None,
        proposed=proposed,
    )


def towns_with_lines(session: Session, standard: StandardRequirement) -> dict[int, list[Line]]:
    """Every town of the region by code, with the lines a proposal may be drawn from.

    Lines of hiding towns and lines taken back count for nothing (see `proposal`).
    """
    region_id = sa.select(Business.region_id).where(Business.id == standard.business_id)
    found: dict[int, list[Line]] = {
        town_id: []
        for town_id in session.scalars(
            sa.select(Municipality.id)
            .where(Municipality.region_id == region_id.scalar_subquery())
            .order_by(Municipality.code)
        )
    }
    hidden = processes.hidden_towns(session, standard.business_id)
    rows = session.execute(
        sa.select(Requirement.municipality_id, Alignment.relation, RequirementVersion.text)
        .join(StandardAnswer, StandardAnswer.group_id == Alignment.group_id)
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .where(StandardAnswer.standard_id == standard.id, Requirement.deleted_at.is_(None))
        .order_by(Requirement.municipality_id, Alignment.id)
    )
    for town_id, relation, text in rows:
        if town_id in found and town_id not in hidden:
            found[town_id].append(Line(relation, text))
    return found
