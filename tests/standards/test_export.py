from __future__ import annotations

import io

import openpyxl
import sqlalchemy as sa

from registry import transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.standards import export
from registry.standards.standings import Wanted
from tests.conftest import AUDIT_KEY
from tests.standards.material import decide, drafted, group_of
from tests.world import World


def test_the_wanted_rows_are_written_and_their_number_is_in_the_audit(
    database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        group = group_of(session, world)
        standard = drafted(session, world, [group.id], goal_id=world.goals["G-1-1"].id)
        decide(session, world, standard=standard)
        drafted(session, world, title="別の要件", text="職員が一覧を見られること。")
        content = export.export_list(
            session, world.of("editor"), business=world.business, wanted=Wanted(text="仮予約")
        )
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    titles = [column.heading for column in export.COLUMNS]
    head = next(number for number, row in enumerate(rows) if list(row) == titles)
    (line,) = rows[head + 1 :]
    shown = dict(zip(titles, line, strict=True))
    assert (shown["要件ID"], shown["目標"], shown["答えるまとまり"]) == (
        "A-0010001-01",
        "G-1-1",
        "F-001",
    )
    assert (shown["状態"], shown["決定日"]) == ("採用", "2026-08-05")
    with database.read() as reading:
        last = reading.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
        assert last is not None
        assert (last.action, last.after) == ("standards.export_list", {"rows": 1})
