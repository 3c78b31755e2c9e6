"""An import from the uploaded file to its result, and the way back.

A file is read once (in a child process, before any lock) and kept with its legend as a list in
state 確認待ち. The preview and the job compute the same plan from it. The job stores everything in
the transaction that ends it: killed at any moment, it has either done nothing or all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import access, audit, jobs
from registry.access import Actor, Permission
from registry.accounts import queries as accounts
from registry.accounts.models import Account
from registry.db import check_version, now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.processes.models import Business
from registry.requirements import editing, export, matching, service, storage, values
from registry.requirements.annotate import Findings, Former, annotated
from registry.requirements.diffs import shown
from registry.requirements.legend import Axis, Field, Legend, guess_legend, headings, normal
from registry.requirements.matching import Plan
from registry.requirements.models import ImportState, RequirementList, RequirementState
from registry.requirements.results import without_results
from registry.requirements.rows import Checked, Rejection, check_rows
from registry.requirements.service import Save
from registry.requirements.storage import Stored
from registry.requirements.table import Table
from registry.requirements.values import Values

JOB: Final = "requirements.import"

_REMEMBERED: Final = 10  # lists looked back at for a legend
_SEEN: Final = "headings"  # beside a kept legend: all headings of its list
_FORGOTTEN: Final = "このファイルの内容は残っていません。もう一度ファイルを選んでください。"

# Version id → why it must stay: asked of the features that build on versions, by who wires them.
Used = Callable[[Session, Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. With `error` the legend does not fit the file and nothing else
    is known."""

    table: Table
    legend: Legend
    checked: Checked
    plan: Plan
    error: str = ""

    def counts(self) -> dict[str, int]:
        return self.plan.counts()


@dataclass(frozen=True, slots=True)
class Kept:
    """A line that the undo left as it is, and why."""

    requirement_id: int
    label: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Undone:
    removed: int
    restored: int
    kept: tuple[Kept, ...]


def open_list(
    session: Session,
    actor: Actor,
    *,
    municipality_id: int,
    business_id: int,
    name: str,
    sha256: str,
    table: Table,
    legend: Legend | None = None,
) -> RequirementList:
    """Keep a file as read, to be looked at before it is imported. Nothing else is stored yet.

    What an earlier import wrote beside the rows is left out. Without a legend that of our own
    template or that of the town's last import is taken where it fits, else one is guessed.
    """
    _require(session, actor, municipality_id, business_id)
    table = without_results(table)
    if legend is None:
        legend = (
            export.own_form(table)
            or _remembered(session, municipality_id, business_id, table)
            or guess_legend(table)
        )
    made = RequirementList(
        municipality_id=municipality_id,
        business_id=business_id,
        name=name.strip() or legend.name or table.name,
        state=ImportState.PREVIEW,
        source_name=table.name,
        source_sha256=sha256,
        table=table.to_data(),
        legend=_kept_legend(legend, table),
        account_id=actor.account_id,
        created_at=now(),
    )
    session.add(made)
    session.flush()  # the caller shows its address
    audit.record(
        session,
        actor,
        "requirements.upload",
        f"requirement_list:{made.id}",
        after={"name": made.name, "file": table.name, "sha256": sha256},
    )
    return made


def _remembered(
    session: Session, municipality_id: int, business_id: int, table: Table
) -> Legend | None:
    """The legend last chosen for a list with these headings; new signs are left open.

    A file that is looked at counts as well: it is often mended and sent again before anything
    of it is imported.
    """
    chosen = session.scalars(
        sa.select(RequirementList.legend)
        .where(
            RequirementList.municipality_id == municipality_id,
            RequirementList.business_id == business_id,
            RequirementList.state != ImportState.CANCELLED,
            RequirementList.source_name.is_not(None),
            RequirementList.legend.is_not(None),
        )
        .order_by(RequirementList.created_at.desc(), RequirementList.id.desc())
        .limit(_REMEMBERED)
    )
    data = next((data for data in chosen if _fits(Legend.from_data(data), table)), None)
    if data is None:
        return None
    legend, guessed = Legend.from_data(data), guess_legend(table)
    more = _columns_since(data, legend, guessed) if guessed.head_row == legend.head_row else {}
    open_signs = {sign: mark for sign, mark in guessed.marks.items() if sign not in legend.marks}
    return replace(
        legend,
        columns={**legend.columns, **more},
        marks={**legend.marks, **open_signs},
        carry_down=legend.carry_down or (Field.SECTION in more.values() and guessed.carry_down),
        sheet=table.sheet,
        name="",
    )


def _fits(legend: Legend, table: Table) -> bool:
    """Whether the table has every heading of the legend in its row."""
    there = {normal(one) for one in _headings(legend, table)}
    return all(normal(heading) in there for heading in legend.columns)


def _columns_since(data: Mapping[str, Any], legend: Legend, guessed: Legend) -> dict[str, Field]:
    """Columns the list did not have when its legend was chosen: nobody has left them out."""
    if _SEEN not in data:
        return {}
    taken = set(legend.columns.values()) - {Field.SECTION}
    return {
        heading: one
        for heading, one in guessed.columns.items()
        if normal(heading) not in data[_SEEN] and one not in taken
    }


def _headings(legend: Legend, table: Table) -> list[str]:
    head = next((row for row in table.rows if row.number == legend.head_row), None)
    return headings(head, max((len(row.cells) for row in table.rows), default=0))


def _kept_legend(legend: Legend, table: Table) -> dict[str, Any]:
    """The legend as a list keeps it: with the headings there were to choose from."""
    return legend.to_data() | {_SEEN: [normal(one) for one in _headings(legend, table)]}


def preview(session: Session, actor: Actor, list_: RequirementList) -> Preview:
    """What importing the list would do now. Raises NotFound once the file is no longer kept."""
    access.require(actor, Permission.IMPORT_REQUIREMENTS, municipality_id=list_.municipality_id)
    if list_.table is None:
        raise NotFound(_FORGOTTEN)
    table, legend = Table.from_data(list_.table), _legend(list_)
    codes = [goal.code for goal in goals.all_goals(session, actor)]
    try:
        checked = check_rows(table, legend, goal_codes=codes)
    except Invalid as error:
        return Preview(table, legend, Checked(), Plan(), error=error.message)
    return Preview(table, legend, checked, _plan(session, actor, list_, checked, legend))


def _legend(list_: RequirementList) -> Legend:
    return Legend.from_data(list_.legend or {})


def _plan(
    session: Session,
    actor: Actor,
    list_: RequirementList,
    checked: Checked,
    legend: Legend,
    *,
    lock: bool = False,
) -> Plan:
    stored = storage.stored_lines(
        session, municipality_id=list_.municipality_id, business_id=list_.business_id, lock=lock
    )
    ground = matching.Ground(
        stored=stored,
        goals={goal.code: (goal.id, goal.closed) for goal in goals.all_goals(session, actor)},
        legends=editing.legends(session, {one.list_id for one in stored.values()}),
    )
    return matching.plan(checked, legend, ground)


def set_legend(
    session: Session, actor: Actor, list_: RequirementList, *, version: int, legend: Legend
) -> None:
    """Say what columns and marks mean. Raises Conflict when the import has begun."""
    _open(session, actor, list_, version)
    table = Table.from_data(list_.table or {})
    before, list_.legend = list_.legend, _kept_legend(legend, table)
    audit.record(
        session,
        actor,
        "requirements.set_legend",
        f"requirement_list:{list_.id}",
        before=before,
        after=list_.legend,
    )


def start(session: Session, actor: Actor, list_: RequirementList, *, version: int) -> jobs.Job:
    """Import in the background. Raises Conflict for a stale page or a list already begun."""
    _open(session, actor, list_, version)
    job = jobs.enqueue(session, actor, JOB, {"list_id": list_.id}, dedup=f"{JOB}:{list_.id}")
    list_.state = ImportState.RUNNING
    list_.outcome = {"job_id": job.id}
    session.flush()  # a parallel start must collide here
    return job


def cancel(session: Session, actor: Actor, list_: RequirementList, *, version: int) -> None:
    """Put a file aside without importing it; its content is dropped."""
    _open(session, actor, list_, version)
    list_.state, list_.table, list_.finished_at = ImportState.CANCELLED, None, now()
    audit.record(session, actor, "requirements.cancel_import", f"requirement_list:{list_.id}")


def reopen(session: Session, actor: Actor, list_: RequirementList, *, version: int) -> None:
    """Back to the preview after the job has failed. Raises Conflict while it may still work."""
    _require(session, actor, list_.municipality_id, list_.business_id)
    check_version(list_.version, version)
    job = job_of(session, list_)
    if (
        list_.state is not ImportState.RUNNING
        or job is None
        or job.state is not jobs.JobState.FAILED
    ):
        raise Conflict("この取込は失敗していません。画面を開き直して、状態を確かめてください。")
    list_.state, list_.outcome = ImportState.PREVIEW, None
    audit.record(session, actor, "requirements.reopen_import", f"requirement_list:{list_.id}")


def job_of(session: Session, list_: RequirementList) -> jobs.Job | None:
    """The job that imports or imported the list."""
    job_id = (list_.outcome or {}).get("job_id")
    return session.get(jobs.Job, job_id) if job_id is not None else None


def run(context: jobs.Context) -> None:
    """The job: check the rows outside the write lock, store in the transaction that ends it."""
    list_id = int(context.payload["list_id"])
    with context.database.read() as session:
        list_ = session.get(RequirementList, list_id)
        if list_ is None or list_.state is not ImportState.RUNNING:
            return  # done by an earlier attempt, or put aside
        actor = _actor(session, context)
        table, legend = Table.from_data(list_.table or {}), _legend(list_)
        codes = [goal.code for goal in goals.all_goals(session, actor)]
    total = len(table.rows)
    context.progress(0, total, "行を確かめています。")
    checked = check_rows(table, legend, goal_codes=codes)
    context.progress(total, total)
    result: dict[str, Any] = {"list_id": list_id}
    with context.complete(result) as session:
        list_ = session.get_one(RequirementList, list_id, with_for_update=True)
        if list_.state is ImportState.RUNNING:
            result |= store(session, _actor(session, context), list_, checked)


def _actor(session: Session, context: jobs.Context) -> Actor:
    """Who asked for the import, with the rights of now. Raises Forbidden for a stopped account."""
    if context.account_id is None:
        return access.terminal_actor(context.region_id)
    account = session.get_one(Account, context.account_id)
    if account.deactivated_at is not None:
        raise Forbidden("取込を始めた人のアカウントが停止されたため、取り込みませんでした。")
    return accounts.actor_of(session, account)


def store(
    session: Session, actor: Actor, list_: RequirementList, checked: Checked
) -> dict[str, int]:
    """Store the good rows and keep what was done to which line; the counts."""
    _require(session, actor, list_.municipality_id, list_.business_id)
    legend = _legend(list_)
    plan = _plan(session, actor, list_, checked, legend, lock=True)
    saves = [
        Save(values=one.values, requirement_id=one.before.id, version=one.before.row_version)
        for one in plan.changed
    ] + [Save(values=one.values, position=one.position) for one in plan.new]
    saved = (
        service.save_many(session, actor, requirement_list=list_, lines=saves, imported=True)
        if saves
        else []
    )
    counts = plan.counts()
    list_.state, list_.finished_at = ImportState.STORED, now()
    list_.outcome = {
        "job_id": (list_.outcome or {}).get("job_id"),
        "counts": counts,
        "changed": [
            [one.requirement_id, one.before.draft_id, one.version_id, one.before.state.value]
            for one in saved
            if one.before is not None
        ],
        "new": [[one.requirement_id, one.version_id] for one in saved if one.before is None],
        # The rows of the file they came from, in the order of the two above.
        "rows": {
            "changed": [one.row for one in plan.changed],
            "new": [one.row for one in plan.new],
        },
        "rejections": [
            [one.row, one.column, one.value, one.reason, one.mend] for one in plan.rejections
        ],
        "missing": [[one.id, one.values.label, one.values.text] for one in plan.missing],
        "unmapped": list(checked.unmapped),
    }
    audit.record(
        session,
        actor,
        "requirements.import",
        f"requirement_list:{list_.id}",
        after={"file": list_.source_name, "sha256": list_.source_sha256, **counts},
    )
    return counts


def rejections_of(list_: RequirementList) -> list[Rejection]:
    """The rejected cells of a stored import."""
    return [Rejection(*one) for one in (list_.outcome or {}).get("rejections", [])]


def annotated_file(session: Session, actor: Actor, list_: RequirementList) -> bytes:
    """`write_annotated` with its record, in one transaction."""
    content = write_annotated(session, actor, list_)
    record_annotated(session, actor, list_)
    return content


def write_annotated(session: Session, actor: Actor, list_: RequirementList) -> bytes:
    """The person's own list as xlsx with what the import would do, or did, written into it.

    The file as read is kept until the import is put aside. Only reads, so that a long list is
    written without holding a lock; who hands it out calls `record_annotated`.

    Raises NotFound for a file no longer kept, Conflict while the import runs, Invalid when the
    legend does not fit the file.
    """
    _require(session, actor, list_.municipality_id, list_.business_id)
    if list_.table is None:
        raise NotFound(_FORGOTTEN)
    if list_.state is ImportState.RUNNING:
        raise Conflict("取り込んでいる途中です。終わってから、もう一度保存してください。")
    outcome = list_.outcome or {}
    # After the undo nothing of it is stored: what counts is what importing it again would do.
    if list_.state is ImportState.STORED and "rows" in outcome:
        findings = _done(session, actor, list_, outcome)
    else:
        findings = _planned(session, actor, list_)
    table = Table.from_data(list_.table)
    return annotated(table, _legend(list_), findings, title=list_.name)


def record_annotated(session: Session, actor: Actor, list_: RequirementList) -> None:
    """Note that the annotated list was taken out as a file."""
    _require(session, actor, list_.municipality_id, list_.business_id)
    audit.record(
        session,
        actor,
        "requirements.export_annotated",
        f"requirement_list:{list_.id}",
        after={"file": list_.source_name, "state": list_.state.value},
    )


def _planned(session: Session, actor: Actor, list_: RequirementList) -> Findings:
    found = preview(session, actor, list_)
    if found.error:
        raise Invalid(found.error)
    codes = {goal.id: goal.code for goal in goals.all_goals(session, actor)}
    return Findings(
        rejections=found.plan.rejections,
        new=frozenset(one.row for one in found.plan.new),
        changed={
            one.row: _formers(one.before.values, one.values, codes) for one in found.plan.changed
        },
    )


def _done(
    session: Session, actor: Actor, list_: RequirementList, outcome: Mapping[str, Any]
) -> Findings:
    """What the import did, from the versions it made: edits since then do not alter it."""
    codes = {goal.id: goal.code for goal in goals.all_goals(session, actor)}
    changed = dict(zip(outcome["rows"]["changed"], outcome["changed"], strict=True))
    said = storage.wordings(
        session,
        {version for _, before, after, _ in changed.values() for version in (before, after)},
    )
    stored = storage.stored_lines(
        session,
        municipality_id=list_.municipality_id,
        business_id=list_.business_id,
        ids={row_id for row_id, *_ in changed.values()},
    )
    return Findings(
        rejections=rejections_of(list_),
        new=frozenset(outcome["rows"]["new"]),
        changed={
            row: _formers(said[before], said[after], codes)
            for row, (_, before, after, _) in changed.items()
        },
        versions={
            row: stored[row_id].wording
            for row, (row_id, _, after, _) in changed.items()
            if row_id in stored and stored[row_id].draft_id == after
        },
        done=True,
    )


def _formers(old: Values, new: Values, codes: Mapping[int, str]) -> tuple[Former, ...]:
    """What stood where the row brings something else."""
    found = [
        Former(one.field, one.label, shown(one.field, one.old, codes))
        for one in values.changes(old, new)
    ]
    if not found:  # the same sign, which means something else by now
        found.append(Former("meaning", "印の意味", _meaning(old.meaning or {})))
    return tuple(found)


def _meaning(stored: Mapping[str, Any]) -> str:
    """What a mark was said to mean, in words; an obligation would be a change of its own."""
    axis = Axis(stored["axis"]).label if stored.get("axis") else ""
    return f"{axis}（{stored['value']}）" if stored.get("value") else axis


def template(session: Session, actor: Actor, *, business: Business, title: str) -> bytes:
    """The form to fill in for a business of the region, with its open goals to choose from."""
    access.require(actor, Permission.IMPORT_REQUIREMENTS, region_id=business.region_id)
    audit.record(session, actor, "requirements.export_template", f"business:{business.id}")
    return export.template(title, export.open_goals(session, actor))


def nothing_used(_: Session, __: Sequence[int]) -> Mapping[int, str]:
    return {}


def undo(
    session: Session,
    actor: Actor,
    list_: RequirementList,
    *,
    version: int,
    used: Used = nothing_used,
) -> Undone:
    """Take an import back: its new lines go, its changed lines get their former wording.

    A line that was edited, submitted or built upon since stays, and is named. `used` tells which
    of the imported versions other features rest on. Raises Conflict for a stale page or a list
    that is not stored.
    """
    _require(session, actor, list_.municipality_id, list_.business_id)
    check_version(list_.version, version)
    if list_.state is not ImportState.STORED or list_.source_name is None:
        raise Conflict("取り消せるのは、取込済みの一覧だけです。画面を開き直してください。")
    outcome = list_.outcome or {}
    made: dict[int, int] = dict(outcome.get("new", []))
    changed = {
        row_id: (before, after, RequirementState(state))
        for row_id, before, after, state in outcome.get("changed", [])
    }
    session.flush()  # plain statements follow
    stored = storage.stored_lines(
        session,
        municipality_id=list_.municipality_id,
        business_id=list_.business_id,
        ids=made.keys() | changed.keys(),
        lock=True,
    )
    versions = made | {row_id: after for row_id, (_, after, _) in changed.items()}
    reasons = used(session, sorted(versions.values()))
    kept = {
        row_id: why
        for row_id, version_id in versions.items()
        if row_id in stored and (why := _why_kept(stored[row_id], version_id, reasons))
    }
    gone = [row_id for row_id in made if row_id in stored and row_id not in kept]
    back = [row_id for row_id in changed if row_id in stored and row_id not in kept]
    storage.point_all(session, gone, deleted_at=now())
    storage.point(
        session,
        [
            {
                "id": row_id,
                "draft_version_id": changed[row_id][0],
                "state": _state_before(stored[row_id], *changed[row_id][::2]),
            }
            for row_id in back
        ],
    )
    named = tuple(
        Kept(row_id, stored[row_id].values.label, stored[row_id].values.text, why)
        for row_id, why in kept.items()
    )
    list_.state = ImportState.UNDONE
    list_.outcome = outcome | {
        "undone": {"removed": len(gone), "restored": len(back), "at": now().isoformat()},
        "kept": [[one.requirement_id, one.label, one.text, one.why] for one in named],
    }
    audit.record(
        session,
        actor,
        "requirements.undo_import",
        f"requirement_list:{list_.id}",
        after={"removed": gone, "restored": back, "kept": sorted(kept)},
    )
    return Undone(len(gone), len(back), named)


def _why_kept(line: Stored, imported: int, reasons: Mapping[int, str]) -> str:
    if line.draft_id != imported:
        return "取込のあとに編集されています"
    if line.confirmed_id == imported:
        return "確定されています"
    if line.submitted_id == imported:
        return "提出されています"
    return reasons.get(imported, "")


def _state_before(line: Stored, former: int, state: RequirementState) -> RequirementState:
    """The state the former wording has now: its town may have judged it meanwhile."""
    if line.confirmed_id == former:
        return RequirementState.CONFIRMED
    if line.submitted_id == former:
        return RequirementState.SUBMITTED
    if state is RequirementState.DRAFT:
        return state
    return RequirementState.RETURNED if line.return_reason else RequirementState.DRAFT


def _open(session: Session, actor: Actor, list_: RequirementList, version: int) -> None:
    """The list still waits for its confirmation, as this page showed it."""
    _require(session, actor, list_.municipality_id, list_.business_id)
    if list_.state is not ImportState.PREVIEW:
        raise Conflict(
            f"この取込はすでに「{list_.state.label}」です。画面を開き直して、結果を確かめてください。"
        )
    check_version(list_.version, version)


def _require(session: Session, actor: Actor, municipality_id: int, business_id: int) -> None:
    town = session.get(Municipality, municipality_id)
    business = session.get(Business, business_id)
    if town is None or business is None or business.region_id != town.region_id:
        raise NotFound
    access.require(
        actor,
        Permission.IMPORT_REQUIREMENTS,
        region_id=town.region_id,
        municipality_id=town.id,
    )
