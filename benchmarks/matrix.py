"""How long the first screen of the matrix takes in the server, and how many queries it needs.

    python benchmarks/matrix.py [--lines 2000] [--runs 15] [--engines sqlite postgresql]

Seeds one business with 2 and with 13 towns of `--lines` lines each in `--lines` groups, half of
them answered by a standard, and asks for pages through the application as a signed-in person.
Nothing is cached between requests but what the application itself remembers.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from registry import access, collector, migrate, transaction
from registry.accounts import service as accounts
from registry.accounts import signin
from registry.accounts.models import Account
from registry.app import create_app
from registry.config import Config
from registry.db import Base, Database, now
from registry.municipalities.models import Municipality, MunicipalityKind, Region
from registry.processes.models import Business
from registry.requirements.models import (
    Body,
    ImportState,
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.standards.models import (
    Alignment,
    Relation,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from registry.text.normalise import RULES, body_digest, body_text
from tests.postgresql import running_cluster

KEY = "audit key of the benchmark, long enough"
SUBJECTS = (
    "施設",
    "利用者",
    "予約",
    "利用料",
    "減免",
    "抽選",
    "鍵",
    "備品",
    "団体登録",
    "利用実績",
)
ACTS = ("登録", "変更", "取消し", "照会", "印刷", "通知", "集計", "承認", "検索", "出力")
PAGES = (
    ("first screen", ""),
    ("last page", "?page=40"),
    ("differences only", "?show=differences"),
    ("one town", "?town=072028"),
)


def text(group: int, variant: int) -> str:
    subject, act = SUBJECTS[group % 10], ACTS[group // 10 % 10]
    days = f"{group % 28 + 2}営業日前"
    ways = (
        f"{subject}{group}の{act}を、利用日の{days}まで窓口と住民の端末から行えること。",
        f"住民は自宅から{subject}{group}を{act}でき、期限は利用日の{days}とすること。",
        f"{subject}{group}の{act}は利用日の{group % 28 + 5}日前まで受け付け、職員に通知すること。",
        f"{subject}{group}について、{act}の履歴を日時とともに残し、後から確かめられること。",
    )
    return ways[variant]


def seed(database: Database, town_count: int, line_count: int) -> None:
    """Plain bulk inserts; the same rows on every run."""
    dice = random.Random(42)
    at = now()
    with transaction.writing(database, audit_key=KEY) as session:
        region = Region(code="bench", name="計測地域", bureau="事務局", issuer="協議会")
        session.add(region)
        session.flush()
        towns = [
            Municipality(
                region_id=region.id,
                code=f"07{2028 + number * 13:04}",
                name=f"計測{number + 1}町",
                kana="けいそくまち",
                kind=MunicipalityKind.TOWN,
                population=1000,
            )
            for number in range(town_count)
        ]
        business = Business(region_id=region.id, slug="bench", number="001", name="計測業務")
        person = Account(
            region_id=region.id,
            email="coordinator@bench.example",
            name="計測 調整担当",
            role=access.Role.COORDINATOR,
            created_at=at,
        )
        session.add_all([*towns, business, person])
        session.flush()
        lists = [
            RequirementList(
                municipality_id=town.id,
                business_id=business.id,
                name="一覧",
                state=ImportState.STORED,
                created_at=at,
            )
            for town in towns
        ]
        session.add_all(lists)
        session.flush()

        def insert(table: type[Base], rows: list[dict[str, Any]]) -> None:
            session.execute(sa.insert(cast(sa.Table, table.__table__)), rows)

        texts = {text(group, variant) for group in range(line_count) for variant in range(4)}
        bodies = {body_text(one): one for one in sorted(texts)}
        insert(
            Body,
            [
                {"id": number, "rule": RULES, "digest": body_digest(one), "text": body}
                for number, (body, one) in enumerate(bodies.items(), 1)
            ],
        )
        numbers = {one: number for number, one in enumerate(bodies.values(), 1)}
        requirements, versions, alignments = [], [], []
        for place, (town, own) in enumerate(zip(towns, lists, strict=True)):
            for group in range(line_count):
                id = place * line_count + group + 1
                wording = text(group, min(dice.randrange(7), 3))
                requirements.append(
                    {
                        "id": id,
                        "municipality_id": town.id,
                        "business_id": business.id,
                        "list_id": own.id,
                        "position": group,
                        "state": RequirementState.SUBMITTED,
                        "version": 1,
                    }
                )
                versions.append(
                    {
                        "id": id,
                        "requirement_id": id,
                        "number": 1,
                        "text": wording,
                        "obligation": dice.choice(list(Obligation)),
                        "kind": RequirementKind.FUNCTIONAL,
                        "body_id": numbers[wording],
                        "created_at": at,
                    }
                )
                if dice.random() < 0.9:
                    alignments.append(
                        {
                            "group_id": group + 1,
                            "requirement_id": id,
                            "requirement_version_id": id,
                            "relation": dice.choice(list(Relation)),
                            "confirmed_at": at,
                        }
                    )
        insert(Requirement, requirements)
        insert(RequirementVersion, versions)
        session.execute(
            sa.update(Requirement).values(
                draft_version_id=Requirement.id, submitted_version_id=Requirement.id
            )
        )
        insert(
            RequirementGroup,
            [
                {
                    "id": group + 1,
                    "business_id": business.id,
                    "code": f"F-{group + 1:03}",
                    "label": f"{SUBJECTS[group % 10]}{group}の{ACTS[group // 10 % 10]}",
                    "version": 1,
                }
                for group in range(line_count)
            ],
        )
        insert(Alignment, alignments)
        answered = range(0, line_count, 2)
        insert(
            StandardRequirement,
            [
                {
                    "id": group + 1,
                    "business_id": business.id,
                    "serial": group + 1,
                    "code": f"A-001{group + 1:04}-01",
                    "title": "標準",
                    "text": text(group, 0),
                    "obligation": Obligation.MANDATORY,
                    "kind": RequirementKind.FUNCTIONAL,
                    "version": 1,
                }
                for group in answered
            ],
        )
        insert(
            StandardAnswer,
            [{"standard_id": group + 1, "group_id": group + 1} for group in answered],
        )
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("ANALYZE")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*arguments: Any) -> None:
        if arguments[2].lstrip().upper().startswith("SELECT"):
            found.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def measure(
    database: Database, folder: Path, runs: int
) -> list[tuple[str, float, float, float, int]]:
    """(page, best ms, median ms, CPU ms, SELECTs), sign-in and template included.

    CPU is the least time this process itself computed: it tells a slow page from a busy machine.
    """
    config = Config(
        database_url=database.url.render_as_string(hide_password=False),
        secret_key=KEY,
        audit_key=KEY,
        insecure_http=True,
        data_dir=folder,
        testing=True,
    )
    app = create_app(config, database)
    collector.settle()  # as wsgi.py does
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with transaction.writing(database, audit_key=KEY) as session:
        person = session.scalars(sa.select(Account).order_by(Account.id)).one()
        token = accounts.sign_in(session, person, hours=1)
    client = app.test_client()
    with app.test_request_context():
        client.set_cookie(
            signin.cookie_name(config), str(signin._serializer().dumps([token, int(time.time())]))
        )
    figures = []
    for name, query in PAGES:
        times, computed = [], []
        for _ in range(runs):
            begun, worked = time.perf_counter(), time.process_time()
            answer = client.get(f"/compare/bench{query}")
            times.append((time.perf_counter() - begun) * 1000)
            computed.append((time.process_time() - worked) * 1000)
            assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
        with counted(database) as statements:
            client.get(f"/compare/bench{query}")
        figures.append((name, min(times), statistics.median(times), min(computed), len(statements)))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    print(
        f"{'engine':<12}{'towns':>6}{'lines':>8}  {'page':<18}{'best ms':>9}{'median':>9}{'CPU':>9}{'SELECTs':>9}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clusters = running_cluster() if "postgresql" in options.engines else iter(())
        cluster = next(clusters, None)
        try:
            for engine in options.engines:
                for towns in (2, 13):
                    url = (
                        f"sqlite:///{folder / f'{towns}.db'}"
                        if engine == "sqlite" or cluster is None
                        else cluster.create_database()
                    )
                    database = Database(url)
                    migrate.upgrade(database)
                    seed(database, towns, options.lines)
                    for page, best, median, cpu, count in measure(database, folder, options.runs):
                        print(
                            f"{engine:<12}{towns:>6}{towns * options.lines:>8}  {page:<18}"
                            f"{best:>9.1f}{median:>9.1f}{cpu:>9.1f}{count:>9}",
                            flush=True,
                        )
                    database.dispose()
        finally:
            if cluster is not None:
                cluster.stop()


if __name__ == "__main__":
    main()
