"""Where the standards of a business stand: their filtered list, and the counts of each business."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.accounts.models import Account
from registry.goals import queries as goals
from registry.goals import tree
from registry.goals.models import Goal
from registry.labels import Labelled
from registry.paging import Page
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Obligation, RequirementKind
from registry.standards import decision_queries, queries
from registry.standards.models import (
    Alignment,
    Application,
    Decision,
    Outcome,
    Phase,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from registry.text.normalise import search_key

PAGE_SIZE: Final = 100


class Standing(Labelled):
    """Where a standard stands: its newest decision, or that it was edited since."""

    DRAFT = "draft", "案"
    ADOPT = "adopt", "採用"
    ADOPT_REVISED = "adopt_revised", "修正して採用"
    REJECT = "reject", "不採用"
    DEFER = "defer", "保留"
    EDITED = "edited", "決定後に変更"


def standing(version: int, outcome: Outcome | None, decided_version: int | None) -> Standing:
    if outcome is None:
        return Standing.DRAFT
    return Standing.EDITED if version != decided_version else Standing(outcome.value)


@dataclass(frozen=True, slots=True)
class BusinessCounts:
    """What is done and what is open of one business's standards.

    `decided`: adopted or rejected as it stands; `open`: never decided or put off; `edited` after
    its decision; `adopted` of the decided; `bare_groups`: groups nobody has answered or decided.
    """

    slug: str
    number: str
    name: str
    decided: int
    open: int
    edited: int
    adopted: int
    bare_groups: int

    @property
    def total(self) -> int:
        return self.decided + self.open + self.edited


def overview(session: Session, actor: Actor) -> list[BusinessCounts]:
    """Every business of the region by number."""
    counted = session.execute(
        sa.select(
            StandardRequirement.business_id,
            Decision.outcome,
            _edited(),
            sa.func.count(StandardRequirement.id),
        )
        .join(Business, Business.id == StandardRequirement.business_id)
        .outerjoin(Decision, _newest_of_standard())
        .where(Business.region_id == actor.region_id)
        .group_by(StandardRequirement.business_id, Decision.outcome, _edited())
        .order_by(StandardRequirement.business_id)
    ).all()
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for business_id, outcome, edited, number in counted:
        kind = _counts_as(outcome, bool(edited))
        sums[business_id][kind] += number
        if kind == "decided" and outcome is not Outcome.REJECT:
            sums[business_id]["adopted"] += number
    bare = _bare_groups(session, actor)
    return [
        BusinessCounts(
            slug=row.slug,
            number=row.number,
            name=row.name,
            decided=sums[row.id]["decided"],
            open=sums[row.id]["open"],
            edited=sums[row.id]["edited"],
            adopted=sums[row.id]["adopted"],
            bare_groups=bare.get(row.id, 0),
        )
        for row in processes.businesses(session, actor)
    ]


def _counts_as(outcome: Outcome | None, edited: bool) -> str:
    if outcome is None:
        return "open"
    if edited:
        return "edited"
    return "open" if outcome is Outcome.DEFER else "decided"


def _bare_groups(session: Session, actor: Actor) -> dict[int, int]:
    rows = session.execute(
        sa.select(RequirementGroup.business_id, sa.func.count(RequirementGroup.id))
        .join(Business, Business.id == RequirementGroup.business_id)
        .where(
            Business.region_id == actor.region_id,
            ~sa.exists().where(StandardAnswer.group_id == RequirementGroup.id),
            ~sa.exists().where(Decision.group_id == RequirementGroup.id),
            sa.exists().where(Alignment.group_id == RequirementGroup.id),
        )
        .group_by(RequirementGroup.business_id)
        .order_by(RequirementGroup.business_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list of standards; each empty one lets everything through."""

    standing: Standing | None = None
    goal_id: int | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.standing or self.goal_id or self.text)


@dataclass(frozen=True, slots=True)
class StandardRow:
    """A standard in a list."""

    id: int
    code: str
    title: str
    text: str
    obligation: Obligation
    kind: RequirementKind
    phase: Phase | None
    reason: str
    goal: str
    goal_statement: str
    standing: Standing
    outcome: Outcome | None
    decided_on: date | None
    decision_reason: str
    who: str
    target_edition: str
    groups: tuple[str, ...]
    unconfirmed: int


def listing(
    session: Session,
    actor: Actor,
    business_id: int,
    wanted: Wanted,
    *,
    page: int = 1,
    page_size: int | None = PAGE_SIZE,
) -> Page[StandardRow]:
    """The standards of a business by code; all of them on one page when `page_size` is None."""
    ids = _matching(session, actor, business_id, wanted)
    size = page_size or max(len(ids), 1)
    rows = _rows(session, business_id, ids[(page - 1) * size : page * size])
    return Page(rows, page, size, len(ids))


def _matching(session: Session, actor: Actor, business_id: int, wanted: Wanted) -> list[int]:
    query = (
        sa.select(
            StandardRequirement.id,
            StandardRequirement.code,
            StandardRequirement.title,
            StandardRequirement.text,
        )
        .join(Business, Business.id == StandardRequirement.business_id)
        .outerjoin(Decision, _newest_of_standard())
        .where(Business.id == business_id, Business.region_id == actor.region_id)
        .order_by(StandardRequirement.code)
    )
    if wanted.standing is Standing.DRAFT:
        query = query.where(Decision.id.is_(None))
    elif wanted.standing is Standing.EDITED:
        query = query.where(_edited())
    elif wanted.standing is not None:
        query = query.where(Decision.outcome == Outcome(wanted.standing.value), ~_edited())
    if wanted.goal_id is not None:
        branch = tree.branch(goals.all_goals(session, actor), wanted.goal_id)
        query = query.where(StandardRequirement.goal_id.in_(branch))
    # The key makes ＩＤ and id meet, which the databases' own LIKE does not.
    key = search_key(wanted.text)
    return [
        row.id
        for row in session.execute(query)
        if not key or key in search_key(f"{row.code}\n{row.title}\n{row.text}")
    ]


def _rows(session: Session, business_id: int, ids: Sequence[int]) -> list[StandardRow]:
    open_towns = (
        sa.select(sa.func.count(Application.id))
        .where(
            Application.standard_id == StandardRequirement.id, Application.confirmed_at.is_(None)
        )
        .scalar_subquery()
    )
    if not ids:
        return []
    rows = session.execute(
        sa.select(StandardRequirement, Goal, Decision, Account.name, open_towns)
        .outerjoin(Goal, Goal.id == StandardRequirement.goal_id)
        .outerjoin(Decision, _newest_of_standard())
        .outerjoin(Account, Account.id == Decision.account_id)
        .where(StandardRequirement.id.in_(ids))
        .order_by(StandardRequirement.code)
    )
    groups_of = queries.answered_codes(session, business_id)
    return [
        StandardRow(
            id=row.id,
            code=row.code,
            title=row.title,
            text=row.text,
            obligation=row.obligation,
            kind=row.kind,
            phase=row.phase,
            reason=row.reason,
            goal=goal.code if goal is not None else "",
            goal_statement=goal.statement if goal is not None else "",
            standing=standing(
                row.version,
                decision.outcome if decision is not None else None,
                decision.subject_version if decision is not None else None,
            ),
            outcome=decision.outcome if decision is not None else None,
            decided_on=decision.decided_on if decision is not None else None,
            decision_reason=decision.reason if decision is not None else "",
            who=who or "",
            target_edition=row.target_edition,
            groups=tuple(groups_of.get(row.id, ())),
            unconfirmed=unconfirmed,
        )
        for row, goal, decision, who, unconfirmed in rows
    ]


def _newest_of_standard() -> sa.ColumnElement[bool]:
    return sa.and_(Decision.standard_id == StandardRequirement.id, decision_queries.newest())


def _edited() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(Decision.subject_version != StandardRequirement.version, sa.false())


def open_national(session: Session, business_id: int) -> int:
    """How many lines of a national standard nobody has decided on."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(StandardRequirement)
            .where(
                StandardRequirement.business_id == business_id,
                StandardRequirement.national_item_id.is_not(None),
                ~sa.exists().where(Decision.standard_id == StandardRequirement.id),
            )
        )
        or 0
    )
