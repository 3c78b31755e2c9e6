"""The pages of the comparison as each role meets them, by their text and marks."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from registry.audit import AuditEvent
from registry.db import Database
from registry.jobs import Job
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.standards.models import RequirementGroup
from tests.comparison.desk import AIZU, KITAKATA, SEARCH, YUGAWA, Desk
from tests.comparison.pages import (
    BASE,
    COORDINATOR,
    EDITOR,
    STRANGER,
    Placed,
    SignIn,
    change,
    compute,
    read,
    text_of,
)
from tests.world import World


def row_of(page: str, code: str) -> list[str]:
    """The words of each cell in the row of a group."""
    rows = re.findall(r"<tr>.*?</tr>", page, flags=re.S)
    row = next(row for row in rows if f">{code}<" in row)
    return [text_of(cell).strip() for cell in re.findall(r"<td.*?</td>", row, flags=re.S)]


# ---- reading ----------------------------------------------------------------------------------


def test_the_list_says_how_far_each_business_is_and_what_is_stuck(
    signed_in: SignIn, placed: Placed
) -> None:
    page = read(signed_in(EDITOR), "/compare")
    assert "公共施設予約" in page
    assert "67% 4/6行 2 1 件の差異を見る 1 件の値・反対の差異を見る" in page
    assert "未提出の団体 1: 湯川村" in page
    assert "どのまとまりにもない行 2" in page
    assert "標準要件がまだないまとまり 2" in page


def test_the_matrix_shows_each_town_in_words_and_signs(signed_in: SignIn, placed: Placed) -> None:
    client = signed_in(EDITOR)
    page = client.get(BASE).get_data(as_text=True)
    words = text_of(page)
    assert "会津若松市" in words
    assert row_of(page, "F-001") == ["● 同じ", "● 同じ", "◇ 未提出"]
    assert row_of(page, "F-002") == ["● 同じ", "▲ 値 差異あり(値が違う)", "◇ 未提出"]
    assert SEARCH in words
    assert "実装区分が違う" in words
    assert f'href="{BASE}/groups/F-002#town-{KITAKATA}"' in page
    assert "よその" not in words
    assert 'aria-label="記号の意味"' in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["F-001", "F-002"]),
        ("?show=differences", ["F-002"]),
        ("?show=values", ["F-002"]),
        ("?show=absent", []),
        ("?show=suspect", []),
        ("?show=no_standard", ["F-001", "F-002"]),
        ("?goal=G-1-1", ["F-001"]),
        ("?goal=G-1", ["F-001", "F-002"]),
        ("?goal=G-1-1&show=differences", []),
        (f"?town={KITAKATA}&show=differences", ["F-002"]),
        (f"?town={AIZU}&show=differences", []),
        (f"?town={YUGAWA}", []),
        ("?page_size=1&page=2", ["F-002"]),
    ],
)
def test_filters_and_pages(signed_in: SignIn, placed: Placed, query: str, codes: list[str]) -> None:
    page = signed_in(EDITOR).get(f"{BASE}{query}")
    assert page.status_code == 200
    found = re.findall(r'kz-matrix__code">(F-\d+)<', page.get_data(as_text=True))
    assert found == codes
    if not codes:
        assert "この条件に当てはまるまとまりはありません" in page.get_data(as_text=True)


@pytest.mark.parametrize("query", ["?show=nothing", "?goal=G-99", "?town=999999", "?page=0"])
def test_a_filter_that_does_not_exist_is_refused_in_words(
    signed_in: SignIn, placed: Placed, query: str
) -> None:
    read(signed_in(EDITOR), f"{BASE}{query}", 422)


def test_a_hiding_town_is_a_sign_without_link_text_or_id(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    change(database, world, lambda desk: desk.hide(world.towns[KITAKATA]))
    client = signed_in(EDITOR)
    page = client.get(BASE).get_data(as_text=True)
    assert row_of(page, "F-002")[1] == "■ 内訳非公開"
    assert f"#town-{KITAKATA}" not in page
    group = read(client, f"{BASE}/groups/F-002")
    assert "3営業日" not in group
    assert "■ 内訳非公開 喜多方市" in group
    assert "鍵の貸出しと返却を記録できること" not in read(client, f"{BASE}/unaligned")
    own = signed_in(f"editor@{KITAKATA}.example")
    assert "3営業日" in read(own, f"{BASE}/groups/F-002")
    assert "3営業日" in read(signed_in(COORDINATOR), f"{BASE}/groups/F-002")


def test_the_workbook_holds_what_the_filter_shows_and_is_recorded(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    answer = signed_in(EDITOR).send(f"{BASE}/export?show=differences")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["まとまり", "F-002"]
    assert rows[1][5:] == ("同じ", "差異あり(値)", "未提出")
    with database.read() as session:
        found = session.scalars(
            sa.select(AuditEvent)
            .where(AuditEvent.action == "comparison.export")
            .order_by(AuditEvent.sequence)
        ).one()
        assert found.after == {"rows": 1}


def test_empty_states_say_what_to_do(signed_in: SignIn, world: World) -> None:
    assert "団体が要件を提出するのを待っています" in read(signed_in(COORDINATOR), BASE)
    assert "どの団体もまだ要件を提出していません" in read(signed_in(EDITOR), "/compare")
    assert "未対応の行はありません" in read(signed_in(EDITOR), f"{BASE}/unaligned")
    assert "団体が要件を提出すると、提案を作れます" in read(
        signed_in(COORDINATOR), f"{BASE}/proposals"
    )


# ---- who may not ------------------------------------------------------------------------------

PAGES = ("", "/groups/F-001", "/proposals", "/unaligned")
ACTS = (
    "/groups/F-001/edit",
    "/groups/F-001/reconfirm",
    "/groups/F-001/move",
    "/groups/F-001/split",
    "/groups/F-001/take-out",
    "/proposals/compute",
    "/proposals/join",
    "/proposals/dismiss",
    "/proposals/clusters/1/confirm",
    "/proposals/clusters/1/dismiss",
    "/unaligned",
)


def test_other_towns_read_but_only_the_coordinator_acts(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    for email in (EDITOR, f"contributor@{YUGAWA}.example", f"approver@{KITAKATA}.example"):
        client = signed_in(email)
        for page in PAGES:
            assert client.get(f"{BASE}{page}").status_code == 200
        for act in ACTS:
            assert client.send(f"{BASE}{act}", selected=[1]).status_code == 403
    for email in ("vendor@vendor-a.example", "administrator@bureau.example"):
        client = signed_in(email)
        for page in PAGES:
            assert client.get(f"{BASE}{page}").status_code == 403
        for act in (*ACTS, "/export"):
            assert client.send(f"{BASE}{act}").status_code == 403


def test_another_region_sees_its_own_business_of_the_same_name_only(
    signed_in: SignIn, placed: Placed
) -> None:
    client = signed_in(STRANGER)
    page = read(client, BASE)
    assert "よその地域のまとまり" in page
    assert "会津若松市" not in page
    assert client.get(f"{BASE}/groups/F-001").status_code == 404
    assert client.get("/compare/snow-removal").status_code == 404
    assert "除雪" not in read(client, "/compare")
    for act in ACTS:
        if "groups" in act:
            answer = client.send(f"{BASE}{act}", selected=[placed.alignments["aizu"]], label="名")
            assert answer.status_code == 404


def test_what_is_not_there_is_not_found(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    for path in (
        "/compare/nothing",
        f"{BASE}/groups/F-999",
        f"{BASE}/proposals/jobs/9999",
        "/compare/snow-removal/groups/F-002",
    ):
        assert client.get(path).status_code == 404
    compute(client, database)
    with database.read() as session:
        job = session.scalars(sa.select(Job.id).order_by(Job.id)).first()
    assert client.get(f"/compare/snow-removal/proposals/jobs/{job}").status_code == 404


# ---- as many queries at thirteen towns --------------------------------------------------------


def test_no_page_runs_more_queries_at_thirteen_towns(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    compute(client, database)
    paths = ["/compare", *(f"{BASE}{page}" for page in PAGES), f"{BASE}/proposals?kind=new"]

    def queries() -> dict[str, int]:
        found = {}
        for path in paths:
            statements: list[str] = []

            def note(*arguments: Any, kept: list[str] = statements) -> None:
                kept.append(arguments[2])

            event.listen(database.engine, "before_cursor_execute", note)
            assert client.get(path).status_code == 200
            event.remove(database.engine, "before_cursor_execute", note)
            found[path] = sum(one.lstrip().startswith("SELECT") for one in statements)
        return found

    few = queries()

    def grow(desk: Desk) -> None:
        group = desk.session.get_one(RequirementGroup, placed.groups["F-001"])
        for number in range(10):
            town = Municipality(
                region_id=world.region.id,
                code=f"0745{number:02}",
                name=f"第{number}村",
                kana="むら",
                kind=MunicipalityKind.VILLAGE,
                population=100,
            )
            desk.session.add(town)
            desk.session.flush()
            desk.align(group, desk.line(town, f"{number}件まで検索できること。"))
            desk.group(f"F-{number + 10:03}", "別", desk.line(town, f"{number}回通知すること。"))
            desk.line(town, "利用者の登録を窓口で行えること。")

    change(database, world, grow)
    compute(client, database)
    many = queries()
    assert {path: many[path] - few[path] for path in paths} == dict.fromkeys(paths, 0)
