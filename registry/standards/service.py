"""Grouping lines, drafting standards from groups, saying what they mean for each town, deciding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.processes.models import Business
from registry.requirements.models import Obligation, Requirement, RequirementKind
from registry.standards import (
    application_queries,
    codes,
    decision_queries,
    group_queries,
    queries,
    standings,
)
from registry.standards.applying import propose
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
from registry.workbook import Column, write_table

ADOPTED: Final = frozenset({Outcome.ADOPT, Outcome.ADOPT_REVISED})
NEEDS_VALUE: Final = frozenset({ApplicationState.OWN_VALUE, ApplicationState.EXCEPTION})


# ---- groups and alignments --------------------------------------------------------------------


def create_group(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    label: str,
    goal_id: int | None = None,
    code: str | None = None,
) -> RequirementGroup:
    """A new, empty group. `code` is given only where codes come from outside (fixtures).

    Raises Invalid for an empty label or a strange code, Conflict for a code that exists.
    """
    business = _business(session, actor, Permission.ALIGN, business_id)
    _lock(session, business)
    group = RequirementGroup(
        business_id=business.id,
        code=_group_code(session, business, code),
        label=_filled("label", label),
        goal_id=_goal_id(session, actor, goal_id),
    )
    session.add(group)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.create_group",
        f"requirement_group:{group.id}",
        after={"code": group.code, "label": group.label, "goal_id": group.goal_id},
    )
    return group


def update_group(
    session: Session,
    actor: Actor,
    group: RequirementGroup,
    *,
    version: int,
    label: str,
    goal_id: int | None,
) -> None:
    """Another label or goal. Raises Conflict for a stale version, Invalid for an empty label."""
    _business(session, actor, Permission.ALIGN, group.business_id)
    session.refresh(group, with_for_update=True)
    check_version(group.version, version, {"label": group.label, "goal": group.goal_id or ""})
    before = {"label": group.label, "goal_id": group.goal_id}
    # Looked up first: a query between two changes would count the version up twice.
    goal_id = _goal_id(session, actor, goal_id, kept=group.goal_id)
    group.label = _filled("label", label)
    group.goal_id = goal_id
    after = {"label": group.label, "goal_id": group.goal_id}
    if after != before:
        audit.record(
            session,
            actor,
            "standards.update_group",
            f"requirement_group:{group.id}",
            before=before,
            after=after,
        )


def align(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    requirement: Requirement,
    relation: Relation,
) -> Alignment:
    """Say that the submitted wording of a line belongs to the group, or confirm it anew.

    For a line that is in the group already the relation and the version looked at are renewed, so
    that it is no longer suspect. Raises NotFound for a line of another business, Conflict for one
    that is not submitted.
    """
    _business(session, actor, Permission.ALIGN, group.business_id)
    if requirement.business_id != group.business_id:
        raise NotFound
    if requirement.deleted_at is not None or requirement.submitted_version_id is None:
        raise Conflict(
            "この行は提出されていないか、取り下げられたため、対応付けていません。"
            "団体が提出してから、もう一度対応付けてください。"
        )
    _touch(session, group)
    alignment = session.scalar(
        sa.select(Alignment).where(
            Alignment.group_id == group.id, Alignment.requirement_id == requirement.id
        )
    )
    before = _alignment_values(alignment) if alignment is not None else None
    if alignment is None:
        alignment = Alignment(group_id=group.id, requirement_id=requirement.id)
        session.add(alignment)
    alignment.requirement_version_id = requirement.submitted_version_id
    alignment.relation = relation
    alignment.account_id = actor.account_id
    alignment.confirmed_at = now()
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.align",
        f"alignment:{alignment.id}",
        before=before,
        after={"group": group.code, **_alignment_values(alignment)},
    )
    return alignment


def unalign(session: Session, actor: Actor, *, alignment: Alignment) -> None:
    """Take a line out of its group; what was said of it stays in the audit record."""
    group = _group_of(session, actor, alignment)
    _touch(session, group)
    session.delete(alignment)
    audit.record(
        session,
        actor,
        "standards.unalign",
        f"alignment:{alignment.id}",
        before={"group": group.code, **_alignment_values(alignment)},
    )


def move_alignment(
    session: Session, actor: Actor, *, alignment: Alignment, group: RequirementGroup
) -> Alignment:
    """Put a line into another group of the same business.

    Raises NotFound for a group of another business, Conflict when the line is there already.
    """
    source = _group_of(session, actor, alignment)
    if group.business_id != source.business_id:
        raise NotFound
    if group.id == source.id:
        return alignment
    for row in sorted((source, group), key=lambda row: row.id):  # one order, so no deadlock
        _touch(session, row)
    if session.scalar(
        sa.select(Alignment.id).where(
            Alignment.group_id == group.id, Alignment.requirement_id == alignment.requirement_id
        )
    ):
        raise Conflict(
            f"この行は {group.code} にもすでに入っているため、移していません。"
            f"{source.code} から外すだけでよければ「外す」を選んでください。"
        )
    alignment.group_id = group.id
    _confirmed_by(alignment, actor)
    audit.record(
        session,
        actor,
        "standards.move_alignment",
        f"alignment:{alignment.id}",
        before={"group": source.code},
        after={"group": group.code},
    )
    return alignment


def split_group(
    session: Session,
    actor: Actor,
    *,
    group: RequirementGroup,
    version: int,
    alignment_ids: Collection[int],
    label: str,
) -> RequirementGroup:
    """Move some lines of a group into a new one, which takes over its goal.

    Raises Conflict for a stale version, Invalid when no line or every line was chosen, NotFound
    for a line of another group.
    """
    _business(session, actor, Permission.ALIGN, group.business_id)
    _touch(session, group, version)
    lines = session.scalars(
        sa.select(Alignment).where(Alignment.group_id == group.id).order_by(Alignment.id)
    ).all()
    wanted = set(alignment_ids)
    if wanted - {line.id for line in lines}:
        raise NotFound
    if not wanted or len(wanted) == len(lines):
        raise Invalid(
            "分けていません。",
            {"alignments": ["分ける行を、少なくとも 1 行は残るように選んでください。"]},
        )
    new = create_group(
        session, actor, business_id=group.business_id, label=label, goal_id=group.goal_id
    )
    for line in lines:
        if line.id in wanted:
            line.group_id = new.id
            _confirmed_by(line, actor)
    audit.record(
        session,
        actor,
        "standards.split_group",
        f"requirement_group:{group.id}",
        after={"group": new.code, "alignments": sorted(wanted)},
    )
    return new


# ---- standards --------------------------------------------------------------------------------


def draft_standard(
    session: Session,
    actor: Actor,
    *,
    business_id: int,
    group_ids: Collection[int],
    title: str,
    text: str,
    obligation: Obligation,
    reason: str,
    goal_id: int | None,
    kind: RequirementKind,
    phase: Phase | None,
    target_edition: str = "",
    code: str | None = None,
) -> StandardRequirement:
    """A new standard that answers the groups, with a proposed application for every town.

    `code` is given only where codes come from outside (fixtures). Raises Invalid for empty texts,
    a strange code or a closed goal, NotFound for groups or goals out of reach, Conflict for a code
    that exists.
    """
    business = _business(session, actor, Permission.DRAFT_STANDARDS, business_id)
    groups = _groups(session, business.id, group_ids)
    _lock(session, business)
    serial = _serial(session, business, code)
    standard = StandardRequirement(
        business_id=business.id,
        serial=serial,
        code=codes.standard_code(business.number, serial),
        title=_filled("title", title),
        text=_filled("text", text),
        obligation=obligation,
        kind=kind,
        reason=reason.strip(),
        phase=phase,
        goal_id=_goal_id(session, actor, goal_id),
        target_edition=target_edition.strip(),
    )
    session.add(standard)
    session.flush()  # the answers and applications point to it
    session.add_all(StandardAnswer(standard_id=standard.id, group_id=group.id) for group in groups)
    session.flush()
    _propose_applications(session, standard)
    audit.record(
        session,
        actor,
        "standards.draft_standard",
        f"standard_requirement:{standard.id}",
        after=_standard_values(standard, groups),
    )
    return standard


def update_standard(
    session: Session,
    actor: Actor,
    standard: StandardRequirement,
    *,
    version: int,
    group_ids: Collection[int],
    title: str,
    text: str,
    obligation: Obligation,
    reason: str,
    goal_id: int | None,
    kind: RequirementKind,
    phase: Phase | None,
    target_edition: str = "",
) -> None:
    """Save an edit. After a decision it is a proposal until it is decided again.

    Applications nobody has confirmed are proposed anew; saving what is stored already changes
    nothing. Raises Conflict for a stale version, otherwise as `draft_standard`.
    """
    _business(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    session.refresh(standard, with_for_update=True)
    check_version(standard.version, version, queries.shown_values(session, standard))
    old_groups = queries.answered_groups(session, standard.id)
    groups = _groups(session, standard.business_id, group_ids)
    before = _standard_values(standard, old_groups)
    # Looked up first: a query between two changes would count the version up twice.
    goal_id = _goal_id(session, actor, goal_id, kept=standard.goal_id)
    standard.title = _filled("title", title)
    standard.text = _filled("text", text)
    standard.obligation = obligation
    standard.kind = kind
    standard.reason = reason.strip()
    standard.phase = phase
    standard.goal_id = goal_id
    standard.target_edition = target_edition.strip()
    after = _standard_values(standard, groups)
    if after == before:
        return
    if before["groups"] != after["groups"]:
        flag_modified(standard, "title")  # the groups are part of what is decided
        _answer(session, standard, groups)
    session.flush()  # the proposals read the new answers
    _propose_applications(session, standard)
    changed = [key for key in after if after[key] != before[key]]
    audit.record(
        session,
        actor,
        "standards.update_standard",
        f"standard_requirement:{standard.id}",
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )


# ---- applications -----------------------------------------------------------------------------


def set_application(
    session: Session,
    actor: Actor,
    *,
    standard: StandardRequirement,
    municipality_id: int,
    state: ApplicationState,
    value: str,
    version: int | None = None,
) -> Application:
    """Say what the standard means for one town; said by a person, it counts as confirmed.

    Raises NotFound for a town of another region, Invalid when an own value or an exception is not
    worded, Conflict for a stale version.
    """
    _business(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    town = session.get(Municipality, municipality_id)
    if town is None or town.region_id != actor.region_id:
        raise NotFound
    value = value.strip() if state in NEEDS_VALUE else ""
    if state in NEEDS_VALUE and not value:
        raise Invalid(
            "団体別の適用を保存していません。",
            {f"value-{town.code}": [f"{town.name}: {_missing_value(state)}"]},
        )
    application = session.scalar(
        sa.select(Application)
        .where(Application.standard_id == standard.id, Application.municipality_id == town.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    before = None
    if application is None:
        application = Application(standard_id=standard.id, municipality_id=town.id)
        session.add(application)
    else:
        if version is not None:
            check_version(
                application.version,
                version,
                {"state": application.state.label, "value": application.value},
            )
        before = _application_values(application)
    after = {"state": state.value, "value": value, "confirmed": True}
    if before == after:
        return application
    application.state, application.value = state, value
    application.confirmed_by, application.confirmed_at = actor.account_id, now()
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.set_application",
        f"application:{application.id}",
        before=before,
        after={"standard": standard.code, "municipality": town.code, **after},
    )
    return application


def propose_applications(session: Session, actor: Actor, *, standard: StandardRequirement) -> int:
    """Propose anew from today's alignments what nobody has confirmed; how many rows changed."""
    _business(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    changed = _propose_applications(session, standard)
    if changed:
        audit.record(
            session,
            actor,
            "standards.propose_applications",
            f"standard_requirement:{standard.id}",
            after={"changed": changed},
        )
    return changed


def confirm_applications(session: Session, actor: Actor, *, standard: StandardRequirement) -> int:
    """Confirm every proposed application as it stands; how many were open.

    Raises Invalid naming the towns whose own value or exception is not worded yet.
    """
    _business(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    rows = session.execute(
        sa.select(Application, Municipality)
        .join(Municipality, Municipality.id == Application.municipality_id)
        .where(Application.standard_id == standard.id, Application.confirmed_at.is_(None))
        .order_by(Municipality.code)
    ).all()
    wordless = {
        f"value-{town.code}": [f"{town.name}: {_missing_value(row.state)}"]
        for row, town in rows
        if row.state in NEEDS_VALUE and not row.value
    }
    if wordless:
        raise Invalid("団体別の適用を確認済みにしていません。", wordless)
    at = now()
    for row, _ in rows:
        row.confirmed_by, row.confirmed_at = actor.account_id, at
    if rows:
        audit.record(
            session,
            actor,
            "standards.confirm_applications",
            f"standard_requirement:{standard.id}",
            after={town.code: [row.state.value, row.value] for row, town in rows},
        )
    return len(rows)


# ---- decisions --------------------------------------------------------------------------------


def decide(
    session: Session,
    actor: Actor,
    *,
    standard: StandardRequirement | None = None,
    group: RequirementGroup | None = None,
    version: int,
    outcome: Outcome,
    reason: str,
    decided_on: date,
) -> Decision:
    """Record a decision on a standard, or on a group no standard was drafted for.

    Decisions are only added; a new one supersedes the former. Each moves its subject to the next
    version, so that of two people who decide on the same page the second is refused.

    Raises Conflict for a stale version or a group with a standard, Invalid without a reason or
    for adopting a bare group, Forbidden for 管理者(端末): a decision has a person's name.
    """
    subject = standard if standard is not None else group
    if subject is None or (standard is not None and group is not None):
        raise TypeError("a decision is about one standard or one group")
    _business(session, actor, Permission.DECIDE, subject.business_id)
    account_id = _decider(actor)
    reason = _filled("reason", reason)
    if group is not None:
        _check_bare_group(session, group, outcome)
    theirs = decision_queries.newest_decision_words(session, standard=standard, group=group)
    _touch(session, subject, version, theirs)
    session.flush()  # the version that is decided
    former = decision_queries.newest_decision(session, standard=standard, group=group)
    decision = Decision(
        business_id=subject.business_id,
        standard_id=standard.id if standard is not None else None,
        group_id=group.id if group is not None else None,
        subject_version=subject.version,
        outcome=outcome,
        reason=reason,
        snapshot=_snapshot(session, subject),
        decided_on=decided_on,
        account_id=account_id,
        recorded_at=now(),
        supersedes_id=former.id if former is not None else None,
    )
    session.add(decision)
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.decide",
        f"decision:{decision.id}",
        before={"outcome": former.outcome.value} if former is not None else None,
        after={
            "subject": subject.code,
            "outcome": outcome.value,
            "reason": reason,
            "decided_on": decided_on.isoformat(),
        },
    )
    return decision


def adopt_national(
    session: Session, actor: Actor, *, business_id: int, reason: str, decided_on: date
) -> int:
    """Adopt at once every line of a national standard nobody has decided on; how many.

    Lines that were decided, or edited after that, are left for a person to look at. Raises
    Invalid without a reason, Conflict when nothing is open, Forbidden for 管理者(端末).
    """
    business = _business(session, actor, Permission.DECIDE, business_id)
    account_id = _decider(actor)
    reason = _filled("reason", reason)
    _lock(session, business)
    national = sa.and_(
        StandardRequirement.business_id == business.id,
        StandardRequirement.national_item_id.is_not(None),
    )
    # Whoever is deciding on one of them goes first; what follows sees that decision.
    session.execute(
        sa.select(StandardRequirement.id)
        .where(national)
        .order_by(StandardRequirement.id)
        .with_for_update()
    )
    undecided = sa.and_(
        national, ~sa.exists().where(Decision.standard_id == StandardRequirement.id)
    )
    session.execute(
        sa.update(StandardRequirement)
        .where(undecided)
        .values(version=StandardRequirement.version + 1)
    )
    rows = session.execute(
        sa.select(StandardRequirement, Goal.code)
        .outerjoin(Goal, Goal.id == StandardRequirement.goal_id)
        .where(undecided)
        .order_by(StandardRequirement.serial)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        raise Conflict("採否の決まっていない国標準の行はありません。何も変更していません。")
    groups = queries.answered_codes(session, business.id)
    at = now()
    session.execute(
        sa.insert(Decision),
        [
            {
                "business_id": business.id,
                "standard_id": standard.id,
                "subject_version": standard.version,
                "outcome": Outcome.ADOPT,
                "reason": reason,
                "snapshot": _standard_snapshot(standard, goal, groups.get(standard.id, [])),
                "decided_on": decided_on,
                "account_id": account_id,
                "recorded_at": at,
            }
            for standard, goal in rows
        ],
    )
    audit.record(
        session,
        actor,
        "standards.adopt_national",
        f"business:{business.id}",
        after={
            "outcome": Outcome.ADOPT.value,
            "reason": reason,
            "decided_on": decided_on.isoformat(),
            "count": len(rows),
            "codes": [standard.code for standard, _ in rows],
        },
    )
    return len(rows)


# ---- taking the list along --------------------------------------------------------------------

COLUMNS: Final = (
    Column("要件ID", 16, code=True),
    Column("件名", 24),
    Column("要件", 60),
    Column("実装区分", 10),
    Column("種別", 8),
    Column("目標", 14, code=True),
    Column("目標の文", 30),
    Column("理由", 40),
    Column("時期", 10),
    Column("答えるまとまり", 16),
    Column("状態", 12),
    Column("決定日", 12),
    Column("決定の理由", 40),
    Column("決めた人", 16),
)


def export_list(
    session: Session, actor: Actor, *, business: Business, wanted: standings.Wanted
) -> bytes:
    """The filtered list as an xlsx file; that it was taken along is in the audit record."""
    access.require(actor, Permission.READ_CONTENT, region_id=business.region_id)
    rows = standings.listing(session, actor, business.id, wanted, page_size=None).items
    audit.record(
        session,
        actor,
        "standards.export_list",
        f"business:{business.id}",
        after={"rows": len(rows)},
    )
    return write_table(
        f"{business.name} 標準要件",
        COLUMNS,
        (
            (
                row.code,
                row.title,
                row.text,
                row.obligation.label,
                row.kind.label,
                row.goal,
                row.goal_statement,
                row.reason,
                row.phase.label if row.phase is not None else "",
                "、".join(row.groups),
                row.standing.label,
                row.decided_on.isoformat() if row.decided_on is not None else "",
                row.decision_reason,
                row.who,
            )
            for row in rows
        ),
    )


# ---- shared by the above ----------------------------------------------------------------------


def _business(session: Session, actor: Actor, permission: Permission, business_id: int) -> Business:
    access.require(actor, permission)
    business = session.get(Business, business_id)
    if business is None or business.region_id != actor.region_id:
        raise NotFound
    return business


def _lock(session: Session, business: Business) -> None:
    """Codes are counted one after the other; SQLite's writers are alone already."""
    session.execute(sa.select(Business.id).where(Business.id == business.id).with_for_update())


def _touch(
    session: Session,
    subject: RequirementGroup | StandardRequirement,
    version: int | None = None,
    theirs: dict[str, object] | None = None,
) -> None:
    """Lock a row as it stands now and count its version up with the next flush.

    What belongs to a row but lies in other tables (its lines, its decision) changes it too.
    """
    session.refresh(subject, with_for_update=True)
    if version is not None:
        check_version(subject.version, version, theirs)
    flag_modified(subject, "code")


def _filled(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("保存していません。", {field: ["入力してください。"]})
    return text


def _goal_id(
    session: Session, actor: Actor, goal_id: int | None, *, kept: int | None = None
) -> int | None:
    """The goal, if it may be taken; one that was closed later may be kept."""
    if goal_id is None or goal_id == kept:
        return goal_id
    goal = session.get(Goal, goal_id)
    if goal is None or goal.region_id != actor.region_id:
        raise NotFound
    if goal.closed:
        raise Invalid(
            "保存していません。",
            {"goal": [f"{goal.code} は閉じた目標です。ほかの目標を選んでください。"]},
        )
    return goal_id


def _group_code(session: Session, business: Business, code: str | None) -> str:
    taken = session.scalars(
        sa.select(RequirementGroup.code)
        .where(RequirementGroup.business_id == business.id)
        .order_by(RequirementGroup.code)
    ).all()
    if code is None:
        return codes.group_code(max((codes.group_number(old) or 0 for old in taken), default=0) + 1)
    if codes.group_number(code) is None:
        raise Invalid(
            "保存していません。", {"code": ["まとまりの番号は F-001 の形にしてください。"]}
        )
    if code in taken:
        raise Conflict(f"まとまり {code} はすでにあります。何も変更していません。")
    return code


def _serial(session: Session, business: Business, code: str | None) -> int:
    own = StandardRequirement.business_id == business.id
    if code is None:
        serial = (
            session.scalar(sa.select(sa.func.max(StandardRequirement.serial)).where(own)) or 0
        ) + 1
        if serial > codes.MAX_SERIAL:
            raise Conflict(
                f"この業務の標準要件は {codes.MAX_SERIAL} 件に達しているため、追加できません。"
                "業務を分けてください。"
            )
        return serial
    given = codes.standard_serial(code, business.number)
    if given is None:
        example = codes.standard_code(business.number, 1)
        raise Invalid(
            "保存していません。", {"code": [f"この業務の要件 ID は {example} の形にしてください。"]}
        )
    if session.scalar(
        sa.select(StandardRequirement.id).where(own, StandardRequirement.serial == given)
    ):
        raise Conflict(f"標準要件 {code} はすでにあります。何も変更していません。")
    return given


def _group_of(session: Session, actor: Actor, alignment: Alignment) -> RequirementGroup:
    access.require(actor, Permission.ALIGN)
    group = session.get_one(RequirementGroup, alignment.group_id)
    _business(session, actor, Permission.ALIGN, group.business_id)
    return group


def _groups(
    session: Session, business_id: int, group_ids: Collection[int]
) -> list[RequirementGroup]:
    """The groups in the order of their codes. Raises NotFound for one of another business."""
    wanted = set(group_ids)
    groups = list(
        session.scalars(
            sa.select(RequirementGroup)
            .where(RequirementGroup.business_id == business_id, RequirementGroup.id.in_(wanted))
            .order_by(RequirementGroup.code)
        )
    )
    if len(groups) != len(wanted):
        raise NotFound
    return groups


def _answer(
    session: Session, standard: StandardRequirement, groups: Sequence[RequirementGroup]
) -> None:
    session.execute(sa.delete(StandardAnswer).where(StandardAnswer.standard_id == standard.id))
    session.add_all(StandardAnswer(standard_id=standard.id, group_id=group.id) for group in groups)


def _propose_applications(session: Session, standard: StandardRequirement) -> int:
    """Write today's proposals over whatever nobody has confirmed; how many rows changed."""
    towns = application_queries.towns_with_lines(session, standard)
    stored = {
        row.municipality_id: row
        for row in session.scalars(
            sa.select(Application)
            .where(Application.standard_id == standard.id)
            .order_by(Application.id)
        )
    }
    changed = 0
    for municipality_id, lines in towns.items():
        proposed = propose(standard.text, lines)
        row = stored.get(municipality_id)
        if row is None:
            row = Application(standard_id=standard.id, municipality_id=municipality_id)
            session.add(row)
        elif row.confirmed_at is not None or (row.state, row.value) == (
            proposed.state,
            proposed.value,
        ):
            continue
        row.state, row.value = proposed.state, proposed.value
        changed += 1
    session.flush()
    return changed


def _decider(actor: Actor) -> int:
    if actor.account_id is None:
        raise Forbidden(
            "採否の決定には、決めた人の名前が要ります。広域調整担当としてサインインするか、"
            "--as で決めた人を指定してください。"
        )
    return actor.account_id


def _check_bare_group(session: Session, group: RequirementGroup, outcome: Outcome) -> None:
    if outcome in ADOPTED:
        raise Invalid(
            "決定を保存していません。",
            {"outcome": ["採用するには、このまとまりから標準要件の案を作ってください。"]},
        )
    answering = group_queries.standards_answering(session, group.id)
    if answering:
        raise Conflict(
            f"このまとまりには標準要件の案({'、'.join(answering)})があるため、決定を保存していません。"
            "採否は標準要件の画面で決めてください。"
        )


def _snapshot(session: Session, subject: StandardRequirement | RequirementGroup) -> dict[str, Any]:
    goal = session.get(Goal, subject.goal_id) if subject.goal_id is not None else None
    goal_code = goal.code if goal is not None else None
    if isinstance(subject, RequirementGroup):
        return {"code": subject.code, "label": subject.label, "goal": goal_code}
    groups = [group.code for group in queries.answered_groups(session, subject.id)]
    return _standard_snapshot(subject, goal_code, groups)


def _standard_snapshot(
    standard: StandardRequirement, goal_code: str | None, group_codes: Sequence[str]
) -> dict[str, Any]:
    """Everything a spec prints of a standard; editions are drawn from this alone."""
    return {
        "code": standard.code,
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.value,
        "kind": standard.kind.value,
        "reason": standard.reason,
        "phase": standard.phase.value if standard.phase is not None else None,
        "goal": goal_code,
        "groups": list(group_codes),
        "national_item_id": standard.national_item_id,
    }


def _standard_values(
    standard: StandardRequirement, groups: Sequence[RequirementGroup]
) -> dict[str, Any]:
    return {
        "code": standard.code,
        "title": standard.title,
        "text": standard.text,
        "obligation": standard.obligation.value,
        "kind": standard.kind.value,
        "reason": standard.reason,
        "phase": standard.phase.value if standard.phase is not None else None,
        "goal_id": standard.goal_id,
        "target_edition": standard.target_edition,
        "groups": [group.code for group in groups],
    }


def _alignment_values(alignment: Alignment) -> dict[str, Any]:
    return {
        "requirement_id": alignment.requirement_id,
        "requirement_version_id": alignment.requirement_version_id,
        "relation": alignment.relation.value,
    }


def _application_values(application: Application) -> dict[str, Any]:
    return {
        "state": application.state.value,
        "value": application.value,
        "confirmed": application.confirmed_at is not None,
    }


def _confirmed_by(alignment: Alignment, actor: Actor) -> None:
    """Moving a line says where it belongs, not that its newest wording was read."""
    alignment.account_id = actor.account_id
    alignment.confirmed_at = now()


def _missing_value(state: ApplicationState) -> str:
    if state is ApplicationState.EXCEPTION:
        return "例外の内容(どう違うか、いつまでか)を入力してください。"
    return "団体の値を入力してください。"
