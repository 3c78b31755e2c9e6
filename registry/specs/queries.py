"""Reading editions, and what an edition of a business would hold at this moment."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, undefer

from registry.access import Actor, Permission, require
from registry.errors import NotFound
from registry.goals import queries as goals
from registry.goals.models import Goal, IndicatorKind
from registry.jobs import Job
from registry.municipalities import queries as municipalities
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Requirement, RequirementVersion
from registry.specs import changes, document
from registry.specs.models import Edition, EditionFile, SpecDraft
from registry.standards import decision_queries
from registry.standards.models import (
    Application,
    Decision,
    NationalItem,
    Outcome,
    StandardRequirement,
)

BUILD_EDITION: Final = "specs.build_edition"
BUILD_DRAFT: Final = "specs.build_draft"
ADOPTED: Final = frozenset({Outcome.ADOPT, Outcome.ADOPT_REVISED})
# What deliveries need: an edition with fewer files is not built yet.
FILES: Final = ("spec.pdf", "answer-sheet.xlsx", "spec.json", "SHA256SUMS")
# A piece of a hidden line of this length cannot be there by chance.
COPIED_LENGTH: Final = 15


# ---- editions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition in a list; `built` says that all its files are stored."""

    id: int
    slug: str
    business: str
    number: str
    title: str
    issued_on: date
    sha256: str
    created_at: datetime
    built: bool


def editions(session: Session, actor: Actor, business_id: int | None = None) -> list[EditionRow]:
    """The region's editions (of one business), by business and then the newest first."""
    require(actor, Permission.READ_CONTENT)
    files = (
        sa.select(sa.func.count(EditionFile.id))
        .where(EditionFile.edition_id == Edition.id)
        .scalar_subquery()
    )
    query = (
        sa.select(Edition, Business, files)
        .join(Business, Business.id == Edition.business_id)
        .where(Business.region_id == actor.region_id)
        .order_by(Business.number, Edition.id.desc())
    )
    if business_id is not None:
        query = query.where(Business.id == business_id)
    # Numbers only ever grow (see service.freeze_edition), so the ids order them.
    return [
        EditionRow(
            id=row.id,
            slug=business.slug,
            business=business.name,
            number=row.number,
            title=row.title,
            issued_on=row.issued_on,
            sha256=row.sha256,
            created_at=row.created_at,
            built=count == len(FILES),
        )
        for row, business, count in session.execute(query)
    ]


def edition(session: Session, actor: Actor, business_id: int, number: str) -> Edition:
    """Raises NotFound, also for another region's."""
    found = session.scalar(
        sa.select(Edition)
        .join(Business, Business.id == Edition.business_id)
        .where(
            Business.region_id == actor.region_id,
            Edition.business_id == business_id,
            Edition.number == number,
        )
    )
    if found is None:
        raise NotFound(f"第{number}版は見つかりませんでした。")
    return found


def newest(session: Session, business_id: int) -> Edition | None:
    """The edition that the next one follows."""
    return session.scalar(
        sa.select(Edition)
        .where(Edition.business_id == business_id)
        .order_by(Edition.id.desc())
        .limit(1)
    )


def frozen_bytes(session: Session, edition_id: int) -> bytes:
    """spec.json as it was frozen."""
    return session.execute(sa.select(Edition.frozen).where(Edition.id == edition_id)).scalar_one()


def frozen_spec(session: Session, edition_id: int) -> document.Spec:
    spec: document.Spec = json.loads(frozen_bytes(session, edition_id))
    return spec


@dataclass(frozen=True, slots=True)
class FileRow:
    id: int
    name: str
    media_type: str
    sha256: str
    size: int


def files(session: Session, edition_id: int) -> list[FileRow]:
    """The built files of an edition without their content, the PDF first."""
    rows = session.scalars(
        sa.select(EditionFile)
        .where(EditionFile.edition_id == edition_id)
        .order_by(EditionFile.name)
    )
    found = [FileRow(row.id, row.name, row.media_type, row.sha256, row.size) for row in rows]
    return sorted(found, key=lambda row: FILES.index(row.name) if row.name in FILES else len(FILES))


def file(session: Session, edition_id: int, name: str) -> EditionFile:
    """One built file with its content. Raises NotFound."""
    found = session.scalar(
        sa.select(EditionFile)
        .options(undefer(EditionFile.content))
        .where(EditionFile.edition_id == edition_id, EditionFile.name == name)
    )
    if found is None:
        raise NotFound(f"ファイル {name} は見つかりませんでした。")
    return found


def draft(session: Session, business_id: int) -> SpecDraft | None:
    """The newest draft PDF without its content."""
    return session.get(SpecDraft, business_id)


def draft_content(session: Session, business_id: int) -> bytes:
    """Raises NotFound when no draft was built."""
    found = session.scalar(sa.select(SpecDraft.content).where(SpecDraft.business_id == business_id))
    if found is None:
        raise NotFound("案の PDF はまだありません。先に「案の PDF を作る」を押してください。")
    return found


# ---- jobs -------------------------------------------------------------------------------------


def edition_job(session: Session, actor: Actor, edition_id: int) -> Job | None:
    """The newest job that builds this edition's files."""
    return _job(session, actor, BUILD_EDITION, "edition_id", edition_id)


def draft_job(session: Session, actor: Actor, business_id: int) -> Job | None:
    """The newest job that builds this business's draft."""
    return _job(session, actor, BUILD_DRAFT, "business_id", business_id)


def _job(session: Session, actor: Actor, kind: str, key: str, value: int) -> Job | None:
    jobs = session.scalars(
        sa.select(Job)
        .where(Job.kind == kind, Job.region_id == actor.region_id)
        .order_by(Job.id.desc())
        .limit(200)
    )
    # JSON is asked for differently by the two engines; only the newest jobs matter here.
    return next((job for job in jobs if job.payload.get(key) == value), None)


# ---- what the next edition would hold ---------------------------------------------------------


def content(
    session: Session, actor: Actor, business: Business, *, undecided: bool = False
) -> document.Content:
    """What is decided now; with `undecided` also the standards nobody has decided on."""
    region = municipalities.own_region(session, actor)
    decided = {row.standard_id: row.snapshot for row in _adopted(session, actor, business.id)}
    drafted = _undecided_snapshots(session, actor, business.id) if undecided else {}
    applied = _applications(session, business.id)
    lines = [
        _standard(snapshot, applied.get(standard_id or 0, {}), decided=standard_id in decided)
        for standard_id, snapshot in [*decided.items(), *drafted.items()]
    ]
    return document.Content(
        region_name=region.name,
        issuer=region.issuer,
        slug=business.slug,
        number=business.number,
        name=business.name,
        summary=business.summary,
        towns=[
            document.Town(town.code, town.name, town.kana, town.kind.value, town.population)
            for town in municipalities.all_towns(session, actor)
        ],
        goals=[_goal(goal) for goal in goals.all_goals(session, actor)],
        standards=lines,
        terms=[(row.term, row.meaning) for row in processes.terms(session, business.id)],
        outline=_outline(session, {line.national_item_id for line in lines}),
    )


def _adopted(session: Session, actor: Actor, business_id: int) -> list[Decision]:
    return [
        decision
        for decision in decision_queries.decided(session, actor, business_id)
        if decision.outcome in ADOPTED
    ]


def _undecided_snapshots(
    session: Session, actor: Actor, business_id: int
) -> dict[int | None, Mapping[str, Any]]:
    codes = {goal.id: goal.code for goal in goals.all_goals(session, actor)}
    return {
        row.id: {
            "code": row.code,
            "title": row.title,
            "text": row.text,
            "obligation": row.obligation.value,
            "kind": row.kind.value,
            "reason": row.reason,
            "phase": row.phase.value if row.phase else None,
            "goal": codes.get(row.goal_id or 0),
            "national_item_id": row.national_item_id,
        }
        for row in _without_decision(session, business_id)
    }


def _without_decision(session: Session, business_id: int) -> Sequence[StandardRequirement]:
    return session.scalars(
        sa.select(StandardRequirement)
        .where(
            StandardRequirement.business_id == business_id,
            ~sa.exists().where(Decision.standard_id == StandardRequirement.id),
        )
        .order_by(StandardRequirement.code)
    ).all()


def _standard(
    snapshot: Mapping[str, Any], applied: Mapping[str, document.Applied], *, decided: bool
) -> document.Standard:
    return document.Standard(
        code=snapshot["code"],
        title=snapshot["title"],
        text=snapshot["text"],
        obligation=snapshot["obligation"],
        kind=snapshot["kind"],
        reason=snapshot["reason"],
        phase=snapshot["phase"],
        goal=snapshot["goal"],
        national_item_id=snapshot["national_item_id"],
        applications=applied,
        decided=decided,
    )


def _applications(session: Session, business_id: int) -> dict[int, dict[str, document.Applied]]:
    """By standard and municipality code."""
    found: dict[int, dict[str, document.Applied]] = defaultdict(dict)
    for standard_id, code, state, value, confirmed_at in session.execute(
        sa.select(
            Application.standard_id,
            Municipality.code,
            Application.state,
            Application.value,
            Application.confirmed_at,
        )
        .join(Municipality, Municipality.id == Application.municipality_id)
        .join(StandardRequirement, StandardRequirement.id == Application.standard_id)
        .where(StandardRequirement.business_id == business_id)
        .order_by(Application.standard_id, Municipality.code)
    ):
        found[standard_id][code] = document.Applied(state.value, value, confirmed_at is not None)
    return found


def _goal(goal: Goal) -> document.GoalNode:
    indicator: dict[str, str | None] | None = None
    if goal.indicator_kind is IndicatorKind.QUANTITATIVE:
        indicator = {
            "kind": goal.indicator_kind.value,
            "measure": goal.measure,
            "unit": goal.unit,
            "now": goal.now,
            "target": goal.target,
            "due": goal.due.isoformat() if goal.due else None,
        }
    elif goal.indicator_kind is IndicatorKind.QUALITATIVE:
        indicator = {"kind": goal.indicator_kind.value, "judgement": goal.judgement}
    return document.GoalNode(
        id=goal.id,
        parent_id=goal.parent_id,
        position=goal.position,
        code=goal.code,
        statement=goal.statement,
        viewpoint=goal.viewpoint.value,
        horizon=goal.horizon.value,
        beneficiary=goal.beneficiary.value,
        indicator=indicator,
    )


def _outline(session: Session, used: set[int | None]) -> list[document.OutlineItem]:
    """The whole outlines that the used items belong to; titles of their chapters are needed."""
    if not used - {None}:
        return []
    specs = sa.select(NationalItem.national_spec_id).where(
        NationalItem.id.in_(sorted(item for item in used if item is not None)[:1])
    )
    rows = session.scalars(
        sa.select(NationalItem)
        .where(NationalItem.national_spec_id.in_(specs))
        .order_by(NationalItem.position)
    )
    return [document.OutlineItem(row.id, row.number, row.title, row.position) for row in rows]


# ---- is it ready? -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A standard somebody should look at before freezing; `note` says why."""

    code: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far the next edition is.

    `undecided`, `put_off`, `edited`: not printed, or printed as decided before an edit; they do
    not block. `unconfirmed` and `copied` (a value repeats a hidden wording) do.
    """

    decided: int
    undecided: Sequence[Point]
    put_off: Sequence[Point]
    edited: Sequence[Point]
    unconfirmed: Sequence[Point]
    copied: Sequence[Point]

    @property
    def problems(self) -> list[str]:
        """Why an edition cannot be frozen now, each with what to do; empty when it can."""
        found = []
        if not self.decided:
            found.append(
                "採用と決まった標準要件がありません。標準要件の画面で採否を決めてください。"
            )
        if self.unconfirmed:
            found.append(
                f"団体別の適用が未確認の標準要件が {len(self.unconfirmed)} 件あります。"
                "標準要件の画面で、団体ごとの適用を確認してください。"
            )
        if self.copied:
            found.append(
                f"内訳を公開していない団体の文が団体の値に写っている標準要件が {len(self.copied)} 件"
                "あります。値を書き直してください。"
            )
        return found


def readiness(session: Session, actor: Actor, business: Business) -> Readiness:
    decisions = decision_queries.decided(session, actor, business.id)
    adopted = [decision for decision in decisions if decision.outcome in ADOPTED]
    versions = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(StandardRequirement.id, StandardRequirement.version)
            .where(StandardRequirement.business_id == business.id)
            .order_by(StandardRequirement.id)
        )
    }
    applied = _applications(session, business.id)
    towns = {town.code: town.name for town in municipalities.all_towns(session, actor)}
    hidden = _hidden_wordings(session, actor, business.id)
    return Readiness(
        decided=len(adopted),
        undecided=[
            Point(row.code, row.title, "採否を決めていません")
            for row in _without_decision(session, business.id)
        ],
        put_off=[
            _point(decision, decision.outcome.label)
            for decision in decisions
            if decision.outcome is Outcome.DEFER
        ],
        edited=[
            _point(decision, "決定したときの内容で載ります")
            for decision in adopted
            if versions[decision.standard_id or 0] != decision.subject_version
        ],
        unconfirmed=list(_unconfirmed(adopted, applied, towns)),
        copied=list(_copied(adopted, applied, towns, hidden)),
    )


def next_changes(
    session: Session, actor: Actor, business: Business
) -> tuple[document.Spec, changes.Changes]:
    """The document as it would be frozen now, and what it changes against the newest edition."""
    before = newest(session, business.id)
    predecessor = frozen_spec(session, before.id) if before else None
    spec = document.freeze(
        content(session, actor, business),
        document.Issue(
            number=document.next_number(before.number if before else None),
            title=spec_title(business.name),
            issued_on=before.issued_on if before else date(2000, 1, 1),
            predecessor=predecessor,
        ),
    )
    return spec, changes.between(predecessor or {"chapters": []}, spec)


def spec_title(business_name: str) -> str:
    return f"{business_name} 標準要件仕様書"


def _point(decision: Decision, note: str) -> Point:
    return Point(decision.snapshot["code"], decision.snapshot["title"], note)


def _unconfirmed(
    adopted: Iterable[Decision],
    applied: Mapping[int, Mapping[str, document.Applied]],
    towns: Mapping[str, str],
) -> Iterable[Point]:
    """A line of a national spec is for every town alike until somebody says more."""
    for decision in adopted:
        stored = applied.get(decision.standard_id or 0, {})
        if not stored and decision.snapshot["national_item_id"] is not None:
            continue
        names = [
            name for code, name in towns.items() if code not in stored or not stored[code].confirmed
        ]
        if names:
            yield _point(decision, "、".join(names))


def _copied(
    adopted: Iterable[Decision],
    applied: Mapping[int, Mapping[str, document.Applied]],
    towns: Mapping[str, str],
    hidden: Mapping[str, Sequence[str]],
) -> Iterable[Point]:
    for decision in adopted:
        for code, one in applied.get(decision.standard_id or 0, {}).items():
            value = _bare(one.value or "")
            if value and any(_repeats(value, text) for text in hidden.get(code, ())):
                yield _point(decision, towns[code])


def _hidden_wordings(session: Session, actor: Actor, business_id: int) -> dict[str, list[str]]:
    """The submitted texts of the towns that hide their detail, by municipality code."""
    hiding = processes.hidden_towns(session, business_id)
    codes = {
        town.id: town.code for town in municipalities.all_towns(session, actor) if town.id in hiding
    }
    found: dict[str, list[str]] = defaultdict(list)
    for town_id, text in session.execute(
        sa.select(Requirement.municipality_id, RequirementVersion.text)
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .where(Requirement.business_id == business_id, Requirement.municipality_id.in_(codes))
        .order_by(Requirement.id)
    ):
        found[codes[town_id]].append(_bare(text))
    return found


def _repeats(value: str, text: str) -> bool:
    return bool(text) and (text in value or (len(value) >= COPIED_LENGTH and value in text))


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


# ---- overview ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BusinessRow:
    """A business with its newest edition and what is open.

    `adopted` lines would be in the next edition, `unconfirmed` of them block it; `open` are the
    standards nobody has decided on and those put off.
    """

    slug: str
    number: str
    name: str
    edition: EditionRow | None
    editions: int
    draft_at: datetime | None
    adopted: int
    unconfirmed: int
    open: int


def overview(session: Session, actor: Actor) -> list[BusinessRow]:
    """Every business of the region by number; the same number of queries however many there are."""
    by_slug: dict[str, list[EditionRow]] = defaultdict(list)
    for row in editions(session, actor):
        by_slug[row.slug].append(row)
    drafts = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(SpecDraft.business_id, SpecDraft.created_at)
            .join(Business, Business.id == SpecDraft.business_id)
            .where(Business.region_id == actor.region_id)
            .order_by(SpecDraft.business_id)
        )
    }
    counts = _counts(session, actor)
    return [
        BusinessRow(
            slug=business.slug,
            number=business.number,
            name=business.name,
            edition=by_slug[business.slug][0] if by_slug[business.slug] else None,
            editions=len(by_slug[business.slug]),
            draft_at=drafts.get(business.id),
            adopted=counts[business.id]["adopted"],
            unconfirmed=counts[business.id]["unconfirmed"],
            open=counts[business.id]["open"],
        )
        for business in processes.businesses(session, actor)
    ]


def _counts(session: Session, actor: Actor) -> dict[int, Counter[str]]:
    later = aliased(Decision)
    unconfirmed = sa.exists().where(
        Application.standard_id == StandardRequirement.id, Application.confirmed_at.is_(None)
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for business_id, outcome, waiting, count in session.execute(
        sa.select(
            StandardRequirement.business_id,
            Decision.outcome,
            unconfirmed,
            sa.func.count(StandardRequirement.id),
        )
        .join(Business, Business.id == StandardRequirement.business_id)
        .outerjoin(
            Decision,
            sa.and_(
                Decision.standard_id == StandardRequirement.id,
                ~sa.exists().where(later.supersedes_id == Decision.id),
            ),
        )
        .where(Business.region_id == actor.region_id)
        .group_by(StandardRequirement.business_id, Decision.outcome, unconfirmed)
        .order_by(StandardRequirement.business_id)
    ):
        if outcome in ADOPTED:
            found[business_id]["adopted"] += count
            found[business_id]["unconfirmed"] += count if waiting else 0
        elif outcome is not Outcome.REJECT:  # put off, or none at all
            found[business_id]["open"] += count
    return found
