"""`kaizu import requirements`: a town's list without a browser, in one transaction."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from registry import transaction
from registry.access import Actor
from registry.db import Database
from registry.errors import Invalid
from registry.processes import queries as processes
from registry.requirements import importing, queries, sheet
from registry.requirements.importing import Preview
from registry.requirements.legend import Legend, parse_legend
from registry.requirements.line_files import content_of
from registry.requirements.table import Table

_NOT_IMPORTED: Final = "取り込みは行っていません。"


def import_file(
    database: Database,
    actor: Actor,
    file: Path,
    *,
    municipality: str,
    business: str,
    audit_key: str,
    legend: Path | None = None,
    check: bool = False,
) -> dict[str, Any]:
    """Read, check and store a list; with `check` only say what would happen.

    `municipality` is the six-digit code, `business` the slug. Good rows are stored even when
    others are rejected. The report:

    {"file", "sha256", "list_id" (None when nothing was kept), "stored": bool,
     "new", "changed", "unchanged": counts,
     "rejected": [{"row", "column", "value", "reason", "mend"}], "rejected_rows": count,
     "missing": [{"id", "label", "text"}], "unmapped": [heading], "notes": [text]}

    Raises Invalid for a file or legend that cannot be read, NotFound, Forbidden.
    """
    content = content_of(file, _NOT_IMPORTED)
    read_legend = parse_legend(_text(legend)) if legend else None
    table = sheet.read_in_child(file.name, content, read_legend.sheet if read_legend else None)
    sha256 = hashlib.sha256(content).hexdigest()
    order = {"municipality": municipality, "business": business, "sha256": sha256}
    if check:
        # Nothing of it is kept: the transaction is left by an exception of its own.
        with database.writing() as session:
            report = _import(session, actor, table, read_legend, store=False, **order)
            session.rollback()
            return report
    with transaction.writing(database, audit_key=audit_key) as session:
        return _import(session, actor, table, read_legend, store=True, **order)


def _import(
    session: Session,
    actor: Actor,
    table: Table,
    legend: Legend | None,
    *,
    municipality: str,
    business: str,
    sha256: str,
    store: bool,
) -> dict[str, Any]:
    town = queries.municipality(session, actor, municipality)
    opened = importing.open_list(
        session,
        actor,
        municipality_id=town.id,
        business_id=processes.business(session, actor, business).id,
        name=legend.name if legend else "",
        sha256=sha256,
        table=table,
        legend=legend,
    )
    found = importing.preview(session, actor, opened)
    if found.error:
        raise Invalid(found.error)
    if store:
        importing.store(session, actor, opened, found.checked)
    return _report(table, sha256, found, list_id=opened.id if store else None)


def _report(table: Table, sha256: str, found: Preview, *, list_id: int | None) -> dict[str, Any]:
    counts = found.counts()
    return {
        "file": table.name,
        "sha256": sha256,
        "list_id": list_id,
        "stored": list_id is not None,
        "new": counts["new"],
        "changed": counts["changed"],
        "unchanged": counts["unchanged"],
        "rejected_rows": counts["rejected"],
        "rejected": [
            {
                "row": one.row,
                "column": one.column,
                "value": one.value,
                "reason": one.reason,
                "mend": one.mend,
            }
            for one in found.plan.rejections
        ],
        "missing": [
            {"id": one.id, "label": one.values.label, "text": one.values.text}
            for one in found.plan.missing
        ],
        "unmapped": list(found.checked.unmapped),
        "notes": list(found.checked.notes),
    }


def _text(file: Path) -> str:
    try:
        return content_of(file, _NOT_IMPORTED).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"凡例 {file} がUTF-8ではありません。UTF-8で保存し直してください。"
        ) from error
