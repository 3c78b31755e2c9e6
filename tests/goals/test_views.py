"""The goal pages as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from werkzeug.test import TestResponse

from registry import transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.goals import queries
from registry.goals.models import Goal, Horizon, Viewpoint
from tests.conftest import AUDIT_KEY, Client
from tests.counting import statements
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
OUTSIDERS = ("administrator@bureau.example", "vendor@vendor-a.example")
TYPED = {
    "statement": "抽選の結果に納得できている",
    "viewpoint": "management",
    "horizon": "short",
    "beneficiary": "resident",
    "indicator_kind": "quantitative",
    "measure": "申立ての件数",
    "unit": "件/年",
    "now": "12",
    "target": "0",
    "due": "2028-03-31",
    "judgement": "",
}


def text(answer: TestResponse) -> str:
    """What the page says, without tags."""
    page = re.sub(r"<(script|style|desc)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def stored(database: Database, world: World, code: str) -> Goal:
    with database.read() as session:
        return queries.by_code(session, world.coordinator, code)


def codes(database: Database, world: World) -> list[str]:
    with database.read() as session:
        return [goal.code for goal in queries.all_goals(session, world.coordinator)]


@pytest.mark.parametrize("email", [COORDINATOR, EDITOR, "approver@074225.example"])
def test_the_tree_is_shown_as_picture_and_as_list(signed_in: SignedIn, email: str) -> None:
    page = signed_in(email).get("/goals").get_data(as_text=True)
    picture = re.search(r"<svg class=\"kz-tree-picture\".*?</svg>", page, re.S)
    assert picture
    for code in ("G-1", "G-1-1", "G-1-1-1", "G-1-2"):
        assert f'href="/goals/{code}"' in picture[0]
        assert page.count(f'href="/goals/{code}"') == 2
    assert "<desc" in picture[0]
    assert 'aria-label="目標の一覧"' in page
    assert "よその目標" not in page


def test_only_a_coordinator_is_offered_changes(signed_in: SignedIn) -> None:
    assert "目標を追加" in text(signed_in(COORDINATOR).get("/goals"))
    assert "目標を追加" not in text(signed_in(EDITOR).get("/goals"))
    assert "整理する" not in text(signed_in(EDITOR).get("/goals/G-1-1"))


@pytest.mark.parametrize("email", OUTSIDERS)
@pytest.mark.parametrize("path", ["/goals", "/goals/G-1", "/goals/new", "/goals/G-1/edit"])
def test_roles_without_content_are_refused(signed_in: SignedIn, email: str, path: str) -> None:
    assert signed_in(email).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/goals/new", "/goals/G-1/edit", "/goals/G-1/move"])
def test_a_town_gets_no_form_and_changes_nothing(
    signed_in: SignedIn, database: Database, world: World, path: str
) -> None:
    client = signed_in(EDITOR)
    assert client.get(path).status_code == 403
    assert client.send(path, version=1, parent_id="", position=1, **TYPED).status_code == 403
    assert client.send("/goals/G-1/close", version=1, closed="1").status_code == 403
    assert codes(database, world) == ["G-1", "G-1-1", "G-1-1-1", "G-1-2"]


def test_a_goal_that_only_another_region_has_is_not_found(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    stranger = signed_in("coordinator@elsewhere.example")
    for path in (
        "/goals/G-1-1",
        "/goals/G-1-1/edit",
        "/goals/G-1-1/move",
        "/goals/new?parent=G-1-1",
    ):
        assert stranger.get(path).status_code == 404
    for path, fields in (
        ("/goals/G-1-1/edit", TYPED),
        ("/goals/G-1-1/move", {"parent_id": "", "position": 1}),
        ("/goals/G-1-1/close", {"closed": "1"}),
        ("/goals/new", TYPED | {"parent_id": world.goals["G-1"].id}),
    ):
        assert stranger.send(path, version=1, **fields).status_code == 404
    assert "住民が役場" not in text(stranger.get("/goals/G-1"))
    assert stored(database, world, "G-1-1").parent_id == world.goals["G-1"].id


def test_a_goal_shows_why_it_is_there_and_what_lies_below(signed_in: SignedIn) -> None:
    page = text(signed_in(EDITOR).get("/goals/G-1-1-1"))
    why = page.index("なぜこの目標か")
    assert why < page.index("施設の予約が家から", why) < page.index("住民が役場に行かずに", why)
    assert "空き状況がいつでも" in text(signed_in(EDITOR).get("/goals/G-1-1"))
    assert "指標がまだありません" in page


def test_a_qualitative_goal_is_marked_as_to_be_measured_later(
    signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    typed = TYPED | {"indicator_kind": "qualitative", "judgement": "申立てに記録で答えている"}
    assert client.send("/goals/new", parent_id="", **typed).status_code == 303
    page = text(client.get("/goals/G-2"))
    assert "申立てに記録で答えている" in page
    assert "定量化予定" in page
    assert "定量化予定" in text(client.get("/goals"))


def test_adding_a_goal_below_another(signed_in: SignedIn, database: Database, world: World) -> None:
    client = signed_in(COORDINATOR)
    parent = world.goals["G-1-1"]
    form = client.get("/goals/new?parent=G-1-1").get_data(as_text=True)
    assert re.search(rf'value="{parent.id}"\s+selected', form)
    answer = client.send("/goals/new", parent_id=parent.id, **TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/goals/G-1-1-2")
    assert "目標 G-1-1-2 を追加しました" in text(client.get("/goals/G-1-1-2"))
    assert stored(database, world, "G-1-1-2").viewpoint is Viewpoint.MANAGEMENT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"statement": ""}, "目標: 入力してください"),
        ({"statement": "電子決裁を導入する"}, "実現した状態を書いてください"),
        ({"viewpoint": "weather"}, "経営、組織、事業、技術 から選んでください"),
        ({"target": ""}, "目標値が必要です"),
        ({"due": "R10.3.31"}, "2026-10-01 の形"),
        ({"parent_id": "x"}, "上の目標を一覧から"),
    ],
)
def test_bad_input_is_named_and_kept(
    signed_in: SignedIn, database: Database, world: World, change: dict[str, str], message: str
) -> None:
    answer = signed_in(COORDINATOR).send("/goals/new", **{"parent_id": "", **TYPED, **change})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in text(answer)
    assert 'value="申立ての件数"' in page
    assert re.search(r'value="short"[^>]*checked', page)
    assert len(codes(database, world)) == 4


def test_sending_a_goal_twice_adds_it_once(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    hidden = client.hidden("/goals/new")
    first = client.post("/goals/new", data=hidden | TYPED)
    again = client.post("/goals/new", data=hidden | TYPED)
    assert first.headers["Location"] == again.headers["Location"] == "/goals/G-2"
    assert len(codes(database, world)) == 5


def test_editing_a_goal(signed_in: SignedIn, database: Database, world: World) -> None:
    client = signed_in(COORDINATOR)
    hidden = client.hidden("/goals/G-1-2/edit")
    assert client.post("/goals/G-1-2/edit", data=hidden | TYPED).status_code == 303
    assert stored(database, world, "G-1-2").statement == TYPED["statement"]


def test_a_stale_edit_shows_both_sides_and_can_be_saved_again(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    mine, theirs = signed_in(COORDINATOR), signed_in(COORDINATOR)
    hidden = mine.hidden("/goals/G-1-2/edit")
    other = TYPED | {"statement": "窓口が空いている", "horizon": "long"}
    theirs.post("/goals/G-1-2/edit", data=theirs.hidden("/goals/G-1-2/edit") | other)
    answer = mine.post("/goals/G-1-2/edit", data=hidden | TYPED)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "ほかの人が先に保存した" in text(answer)
    assert "目標 抽選の結果に納得できている 窓口が空いている" in text(answer)
    assert "時期 1年以内 10年" in text(answer)
    assert "指標 申立ての件数" not in text(answer)
    assert f'value="{TYPED["statement"]}"' in page
    assert stored(database, world, "G-1-2").statement == "窓口が空いている"
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    again = mine.send("/goals/G-1-2/edit", **TYPED, version=version[1])
    assert again.status_code == 303
    assert stored(database, world, "G-1-2").statement == TYPED["statement"]


def test_a_form_without_its_version_is_not_saved(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    answer = signed_in(COORDINATOR).send("/goals/G-1-2/edit", **TYPED)
    assert answer.status_code == 422
    assert "画面が古く" in text(answer)
    assert stored(database, world, "G-1-2").version == 1


def test_moving_a_goal_with_all_below(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    page = client.get("/goals/G-1-1/move").get_data(as_text=True)
    assert "下にある 1 件の目標も一緒に" in page
    assert f'value="{world.goals["G-1-1-1"].id}"' not in page
    hidden = client.hidden("/goals/G-1-1/move")
    answer = client.post("/goals/G-1-1/move", data=hidden | {"parent_id": "", "position": "1"})
    assert answer.status_code == 303
    assert codes(database, world) == ["G-1-1", "G-1-1-1", "G-1", "G-1-2"]


def test_a_circle_is_refused_with_its_reason(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    below = world.goals["G-1-1-1"].id
    hidden = client.hidden("/goals/G-1-1/move")
    answer = client.post("/goals/G-1-1/move", data=hidden | {"parent_id": below, "position": "7"})
    assert answer.status_code == 422
    assert "自分の下にある目標の下へは移せません" in text(answer)
    assert 'value="7"' in answer.get_data(as_text=True)
    assert codes(database, world) == ["G-1", "G-1-1", "G-1-1-1", "G-1-2"]


def test_a_move_to_nowhere_or_to_another_region_is_refused(
    signed_in: SignedIn, world: World
) -> None:
    client = signed_in(COORDINATOR)
    hidden = client.hidden("/goals/G-1-2/move")
    foreign = hidden | {"parent_id": world.foreign_goal.id, "position": "1"}
    assert client.post("/goals/G-1-2/move", data=foreign).status_code == 404
    assert client.send("/goals/G-1-2/move", version=1, position="").status_code == 422


def test_a_stale_move_shows_where_the_goal_is_now(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    hidden = client.hidden("/goals/G-1-1-1/move")
    to_the_top = {"parent_id": "", "position": "1"}
    first = client.hidden("/goals/G-1-1-1/move")
    assert client.post("/goals/G-1-1-1/move", data=first | to_the_top).status_code == 303
    under = {"parent_id": world.goals["G-1-2"].id, "position": "1"}
    answer = client.post("/goals/G-1-1-1/move", data=hidden | under)
    assert answer.status_code == 409
    assert "上の目標 G-1-2 窓口の待ち時間が短くなっている －" in text(answer)
    assert stored(database, world, "G-1-1-1").parent_id is None


def test_the_buttons_move_a_goal_one_place(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    page = client.get("/goals/G-1-1").get_data(as_text=True)
    assert "並びをひとつ下へ" in page
    assert "並びをひとつ上へ" not in page
    client.send("/goals/G-1-1/move", parent_id=world.goals["G-1"].id, position=2, version=1)
    assert codes(database, world) == ["G-1", "G-1-2", "G-1-1", "G-1-1-1"]


def test_closing_and_opening_a_goal(signed_in: SignedIn, database: Database, world: World) -> None:
    client = signed_in(COORDINATOR)
    assert client.send("/goals/G-1-2/close", version=1, closed="1").status_code == 303
    assert stored(database, world, "G-1-2").closed
    page = text(client.get("/goals/G-1-2"))
    assert "閉じた目標です" in page
    assert "下に目標を追加" not in page
    assert "G-1-2 窓口" not in text(client.get("/goals/new"))
    stale = client.send("/goals/G-1-2/close", version=1, closed="0")
    assert stale.status_code == 409
    assert "ほかの人が先に" in text(stale)
    assert client.send("/goals/G-1-2/close", version=2, closed="0").status_code == 303
    assert not stored(database, world, "G-1-2").closed
    assert client.send("/goals/G-1-2/close", version=3, closed="perhaps").status_code == 422


def test_a_goal_with_open_goals_below_says_which(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(COORDINATOR)
    page = client.get("/goals/G-1-1").get_data(as_text=True)
    assert 'action="/goals/G-1-1/close"' not in page
    assert "閉じていない目標: G-1-1-1" in text(client.get("/goals/G-1-1"))
    refused = client.send("/goals/G-1-1/close", version=1, closed="1")
    assert refused.status_code == 422
    assert "目標 G-1-1 を閉じていません。下に閉じていない目標が 1 件あります" in text(refused)
    assert not stored(database, world, "G-1-1").closed
    assert client.send("/goals/G-1-1-1/close", version=1, closed="1").status_code == 303
    assert 'action="/goals/G-1-1/close"' in client.get("/goals/G-1-1").get_data(as_text=True)
    assert client.send("/goals/G-1-1/close", version=1, closed="1").status_code == 303
    below = client.get("/goals/G-1-1-1").get_data(as_text=True)
    assert 'action="/goals/G-1-1-1/close"' not in below
    assert "先に上の目標 G-1-1" in text(client.get("/goals/G-1-1-1"))
    reopened = client.send("/goals/G-1-1-1/close", version=2, closed="0")
    assert reopened.status_code == 422
    assert "上の目標 G-1-1 が閉じています" in text(reopened)


def test_a_cut_of_the_tree_keeps_what_stands_above(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(COORDINATOR)
    client.send("/goals/new", **TYPED, parent_id="")
    page = client.get("/goals?viewpoint=management&horizon=short")
    assert "全5件のうち1件" in text(page)
    assert 'href="/goals/G-1"' not in page.get_data(as_text=True)
    program = client.get("/goals?viewpoint=program").get_data(as_text=True)
    assert program.count("kz-node--quiet") == 0
    assert 'href="/goals/G-2"' not in program
    empty = text(client.get("/goals?viewpoint=technology"))
    assert "この視点と時期の目標はまだありません" in empty


def test_a_goal_above_a_match_is_drawn_quietly(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        goal = session.get_one(Goal, world.goals["G-1-1-1"].id)
        goal.horizon = Horizon.SHORT
    page = signed_in(EDITOR).get("/goals?horizon=short").get_data(as_text=True)
    assert page.count("kz-node--quiet") == 2
    assert 'href="/goals/G-1-2"' not in page


def test_an_empty_viewpoint_is_pointed_out(signed_in: SignedIn) -> None:
    page = text(signed_in(EDITOR).get("/goals"))
    for name in ("経営", "組織", "技術"):
        assert f"「{name}」の視点の目標がまだありません" in page
    assert "「事業」の視点" not in page


def test_an_unknown_filter_is_refused(signed_in: SignedIn) -> None:
    assert signed_in(EDITOR).get("/goals?viewpoint=weather").status_code == 422


def test_a_region_without_goals_says_what_to_do(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.delete(session.get_one(Goal, world.foreign_goal.id))
    assert "最初の目標を追加" in text(signed_in("coordinator@elsewhere.example").get("/goals"))
    assert "広域調整担当が登録します" in text(signed_in("editor@134210.example").get("/goals"))


def test_the_list_comes_as_a_workbook_and_is_recorded(
    signed_in: SignedIn, database: Database
) -> None:
    answer = signed_in(EDITOR).send("/goals/export")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(openpyxl.load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["目標コード", "G-1", "G-1-1", "G-1-1-1", "G-1-2"]
    with database.read() as session:
        assert session.query(AuditEvent).filter_by(action="goals.export").count() == 1
    assert signed_in(OUTSIDERS[0]).send("/goals/export").status_code == 403


@pytest.mark.parametrize("path", ["/goals", "/goals/G-1", "/goals/new", "/goals/G-1/move"])
def test_more_goals_need_no_more_queries(
    signed_in: SignedIn, database: Database, world: World, path: str
) -> None:
    client = signed_in(COORDINATOR)
    with statements(database) as few:
        assert client.get(path).status_code == 200
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for number in range(3, 40):
            session.add(_child(world, number))
    with statements(database) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few)


def _child(world: World, number: int) -> Goal:
    values: dict[str, Any] = {
        name: getattr(world.goals["G-1-2"], name)
        for name in ("region_id", "parent_id", "viewpoint", "horizon", "beneficiary")
    }
    return Goal(code=f"G-1-{number}", position=number, statement="目標ができている", **values)
