"""`kaizu import national`: the official text into the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry import transaction
from registry.access import Actor
from registry.db import Database
from registry.standards import library_storing, national


def import_national(
    database: Database, actor: Actor, *, source: Path, name: str, edition: str, audit_key: str
) -> dict[str, Any]:
    """Read a folder or file and keep it; the report of issue 2, with `stored` and `slips`.

    `stored` is False when the same content was there already. The text is read before the
    database is locked. Raises Invalid for a text that cannot be read, Conflict for other content
    under the same name and edition, Forbidden without the right.
    """
    text = national.read_national(source)
    with transaction.writing(database, audit_key=audit_key) as session:
        _, stored = library_storing.store(session, actor, name=name, edition=edition, text=text)
    return {**national.report(text), "stored": stored}
