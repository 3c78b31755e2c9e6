from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry import transaction
from registry.db import Database
from registry.standards.models import Decision, StandardRequirement
from tests.conftest import AUDIT_KEY, Client
from tests.standards.nation import stored
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"


@pytest.fixture
def spec_id(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return stored(session, world).id


def text_of(answer: TestResponse) -> str:
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_an_empty_library_says_how_it_is_filled(world: World, signed_in: SignedIn) -> None:
    text = text_of(signed_in(EDITOR).get("/national"))
    assert "国標準はまだ登録されていません。" in text
    assert "kaizu import national" in text


def test_the_library_lists_and_opens(spec_id: int, signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    assert "住民記録" in text_of(client.get("/national"))
    outline = text_of(client.get(f"/national/{spec_id}"))
    assert outline.index("1 管理項目") < outline.index("1.1.1 日本人") < outline.index("2 検索")
    assert "この国標準から業務を作る" not in outline
    assert "この国標準から業務を作る" in text_of(signed_in(COORDINATOR).get(f"/national/{spec_id}"))


def test_an_item_links_what_is_there_and_names_what_is_not(
    spec_id: int, signed_in: SignedIn
) -> None:
    answer = signed_in(EDITOR).get(f"/national/{spec_id}/items/1.1.1")
    page = answer.get_data(as_text=True)
    assert f'<a href="/national/{spec_id}/items/1.1.2">1.1.2</a>' in page
    assert "5.2 [未収録]" in text_of(answer)
    assert f'href="/national/{spec_id}/items/5.2"' not in page
    assert "12 / 345" not in page
    text = text_of(signed_in(EDITOR).get(f"/national/{spec_id}/items/1.1"))
    assert "この下の項目" in text
    assert "この区分の行はありません" not in text


def test_two_characters_are_found(spec_id: int, signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    assert "を含む行 2 件" in text_of(client.get("/national/search?q=氏名"))
    assert "を含む行 1 件" in text_of(client.get(f"/national/search?q=dv&spec={spec_id}"))
    assert "を含む行はありません" in text_of(client.get("/national/search?q=存在しない"))
    assert "探す言葉を入れて" in text_of(client.get("/national/search"))
    second = text_of(client.get("/national/search?q=氏名&page_size=1&page=2"))
    assert "現在のページ 2" in second
    assert "2.1.1 検索" in second


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/national/9999", 404),
        ("/national/9999/items/1", 404),
        ("/national/search?q=a&spec=9999", 404),
        ("/national/search?q=a&spec=x", 422),
        ("/national/search?q=a&page=0", 422),
    ],
)
def test_what_does_not_exist_is_told(
    spec_id: int, signed_in: SignedIn, path: str, status: int
) -> None:
    assert signed_in(EDITOR).get(path).status_code == status


def test_the_text_goes_into_a_workbook(spec_id: int, signed_in: SignedIn) -> None:
    answer = signed_in(EDITOR).send(f"/national/{spec_id}/workbook")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("番号", "表題", "区分", "本文")
    assert len(rows) == 9


def test_a_business_is_made_and_adopted_at_once(
    spec_id: int, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    path = f"/national/{spec_id}/business"
    assert 'value="住民記録"' in client.get(path).get_data(as_text=True)
    answer = client.send(path, slug="resident-record", number="", name="住民記録", summary="")
    assert (answer.status_code, answer.location) == (303, "/standards/resident-record")
    page = text_of(client.get("/standards/resident-record"))
    assert "標準要件の案を 7 件登録しました" in page
    assert "まだ採否を決めていない 7 件" in page
    one = "/standards/resident-record/A-0030001-01"
    assert "国標準から作った要件です" in text_of(client.get(one))
    assert "団体別の適用はまだ付けていません。" in text_of(client.get(one))
    assert client.send(f"{one}/applications/propose").status_code == 303
    assert "確認待ち 3 団体" in text_of(client.get(one))
    refused = client.send(
        "/standards/resident-record/adopt-national", reason="", decided_on="2026-08-05"
    )
    assert refused.status_code == 422
    answer = client.send(
        "/standards/resident-record/adopt-national",
        reason="国標準のとおり採用する。",
        decided_on="2026-08-05",
    )
    assert answer.status_code == 303
    assert "7 件を国標準のとおり採用しました。" in text_of(client.get(answer.location))
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 7
    again = client.send(
        "/standards/resident-record/adopt-national", reason="もう一度", decided_on="2026-08-05"
    )
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "snow-removal"}, "slug"),
        ({"slug": "住民"}, "slug"),
        ({"number": "1"}, "number"),
        ({"name": ""}, "name"),
    ],
)
def test_a_bad_business_is_told_and_what_was_typed_stays(
    spec_id: int,
    signed_in: SignedIn,
    database: Database,
    change: dict[str, str],
    field: str,
) -> None:
    sent = {"slug": "resident-record", "number": "009", "name": "住民", "summary": "概要の文"}
    answer = signed_in(COORDINATOR).send(f"/national/{spec_id}/business", **(sent | change))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page
    assert "概要の文</textarea>" in page
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StandardRequirement)) == 0


def test_who_may_read_and_who_may_make(spec_id: int, signed_in: SignedIn) -> None:
    read = ["/national", f"/national/{spec_id}", f"/national/{spec_id}/items/1.1.1"]
    make = f"/national/{spec_id}/business"
    editor = signed_in(EDITOR)
    assert [editor.get(path).status_code for path in read] == [200, 200, 200]
    assert editor.get(make).status_code == 403
    assert editor.send(make).status_code == 403
    vendor = signed_in("vendor@vendor-a.example")
    assert [vendor.get(path).status_code for path in read] == [403, 403, 403]
    stranger = signed_in("coordinator@elsewhere.example")
    assert [stranger.get(path).status_code for path in read] == [200, 404, 404]
    assert stranger.send(make, slug="x", name="x").status_code == 404
    assert stranger.send(f"/national/{spec_id}/workbook").status_code == 404
