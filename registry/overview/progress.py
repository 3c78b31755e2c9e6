"""How far each town is: three rates with the same definition everywhere.

入力率   submitted businesses of the town ÷ businesses of the region that any town has submitted
対応付け率 submitted lines in at least one group ÷ submitted lines
合意率   submitted lines in a group whose standard is adopted ÷ submitted lines
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.municipalities import queries as municipalities
from registry.requirements.models import Requirement
from registry.standards.models import Alignment, Decision, Outcome, StandardAnswer

MEASURES: Final = (
    ("submitted", "入力率"),
    ("aligned", "対応付け率"),
    ("agreed", "合意率"),
)
DEFINITIONS: Final = (
    "入力率は、いずれかの団体が提出した業務のうち、その団体が提出した業務の割合。"
    "対応付け率は、提出した行のうちまとまりに入った行の割合。"
    "合意率は、提出した行のうち、採用された標準要件が答えている行の割合です。"
)


@dataclass(frozen=True)
class TownProgress:
    """`values` by measure: (done, total)."""

    code: str
    name: str
    values: dict[str, tuple[int, int]]


def of_region(session: Session, actor: Actor) -> list[TownProgress]:
    """Every town in code order; three queries whatever the number of towns and lines."""
    towns = municipalities.all_towns(session, actor)
    ids = [town.id for town in towns]
    mine = Requirement.municipality_id.in_(ids)
    shown = sa.and_(
        mine, Requirement.submitted_version_id.is_not(None), Requirement.deleted_at.is_(None)
    )
    aligned = sa.exists().where(Alignment.requirement_id == Requirement.id)
    agreed = (
        sa.exists()
        .where(Alignment.requirement_id == Requirement.id)
        .where(StandardAnswer.group_id == Alignment.group_id)
        .where(StandardAnswer.standard_id.in_(_adopted()))
    )
    counts = {
        row.municipality_id: row
        for row in session.execute(
            sa.select(
                Requirement.municipality_id,
                sa.func.count().label("lines"),
                sa.func.count(sa.distinct(Requirement.business_id)).label("businesses"),
                sa.func.sum(sa.case((aligned, 1), else_=0)).label("aligned"),
                sa.func.sum(sa.case((agreed, 1), else_=0)).label("agreed"),
            )
            .where(shown)
            .group_by(Requirement.municipality_id)
            .order_by(Requirement.municipality_id)
        )
    }
    wanted = (
        session.scalar(sa.select(sa.func.count(sa.distinct(Requirement.business_id))).where(shown))
        or 0
    )
    return [
        TownProgress(town.code, town.name, _values(counts.get(town.id), wanted)) for town in towns
    ]


def _values(row: sa.Row[int, int, int, int, int] | None, wanted: int) -> dict[str, tuple[int, int]]:
    if row is None:
        return {"submitted": (0, wanted), "aligned": (0, 0), "agreed": (0, 0)}
    return {
        "submitted": (row.businesses, wanted),
        "aligned": (row.aligned, row.lines),
        "agreed": (row.agreed, row.lines),
    }


def _adopted() -> sa.Select[int | None]:
    """Standards whose newest decision adopts them: nothing supersedes it."""
    newer = sa.orm.aliased(Decision)
    return (
        sa.select(Decision.standard_id)
        .where(
            Decision.standard_id.is_not(None),
            Decision.outcome.in_([Outcome.ADOPT, Outcome.ADOPT_REVISED]),
            ~sa.exists().where(newer.supersedes_id == Decision.id),
        )
        .order_by(Decision.standard_id)
    )
