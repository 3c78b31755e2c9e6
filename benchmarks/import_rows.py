"""How long 10,000 rows of xlsx take to be read, checked, compared and stored.

    python benchmarks/import_rows.py [--rows 10000] [--engines sqlite postgresql]

Prints for each engine the steps of a first import and of a second one in which every tenth row
has changed. Reading includes starting the child process. PostgreSQL is the cluster of the tests,
which does not wait for the disk.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from registry import migrate, transaction
from registry.access import Actor, terminal_actor
from registry.db import Database
from registry.municipalities.models import Municipality, MunicipalityKind, Region
from registry.processes.models import Business
from registry.requirements import importing, sheet
from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.models import Requirement, RequirementList
from registry.requirements.rows import check_rows
from registry.workbook import Column, write_table
from tests.postgresql import running_cluster

KEY = "audit key of the benchmark, 32 chars"
LEGEND = Legend(
    columns={
        "大項目": Field.SECTION,
        "番号": Field.NUMBER,
        "要件": Field.TEXT,
        "区分": Field.MARK,
        "備考": Field.NOTE,
    },
    marks={"◎": Mark(Axis.OBLIGATION, "mandatory"), "○": Mark(Axis.OBLIGATION, "optional")},
)


def workbook(rows: int, changed_every: int = 0) -> bytes:
    def row(n: int) -> list[str]:
        limit = n % 30 + (1 if changed_every and n % changed_every == 0 else 0)
        text = f"利用者が第{n}施設の空き状況を{limit}日前から照会し、予約を申し込めること。"
        return [f"第{n // 50 + 1}章", f"{n // 50 + 1}-{n % 50 + 1}", text, "◎○"[n % 2], ""]

    columns = [Column("大項目"), Column("番号"), Column("要件", 60), Column("区分"), Column("備考")]
    return write_table("一覧", columns, (row(n) for n in range(rows)))


@contextmanager
def timed(name: str, times: dict[str, float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    times[name] = time.perf_counter() - begun


def prepare(database: Database) -> tuple[Actor, int, int]:
    migrate.upgrade(database)
    with transaction.writing(database, audit_key=KEY) as session:
        region = Region(code="r", name="地域", bureau="事務局", issuer="協議会")
        session.add(region)
        session.flush()
        town = Municipality(
            region_id=region.id,
            code="072028",
            name="市",
            kana="し",
            kind=MunicipalityKind.CITY,
            population=1,
        )
        business = Business(region_id=region.id, slug="b", number="001", name="業務")
        session.add_all([town, business])
        session.flush()
        return terminal_actor(region.id), town.id, business.id


def run(
    database: Database, actor: Actor, town: int, business: int, file: bytes
) -> tuple[dict[str, int], dict[str, float]]:
    """(what the import did, seconds of each step)."""
    times: dict[str, float] = {}
    with timed("read (child)", times):
        table = sheet.read_in_child("list.xlsx", file)
    with timed("keep the file", times), transaction.writing(database, audit_key=KEY) as session:
        list_id = importing.open_list(
            session,
            actor,
            municipality_id=town,
            business_id=business,
            name="",
            sha256=hashlib.sha256(file).hexdigest(),
            table=table,
            legend=LEGEND,
        ).id
    with timed("check rows", times):
        checked = check_rows(table, LEGEND, goal_codes=[])
    with (
        timed("match and store", times),
        transaction.writing(database, audit_key=KEY) as session,
    ):
        list_ = session.get_one(RequirementList, list_id)
        counts = importing.store(session, actor, list_, checked)
    return counts, times


def measure(engine: str, database: Database, rows: int) -> None:
    actor, town, business = prepare(database)
    for name, file in (
        ("first import", workbook(rows)),
        ("second import, every 10th row changed", workbook(rows, changed_every=10)),
    ):
        print(f"{engine}, {name}: {rows:,} rows, {len(file) / 1e6:.1f} MB")
        counts, times = run(database, actor, town, business, file)
        print(f"  {counts}")
        for step, seconds in times.items():
            print(f"  {step:<18}{seconds:8.2f} s")
        print(f"  {'together':<18}{sum(times.values()):8.2f} s", flush=True)
    with database.read() as session:
        stored = session.scalar(sa.select(sa.func.count()).select_from(Requirement))
        assert stored == rows
    database.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    for engine in options.engines:
        if engine == "sqlite":
            with tempfile.TemporaryDirectory() as folder:
                measure(engine, Database(f"sqlite:///{Path(folder) / 'kaizu.db'}"), options.rows)
        else:
            for cluster in running_cluster():
                measure(engine, Database(cluster.create_database()), options.rows)


if __name__ == "__main__":
    main()
