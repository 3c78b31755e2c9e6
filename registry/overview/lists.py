"""The towns' own lists of a fixture folder, imported, submitted and confirmed by their people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor, Role
from registry.errors import Invalid
from registry.municipalities import queries as municipalities
from registry.overview.loading import Folder, person
from registry.processes import queries as processes
from registry.processes import service as processes_service
from registry.processes.models import Business
from registry.requirements import importing, reviewing
from registry.requirements.legend import parse_legend
from registry.requirements.models import (
    Requirement,
    RequirementList,
)
from registry.requirements.sheet import read_table


@dataclass(frozen=True)
class ListFile:
    """One town's list for one business: the table and the legend beside it."""

    business: str
    code: str
    path: Path

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()


def list_files(folder: Folder) -> Iterator[ListFile]:
    """`requirements/<business>/<code>.tsv`, in order."""
    for path in sorted((folder.path / "requirements").glob("*/*.tsv")):
        yield ListFile(path.parent.name, path.stem, path)


def load(session: Session, actor: Actor, folder: Folder, file: ListFile) -> None:
    """Store a list, submit and confirm it, unless an earlier load has stored it.

    Raises Invalid naming the first row that cannot be taken.
    """
    business = processes.business(session, actor, file.business)
    town = municipalities.by_code(session, actor, file.code)
    digest = hashlib.sha256(file.content).hexdigest()
    if _loaded(session, town.id, business.id, digest):
        return
    editor = _of(session, folder, file.code, Role.EDITOR)
    _store(session, editor, business, file, digest)
    if _named(folder, "hidden.tsv", file):
        processes_service.hide_detail(
            session, editor, municipality_id=town.id, business_id=business.id, hidden=True
        )
    if _named(folder, "unsubmitted.tsv", file):
        return
    reviewing.submit(
        session, editor, municipality_id=town.id, business_id=business.id, requirement_ids=None
    )
    if _named(folder, "unconfirmed.tsv", file):
        return
    approver = _of(session, folder, file.code, Role.APPROVER)
    waiting = session.execute(
        sa.select(Requirement.id, Requirement.submitted_version_id)
        .where(
            Requirement.municipality_id == town.id,
            Requirement.business_id == business.id,
            Requirement.submitted_version_id.is_not(None),
        )
        .order_by(Requirement.id)
    )
    items = [(row.id, row.submitted_version_id) for row in waiting]
    reviewing.confirm(session, approver, items=items)


def _store(
    session: Session, editor: Actor, business: Business, file: ListFile, digest: str
) -> None:
    """Import the file as its editor. Raises Invalid naming the first row that cannot be taken."""
    legend = parse_legend(file.path.with_suffix(".toml").read_text(encoding="utf-8"))
    opened = importing.open_list(
        session,
        editor,
        municipality_id=editor.municipality_id or 0,
        business_id=business.id,
        name=legend.name,
        sha256=digest,
        table=read_table(file.path.name, file.content),
        legend=legend,
    )
    checked = importing.preview(session, editor, opened).checked
    if checked.rejections:
        first = checked.rejections[0]
        raise Invalid(
            f"{file.path.name} の {first.row} 行目「{first.column}」: {first.reason}{first.mend}"
        )
    importing.store(session, editor, opened, checked)


def _loaded(session: Session, municipality_id: int, business_id: int, digest: str) -> bool:
    query = sa.select(RequirementList.id).where(
        RequirementList.municipality_id == municipality_id,
        RequirementList.business_id == business_id,
        RequirementList.source_sha256 == digest,
    )
    return session.scalar(query.order_by(RequirementList.id).limit(1)) is not None


def _named(folder: Folder, name: str, file: ListFile) -> bool:
    """Whether a list of (municipality_code, business) pairs names this one."""
    return any(
        (row["municipality_code"], row["business"]) == (file.code, file.business)
        for row in folder.rows(name)
    )


def _of(session: Session, folder: Folder, code: str, role: Role) -> Actor:
    for row in folder.rows("accounts.tsv"):
        if (row["municipality_code"], row["role"]) == (code, role.value):
            return person(session, row["email"])
    raise Invalid(f"accounts.tsv に {code} の{role.label}がいません。")
