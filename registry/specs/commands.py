"""`kaizu edition create` and `kaizu spec build`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from registry import transaction
from registry.access import Actor, Permission, require
from registry.db import Database
from registry.errors import Conflict
from registry.processes import queries as processes
from registry.specs import building, document, queries, readiness_queries, service
from registry.specs.models import Edition


def create_edition(
    database: Database,
    audit_key: str,
    actor: Actor,
    *,
    slug: str,
    number: str,
    issued_on: date | None = None,
    title: str | None = None,
) -> Edition:
    """Freeze an edition of a business (`issued_on`: today in Japan) and queue its files.

    It is rehearsed first, outside the writing transaction. Raises as `service.freeze_edition`,
    and Invalid when a character cannot be printed.
    """
    require(actor, Permission.FREEZE_EDITIONS)
    day = issued_on or datetime.now(building.JAPAN).date()
    with database.read() as session:
        business = processes.business(session, actor, slug)
        if not readiness_queries.readiness(session, actor, business).problems:
            building.rehearse(
                service.preview(
                    session,
                    actor,
                    business_id=business.id,
                    number=number,
                    issued_on=day,
                    title=title,
                )
            )
    with transaction.writing(database, audit_key=audit_key) as session:
        return service.freeze_edition(
            session, actor, business_id=business.id, number=number, issued_on=day, title=title
        )


def build(
    database: Database, actor: Actor, *, slug: str, number: str, out: Path, again: bool = False
) -> list[Path]:
    """Write an edition's four files into the folder `out`; the paths written, in FILES order.

    The files stored at the release are written as they are. Without them, or with `again`, they
    are built from the frozen data, and where some are stored the bytes are compared. Raises
    NotFound for an unknown edition, Conflict when anything differs; nothing is written then.
    """
    require(actor, Permission.READ_CONTENT)
    with database.read() as session:
        business = processes.business(session, actor, slug)
        edition = queries.edition(session, actor, business.id, number)
        frozen, sha256 = queries.frozen_bytes(session, edition.id), edition.sha256
        stored = {
            row.name: (row.sha256, queries.file(session, edition.id, row.name).content)
            for row in queries.files(session, edition.id)
        }
    _check(stored | {"spec.json(版)": (sha256, frozen)})
    content = {name: file for name, (_, file) in stored.items()}
    if again or content.keys() != set(queries.FILES):
        built = building.build_files(frozen)
        for name, file in content.items():
            if built[name] != file:
                raise Conflict(
                    f"作り直した {name} が、保存済みのものと一致しません。何も書き出していません。"
                )
        content = built
    out.mkdir(parents=True, exist_ok=True)
    for name in queries.FILES:
        (out / name).write_bytes(content[name])
    return [out / name for name in queries.FILES]


def _check(stored: Mapping[str, tuple[str, bytes]]) -> None:
    for name, (sha256, content) in stored.items():
        if document.digest(content) != sha256:
            raise Conflict(
                f"保存されている {name} が、記録されたハッシュ値と一致しません。何も書き出していません。"
                "バックアップから戻す必要があります。管理者に連絡してください。"
            )
