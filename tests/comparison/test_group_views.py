"""The page of a group and the acts on its lines."""

from __future__ import annotations

import re
from typing import Any

from registry.db import Database
from registry.requirements.models import Requirement
from registry.standards.models import Alignment, Relation, RequirementGroup
from tests.comparison.desk import Desk
from tests.comparison.pages import (
    BASE,
    COORDINATOR,
    EDITOR,
    TEN,
    THREE,
    Placed,
    SignIn,
    change,
    group_of,
    read,
    text_of,
)
from tests.world import World


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
