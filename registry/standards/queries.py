"""Reading groups, standards, applications and decisions as far as a person may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from registry.access import Actor, Role
from registry.accounts.models import Account
from registry.errors import NotFound
from registry.goals import queries as goals
from registry.goals import tree
from registry.goals.models import Goal
from registry.labels import Labelled
from registry.municipalities.models import Municipality
from registry.paging import Page
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementKind,
    RequirementVersion,
)
from registry.standards.applying import Line, Proposed, propose
from registry.standards.models import (
    Alignment,
    Application,
    ApplicationState,
    Decision,
    Outcome,
    Phase,
    Relation,
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


# ---- single rows ------------------------------------------------------------------------------


def group(session: Session, actor: Actor, business_id: int, code: str) -> RequirementGroup:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(RequirementGroup)
        .join(Business, Business.id == RequirementGroup.business_id)
        .where(
            Business.id == business_id,
            Business.region_id == actor.region_id,
            RequirementGroup.code == code,
        )
    )
    if found is None:
        raise NotFound(f"まとまり {code} は見つかりませんでした。")
    return found


def standard(session: Session, actor: Actor, business_id: int, code: str) -> StandardRequirement:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(StandardRequirement)
        .join(Business, Business.id == StandardRequirement.business_id)
        .where(
            Business.id == business_id,
            Business.region_id == actor.region_id,
            StandardRequirement.code == code,
        )
    )
    if found is None:
        raise NotFound(f"標準要件 {code} は見つかりませんでした。")
    return found


def alignment(session: Session, actor: Actor, alignment_id: int) -> Alignment:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Alignment)
        .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
        .join(Business, Business.id == RequirementGroup.business_id)
        .where(Alignment.id == alignment_id, Business.region_id == actor.region_id)
    )
    if found is None:
        raise NotFound("この対応付けは見つかりませんでした。すでに外されたのかもしれません。")
    return found


def goal_chain(session: Session, actor: Actor, goal_id: int | None) -> list[Goal]:
    """The goal and everything it serves, from the top down; empty without a goal."""
    if goal_id is None:
        return []
    return tree.ancestors({goal.id: goal for goal in goals.all_goals(session, actor)}, goal_id)


# ---- groups -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group in a list; `standards` are the codes of those that answer it."""

    id: int
    code: str
    label: str
    version: int
    goal_id: int | None
    lines: int
    towns: int
    suspects: int
    standards: tuple[str, ...]
    outcome: Outcome | None


def groups(session: Session, actor: Actor, business_id: int) -> list[GroupRow]:
    """The groups of a business by code, with counts of all their lines."""
    moved = sa.or_(
        Requirement.submitted_version_id != Alignment.requirement_version_id,
        Requirement.submitted_version_id.is_(None),
        Requirement.deleted_at.is_not(None),
    )
    rows = session.execute(
        sa.select(
            RequirementGroup,
            sa.func.count(Requirement.id),
            sa.func.count(Requirement.municipality_id.distinct()),
            sa.func.count(sa.case((moved, Requirement.id))),
        )
        .join(Business, Business.id == RequirementGroup.business_id)
        .outerjoin(Alignment, Alignment.group_id == RequirementGroup.id)
        .outerjoin(Requirement, Requirement.id == Alignment.requirement_id)
        .where(Business.id == business_id, Business.region_id == actor.region_id)
        .group_by(RequirementGroup.id)
        .order_by(RequirementGroup.code)
    ).all()
    answered = _answering(session, business_id)
    outcomes = _group_outcomes(session, business_id)
    return [
        GroupRow(
            id=row.id,
            code=row.code,
            label=row.label,
            version=row.version,
            goal_id=row.goal_id,
            lines=lines,
            towns=towns,
            suspects=suspects,
            standards=tuple(answered.get(row.id, ())),
            outcome=outcomes.get(row.id),
        )
        for row, lines, towns, suspects in rows
    ]


def _answering(session: Session, business_id: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for group_id, code in session.execute(
        sa.select(StandardAnswer.group_id, StandardRequirement.code)
        .join(StandardRequirement, StandardRequirement.id == StandardAnswer.standard_id)
        .where(StandardRequirement.business_id == business_id)
        .order_by(StandardAnswer.group_id, StandardRequirement.code)
    ):
        found[group_id].append(code)
    return found


def _group_outcomes(session: Session, business_id: int) -> dict[int, Outcome]:
    rows = session.execute(
        sa.select(Decision.group_id, Decision.outcome)
        .where(Decision.business_id == business_id, Decision.group_id.is_not(None), _newest())
        .order_by(Decision.id)
    )
    return {group_id: outcome for group_id, outcome in rows if group_id is not None}


def answered_groups(session: Session, standard_id: int) -> list[RequirementGroup]:
    """The groups a standard answers, by code."""
    return list(
        session.scalars(
            sa.select(RequirementGroup)
            .join(StandardAnswer, StandardAnswer.group_id == RequirementGroup.id)
            .where(StandardAnswer.standard_id == standard_id)
            .order_by(RequirementGroup.code)
        )
    )


def answered_codes(session: Session, business_id: int) -> dict[int, list[str]]:
    """The codes of the groups each standard of a business answers, by standard id."""
    found: dict[int, list[str]] = defaultdict(list)
    for standard_id, code in session.execute(
        sa.select(StandardAnswer.standard_id, RequirementGroup.code)
        .join(RequirementGroup, RequirementGroup.id == StandardAnswer.group_id)
        .where(RequirementGroup.business_id == business_id)
        .order_by(StandardAnswer.standard_id, RequirementGroup.code)
    ):
        found[standard_id].append(code)
    return found


def standards_answering(session: Session, group_id: int) -> list[str]:
    """The codes of the standards that answer a group."""
    return list(
        session.scalars(
            sa.select(StandardRequirement.code)
            .join(StandardAnswer, StandardAnswer.standard_id == StandardRequirement.id)
            .where(StandardAnswer.group_id == group_id)
            .order_by(StandardRequirement.code)
        )
    )


# ---- the towns' lines behind a standard -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupLine:
    """An aligned line as its town now submits it.

    `suspect`: the town submitted another wording since a person looked. `withdrawn`: it took the
    line back; the text is then the one that was looked at.
    """

    alignment_id: int
    requirement_id: int
    group_id: int
    group_code: str
    municipality_id: int
    municipality_code: str
    municipality_name: str
    section: str
    label: str
    text: str
    obligation: Obligation | None
    relation: Relation
    suspect: bool
    withdrawn: bool


def group_lines(
    session: Session, actor: Actor, business_id: int, group_ids: Collection[int]
) -> list[GroupLine]:
    """The lines of the groups this person may read, by town, group and place in the list.

    Lines of a town that hides its details are left out for other towns, as if they were not there.
    """
    shown = sa.func.coalesce(Requirement.submitted_version_id, Alignment.requirement_version_id)
    query = (
        sa.select(Alignment, Requirement, RequirementVersion, RequirementGroup.code, Municipality)
        .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
        .join(Requirement, Requirement.id == Alignment.requirement_id)
        .join(RequirementVersion, RequirementVersion.id == shown)
        .join(Municipality, Municipality.id == Requirement.municipality_id)
        .where(
            RequirementGroup.business_id == business_id,
            RequirementGroup.id.in_(group_ids),
            Municipality.region_id == actor.region_id,
        )
        .order_by(Municipality.code, RequirementGroup.code, Requirement.position, Requirement.id)
    )
    hidden = unreadable_towns(session, actor, business_id)
    return [
        GroupLine(
            alignment_id=link.id,
            requirement_id=requirement.id,
            group_id=link.group_id,
            group_code=code,
            municipality_id=town.id,
            municipality_code=town.code,
            municipality_name=town.name,
            section=version.section,
            label=version.label,
            text=version.text,
            obligation=version.obligation,
            relation=link.relation,
            suspect=requirement.submitted_version_id != link.requirement_version_id,
            withdrawn=(
                requirement.deleted_at is not None or requirement.submitted_version_id is None
            ),
        )
        for link, requirement, version, code, town in session.execute(query)
        if town.id not in hidden
    ]


def unreadable_towns(session: Session, actor: Actor, business_id: int) -> set[int]:
    """Ids of the towns whose wordings this person may only count (DESIGN §6)."""
    if actor.terminal or actor.role is Role.COORDINATOR:
        return set()
    return processes.hidden_towns(session, business_id) - {actor.municipality_id or 0}


def submitted_towns(session: Session, business_id: int) -> set[int]:
    """Ids of the towns that have submitted at least one line."""
    return set(
        session.scalars(
            sa.select(Requirement.municipality_id)
            .where(
                Requirement.business_id == business_id,
                Requirement.submitted_version_id.is_not(None),
                Requirement.deleted_at.is_(None),
            )
            .distinct()
            .order_by(Requirement.municipality_id)
        )
    )


def towns(session: Session, actor: Actor) -> list[Municipality]:
    """The region's municipalities by code."""
    return list(
        session.scalars(
            sa.select(Municipality)
            .where(Municipality.region_id == actor.region_id)
            .order_by(Municipality.code)
        )
    )


def towns_with_lines(session: Session, standard: StandardRequirement) -> dict[int, list[Line]]:
    """Every town of the region by code, with the lines a proposal may be drawn from.

    Lines of hiding towns and lines taken back count for nothing (see `applying`).
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


# ---- applications -----------------------------------------------------------------------------


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


# ---- decisions --------------------------------------------------------------------------------


def _newest() -> sa.ColumnElement[bool]:
    """Decisions nothing has superseded."""
    later = aliased(Decision)
    return ~sa.exists().where(later.supersedes_id == Decision.id)


def decided(session: Session, actor: Actor, business_id: int) -> list[Decision]:
    """The newest decision on each standard of a business, by the standard's code.

    Only those with outcome adopt or adopt_revised count for an edition; their `snapshot` is what
    is printed.
    """
    return list(
        session.scalars(
            sa.select(Decision)
            .join(StandardRequirement, StandardRequirement.id == Decision.standard_id)
            .join(Business, Business.id == Decision.business_id)
            .where(
                Decision.business_id == business_id,
                Business.region_id == actor.region_id,
                _newest(),
            )
            .order_by(StandardRequirement.code)
        )
    )


def newest_decision(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> Decision | None:
    return session.scalar(sa.select(Decision).where(_about(standard, group), _newest()))


def newest_decision_words(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> dict[str, object]:
    """The newest decision for a person whose own came too late."""
    newest = newest_decision(session, standard=standard, group=group)
    if newest is None:
        return {}
    return {
        "outcome": newest.outcome.label,
        "reason": newest.reason,
        "decided_on": newest.decided_on.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One line of the history of decisions."""

    outcome: Outcome
    reason: str
    decided_on: date
    recorded_at: datetime
    who: str
    snapshot: Mapping[str, Any]
    subject_version: int


def history(
    session: Session,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
) -> list[DecisionEntry]:
    """Every decision on a subject, the newest first."""
    rows = session.execute(
        sa.select(Decision, Account.name)
        .join(Account, Account.id == Decision.account_id)
        .where(_about(standard, group))
        .order_by(Decision.id.desc())
    )
    return [
        DecisionEntry(
            outcome=row.outcome,
            reason=row.reason,
            decided_on=row.decided_on,
            recorded_at=row.recorded_at,
            who=who,
            snapshot=row.snapshot,
            subject_version=row.subject_version,
        )
        for row, who in rows
    ]


def _about(
    standard: StandardRequirement | None, group: RequirementGroup | None
) -> sa.ColumnElement[bool]:
    if standard is not None:
        return Decision.standard_id == standard.id
    if group is not None:
        return Decision.group_id == group.id
    raise TypeError("a decision is about a standard or a group")


# ---- lists ------------------------------------------------------------------------------------


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


def _newest_of_standard() -> sa.ColumnElement[bool]:
    return sa.and_(Decision.standard_id == StandardRequirement.id, _newest())


def _edited() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(Decision.subject_version != StandardRequirement.version, sa.false())


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
    groups_of = answered_codes(session, business_id)
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


def shown_values(session: Session, standard: StandardRequirement) -> dict[str, object]:
    """What is stored, as a page shows it beside what somebody else typed."""
    goal = session.get(Goal, standard.goal_id) if standard.goal_id is not None else None
    return {
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.label,
        "reason": standard.reason,
        "goal": f"{goal.code} {goal.statement}" if goal is not None else "",
        "kind": standard.kind.label,
        "phase": standard.phase.label if standard.phase is not None else "",
        "target_edition": standard.target_edition,
        "groups": "、".join(group.code for group in answered_groups(session, standard.id)),
        "version": standard.version,
    }


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
