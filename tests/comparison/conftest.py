"""What the pages and the API of the comparison show in their tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry import transaction
from registry.db import Database
from registry.requirements.models import Obligation
from registry.standards.models import Relation
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, Desk
from tests.comparison.pages import TEN, THREE, Placed
from tests.conftest import AUDIT_KEY
from tests.world import World


@pytest.fixture
def desk(session: Session, world: World) -> Desk:
    return Desk(session, world.business)


@pytest.fixture
def placed(database: Database, world: World) -> Placed:
    """F-001 same in two towns; F-002 with another number; two lines in no group."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        desk = Desk(session, world.business)
        towns = world.towns
        lines = {
            "aizu": desk.line(towns[AIZU], SEARCH),
            "kitakata": desk.line(towns[KITAKATA], "施設の空き状況を検索すること"),
            "ten": desk.line(towns[AIZU], TEN),
            "three": desk.line(towns[KITAKATA], THREE, obligation=Obligation.OPTIONAL, mark="△"),
            "loose": desk.line(towns[KITAKATA], "鍵の貸出しと返却を記録できること。"),
            "twin": desk.line(towns[AIZU], "鍵の貸出しと返却を記録すること。"),
        }
        first = desk.group("F-001", "空き状況の検索", goal_id=world.goals["G-1-1-1"].id)
        second = desk.group("F-002", "取消しの期限", goal_id=world.goals["G-1-2"].id)
        alignments = {
            "aizu": desk.align(first, lines["aizu"]),
            "kitakata": desk.align(first, lines["kitakata"]),
            "ten": desk.align(second, lines["ten"]),
            "three": desk.align(second, lines["three"], Relation.VALUE_DIFFERS),
        }
        other = Desk(session, world.other_business)
        other.group("F-001", "よその業務のまとまり", other.line(towns[AIZU], "除雪の行"))
        foreign = Desk(session, world.foreign_business)
        foreign.group("F-777", "よその地域のまとまり", foreign.line(world.other_town, SEARCH))
        return Placed(
            {name: line.id for name, line in lines.items()},
            {name: alignment.id for name, alignment in alignments.items()},
            {"F-001": first.id, "F-002": second.id},
        )


@pytest.fixture
def lines(database: Database, world: World) -> dict[str, int]:
    """F-001 with three towns' lines, F-002 with one, two lines in no group, and a draft."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        desk = Desk(session, world.business)
        towns = world.towns
        made = {
            "a": desk.line(towns[AIZU], "空きを検索できること。"),
            "b": desk.line(towns[KITAKATA], "空きを検索できること。"),
            "c": desk.line(towns["074225"], "空きを3か月先まで検索できること。"),
            "d": desk.line(towns[AIZU], "抽選ができること。"),
            "e": desk.line(towns[AIZU], "予約の取消しは3営業日前まで受け付けること。"),
            "f": desk.line(towns[KITAKATA], "予約の取消しは3営業日前まで受け付けること。"),
            "draft": desk.line(towns[AIZU], "まだ見せない行であること。", submitted=False),
        }
        desk.group("F-001", "空きの検索", made["a"], made["b"], made["c"])
        desk.group("F-002", "抽選", made["d"], goal_id=world.goals["G-1-1"].id)
        return {name: line.id for name, line in made.items()}
