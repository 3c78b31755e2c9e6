"""One unit of work: all of it with its audit, or nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from registry import audit, transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.vendors.models import Vendor
from tests.conftest import AUDIT_KEY
from tests.world import World


def add(database: Database, world: World, *, fail: bool) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY, request_id="r1") as session:
        session.add(Vendor(region_id=world.region.id, name="新しい", kana=""))
        audit.record(session, world.coordinator, "test.add", "vendor:")
        if fail:
            raise RuntimeError


def count(database: Database) -> tuple[int | None, int | None]:
    with database.read() as session:
        vendors = sa.select(sa.func.count()).where(Vendor.name == "新しい")
        events = sa.select(sa.func.count()).where(AuditEvent.request_id == "r1")
        return session.scalar(vendors), session.scalar(events)


def test_leaving_the_block_commits_both(database: Database, world: World) -> None:
    add(database, world, fail=False)
    assert count(database) == (1, 1)


def test_raising_rolls_both_back(database: Database, world: World) -> None:
    with pytest.raises(RuntimeError):
        add(database, world, fail=True)
    assert count(database) == (0, 0)


def test_a_failing_audit_takes_the_change_with_it(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise OSError

    monkeypatch.setattr(audit, "digest", broken)
    with pytest.raises(OSError):  # noqa: PT011 - whatever breaks the seal
        add(database, world, fail=False)
    assert count(database) == (0, 0)
