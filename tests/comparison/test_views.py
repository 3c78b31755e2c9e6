"""The pages of the comparison as each role meets them, by their text and marks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from registry import transaction
from registry.audit import AuditEvent
from registry.comparison import proposing
from registry.comparison.models import Proposal
from registry.comparison.queries import JOB_KIND
from registry.db import Database
from registry.jobs import Job, Runner
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.requirements.models import Obligation, Requirement
from registry.standards.models import Alignment, Relation, RequirementGroup
from tests.comparison.desk import Desk
from tests.conftest import AUDIT_KEY, Client
from tests.world import World

AIZU, KITAKATA, YUGAWA = "072028", "072087", "074225"
COORDINATOR, EDITOR = "coordinator@bureau.example", "editor@072028.example"
STRANGER = "coordinator@elsewhere.example"
BASE = "/compare/facility-reservation"
SEARCH = "施設の空き状況を検索できること。"
TEN, THREE = (
    "予約の取消しは利用日の10日前まで受け付けること。",
    "予約の取消しは利用日の3営業日前まで受け付けること。",
)
SignIn = Callable[[str], Client]


@dataclass
class Placed:
    """Ids of what the fixture stored: lines and alignments by name, groups by code."""

    lines: dict[str, int]
    alignments: dict[str, int]
    groups: dict[str, int]


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


def text_of(page: str) -> str:
    """What a person reads: no tags, one space."""
    page = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def read(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return text_of(answer.get_data(as_text=True))


def row_of(page: str, code: str) -> list[str]:
    """The words of each cell in the row of a group."""
    rows = re.findall(r"<tr>.*?</tr>", page, flags=re.S)
    row = next(row for row in rows if f">{code}<" in row)
    return [text_of(cell).strip() for cell in re.findall(r"<td.*?</td>", row, flags=re.S)]


def change(database: Database, world: World, act: Callable[[Desk], Any]) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        act(Desk(session, world.business))


def group_of(database: Database, name: str, placed: Placed) -> str | None:
    with database.read() as session:
        return session.scalar(
            sa.select(RequirementGroup.code)
            .join(Alignment, Alignment.group_id == RequirementGroup.id)
            .where(Alignment.requirement_id == placed.lines[name])
            .order_by(RequirementGroup.code)
        )


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


def test_the_group_page_sets_the_wordings_side_by_side(signed_in: SignIn, placed: Placed) -> None:
    page = read(signed_in(EDITOR), f"{BASE}/groups/F-002")
    assert "最も多い文と比べています(会津若松市の文)" in page
    assert TEN in page
    assert "[削除] 10日前" in page
    assert "[追加] 3営業日前" in page
    assert "値が違う: 10日前" in page
    assert "△" in page
    assert "未提出 湯川村" in page
    assert "選んだ行をどうするか" not in page
    assert "標準要件の案を作る" not in page
    mine = read(signed_in(COORDINATOR), f"{BASE}/groups/F-002")
    assert "選んだ行をどうするか" in mine
    assert "標準要件の案を作る" in mine


def test_a_standard_becomes_the_base_and_its_obligation_is_compared(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    def draft(desk: Desk) -> None:
        group = desk.session.get_one(RequirementGroup, placed.groups["F-002"])
        desk.standard(1, TEN, group)

    change(database, world, draft)
    page = read(signed_in(COORDINATOR), f"{BASE}/groups/F-002")
    assert "標準要件 A-0010001-01 標準1" in page
    assert "実装区分が違う: 必須→任意" in page
    assert "標準要件と採否を見る" in page


def test_a_line_submitted_anew_shows_both_wordings_and_asks_for_another_look(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    def resubmit(desk: Desk) -> None:
        line = desk.session.get_one(Requirement, placed.lines["ten"])
        desk.resubmit(line, TEN.replace("10日", "20日"))

    change(database, world, resubmit)
    client = signed_in(COORDINATOR)
    assert "! 確認が必要" in read(client, f"{BASE}?show=suspect")
    page = read(client, f"{BASE}/groups/F-002")
    assert "1行は、対応付けの後に団体が書き換えました" in page
    assert "対応付けたときの文からの変更" in page
    answer = client.send(
        f"{BASE}/groups/F-002/reconfirm",
        selected=[placed.alignments["ten"]],
        relation="value_differs",
    )
    assert answer.status_code == 303
    assert "確認が必要" not in read(client, f"{BASE}/groups/F-002")
    with database.read() as session:
        stored = session.get_one(Alignment, placed.alignments["ten"])
        assert stored.relation is Relation.VALUE_DIFFERS


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


# ---- acting on lines --------------------------------------------------------------------------


def test_a_line_is_moved_split_off_and_taken_out(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    path = f"{BASE}/groups/F-002"
    answer = client.send(
        f"{path}/move", selected=[placed.alignments["three"]], target="ｆ-001 空き状況の検索"
    )
    assert answer.status_code == 303
    assert group_of(database, "three", placed) == "F-001"
    fields = client.hidden(f"{BASE}/groups/F-001", f"{BASE}/groups/F-001/reconfirm")
    answer = client.post(
        f"{BASE}/groups/F-001/split",
        data={**fields, "selected": [placed.alignments["three"]], "label": "取消しの新しい名"},
    )
    assert answer.status_code == 303
    assert answer.location.endswith("/groups/F-003")
    assert "取消しの新しい名" in read(client, f"{BASE}/groups/F-003")
    answer = client.send(f"{BASE}/groups/F-003/take-out", selected=[placed.alignments["three"]])
    assert answer.status_code == 303
    assert group_of(database, "three", placed) is None
    assert THREE in read(client, f"{BASE}/unaligned")


def test_refused_acts_keep_what_was_typed_and_change_nothing(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    path = f"{BASE}/groups/F-002"
    ticked = [placed.alignments["three"]]

    def refused(name: str, words: str, **fields: Any) -> str:
        answer = client.send(f"{path}/{name}", **fields)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert words in text_of(page)
        return page

    page = refused("move", "F-900 は見つかりませんでした", selected=ticked, target="F-900")
    assert 'value="F-900"' in page
    assert re.search(rf'value="{ticked[0]}"[^>]* checked', page)
    refused("move", "入力してください", selected=ticked)
    refused("move", "行を選んでください", target="F-001")
    refused("move", "いまと同じまとまりです", selected=ticked, target="F-002")
    refused("take-out", "行を選んでください")
    refused("reconfirm", "行を選んでください", relation="same")
    refused("reconfirm", "から選んでください", selected=ticked, relation="nonsense")
    version = client.hidden(path, f"{path}/reconfirm")["version"]
    refused("split", "入力してください", selected=ticked, version=version)
    everything = [placed.alignments["ten"], placed.alignments["three"]]
    refused("split", "少なくとも 1 行は残る", selected=everything, label="全部", version=version)
    refused("split", "画面が古く", selected=ticked, label="名")
    assert group_of(database, "three", placed) == "F-002"


def test_stale_pages_are_refused_with_what_the_other_person_saved(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    path = f"{BASE}/groups/F-002"
    old = client.hidden(path, f"{path}/edit")
    first = client.post(f"{path}/edit", data={**old, "label": "期限(先の人)", "goal": "G-1"})
    assert first.status_code == 303
    again = client.send(f"{path}/edit", version=old["version"], label="期限(後の人)", goal="")
    assert again.status_code == 409
    words = text_of(again.get_data(as_text=True))
    assert "期限(先の人)" in words
    assert 'value="期限(後の人)"' in again.get_data(as_text=True)
    split = client.send(
        f"{path}/split",
        version=old["version"],
        selected=[placed.alignments["three"]],
        label="分ける",
    )
    assert split.status_code == 409
    gone = client.send(f"{BASE}/groups/F-001/take-out", selected=[placed.alignments["three"]])
    assert gone.status_code == 409
    assert group_of(database, "three", placed) == "F-002"


def test_lines_in_no_group_are_found_and_put_into_one(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    page = read(client, f"{BASE}/unaligned?q=鍵&town={KITAKATA}")
    assert "鍵の貸出しと返却を記録できること。" in page
    assert "鍵の貸出しと返却を記録すること。" not in page
    answer = client.send(
        f"{BASE}/unaligned?q=鍵",
        selected=[placed.lines["loose"]],
        target="F-001",
        relation="related",
    )
    assert answer.status_code == 303
    assert "q=" in answer.location
    assert group_of(database, "loose", placed) == "F-001"
    answer = client.send(
        f"{BASE}/unaligned", selected=[placed.lines["twin"]], label="鍵の管理", relation="same"
    )
    assert answer.status_code == 303
    assert group_of(database, "twin", placed) == "F-003"
    for fields in (
        {"target": "F-001", "label": "両方"},
        {"target": "", "label": ""},
        {"target": "F-900"},
        {"label": "選んでいない", "selected": []},
    ):
        answer = client.send(
            f"{BASE}/unaligned",
            **{"selected": [placed.lines["three"]], "relation": "same", **fields},
        )
        assert answer.status_code == 422


# ---- proposals --------------------------------------------------------------------------------


def compute(client: Client, database: Database) -> None:
    assert client.send(f"{BASE}/proposals/compute").status_code == 303
    assert Runner(database, {JOB_KIND: proposing.run}, AUDIT_KEY).run_one()


def ids(database: Database, *lines: int) -> list[tuple[int, int | None]]:
    with database.read() as session:
        return [
            (id, cluster)
            for id, cluster in session.execute(
                sa.select(Proposal.id, Proposal.cluster)
                .where(Proposal.requirement_id.in_(lines), Proposal.dismissed_by.is_(None))
                .order_by(Proposal.id)
            )
        ]


def test_proposals_are_computed_read_and_confirmed_by_a_person(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    assert "「提案を作る」を押すと" in read(client, f"{BASE}/proposals")
    assert client.send(f"{BASE}/proposals/compute").status_code == 303
    waiting = client.get(f"{BASE}/proposals").get_data(as_text=True)
    assert "順番を待っています" in waiting
    with database.read() as session:
        job = session.scalars(sa.select(Job.id).order_by(Job.id)).one()
    assert "順番を待っています" in read(client, f"{BASE}/proposals/jobs/{job}")
    compute(client, database)
    assert "件の提案があります" in read(client, f"{BASE}/proposals/jobs/{job}")
    page = read(client, f"{BASE}/proposals?kind=new")
    assert "2団体 2行" in page
    assert "鍵の貸出しと返却を記録" in page
    assert "共通の語" in page
    assert group_of(database, "loose", placed) is None
    found = ids(database, placed.lines["loose"], placed.lines["twin"])
    cluster = found[0][1]
    path = f"{BASE}/proposals/clusters/{cluster}"
    refused = client.send(f"{path}/confirm", label="鍵の管理")
    assert refused.status_code == 422
    assert "行を選んでください" in refused.get_data(as_text=True)
    assert 'value="鍵の管理"' in refused.get_data(as_text=True)
    refused = client.send(f"{path}/confirm", selected=[found[0][0]], label="")
    assert refused.status_code == 422
    answer = client.send(f"{path}/confirm", selected=[id for id, _ in found], label="鍵の管理")
    assert answer.status_code == 303
    assert group_of(database, "loose", placed) == group_of(database, "twin", placed) == "F-003"
    assert client.send(f"{path}/confirm", selected=[1], label="もう一度").status_code == 409
    assert "この種類の提案はありません" in read(client, f"{BASE}/proposals?kind=new")


def test_a_line_joins_a_group_or_the_proposal_is_dismissed_for_good(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    change(database, world, lambda desk: desk.line(world.towns[YUGAWA], SEARCH))
    client = signed_in(COORDINATOR)
    compute(client, database)
    page = read(client, f"{BASE}/proposals?kind=join")
    assert "F-001 空き状況の検索" in page
    assert "1.00" in page
    with database.read() as session:
        proposal = session.scalars(
            sa.select(Proposal.id)
            .where(Proposal.group_id == placed.groups["F-001"])
            .order_by(Proposal.id)
        ).one()
    assert client.send(f"{BASE}/proposals/join").status_code == 422
    assert client.send(f"{BASE}/proposals/dismiss", selected=[proposal]).status_code == 303
    compute(client, database)
    assert "F-001 空き状況の検索" not in read(client, f"{BASE}/proposals?kind=join")
    assert client.send(f"{BASE}/proposals/join", selected=[proposal]).status_code == 409


def test_near_lines_are_confirmed_with_the_relation_a_person_chose(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    def write(desk: Desk) -> None:
        desk.line(world.towns[AIZU], "利用料金の還付は利用日の5日前まで申請できること。")
        desk.line(world.towns[YUGAWA], "利用料金の還付は利用日の8日前まで申請できること。")

    change(database, world, write)
    client = signed_in(COORDINATOR)
    compute(client, database)
    page = client.get(f"{BASE}/proposals?kind=beside").get_data(as_text=True)
    ticked = re.findall(r'name="selected" value="(\d+)"', page)
    cluster = re.findall(r'id="cluster-(\d+)"', page)[0]
    assert len(ticked) == 2
    assert "値が違う" in text_of(page)
    answer = client.send(
        f"{BASE}/proposals/clusters/{cluster}/confirm",
        selected=ticked,
        label="還付の期限",
        **{f"relation-{ticked[0]}": "same", f"relation-{ticked[1]}": "value_differs"},
    )
    assert answer.status_code == 303
    with database.read() as session:
        found = session.scalars(
            sa.select(Alignment.relation)
            .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
            .where(RequirementGroup.label == "還付の期限")
            .order_by(Alignment.id)
        ).all()
    assert sorted(found) == [Relation.SAME, Relation.VALUE_DIFFERS]


def test_a_cluster_is_dismissed_whole(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    compute(client, database)
    (_, cluster), *_ = ids(database, placed.lines["loose"])
    path = f"{BASE}/proposals/clusters/{cluster}/dismiss"
    assert client.send(path).status_code == 303
    assert client.send(path).status_code == 409
    compute(client, database)
    assert "この種類の提案はありません" in read(client, f"{BASE}/proposals?kind=new")


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
