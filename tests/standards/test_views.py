from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa

from registry.audit import AuditEvent
from registry.db import Database
from tests.standards.pages import COORDINATOR, EDITOR, GROUP, HOME, PAGE, SignedIn, text_of
from tests.world import World


def test_the_list_of_businesses_counts_and_leads_on(prepared: World, signed_in: SignedIn) -> None:
    answer = signed_in(EDITOR).get("/standards")
    assert answer.status_code == 200
    assert "公共施設予約" in text_of(answer)
    assert f'href="{HOME}"' in answer.get_data(as_text=True)


def test_a_business_shows_its_standards_and_what_nobody_has_touched(
    prepared: World, signed_in: SignedIn
) -> None:
    text = text_of(signed_in(EDITOR).get(HOME))
    assert "A-0010001-01" in text
    assert "まだないまとまりが 1 件" in text
    assert "F-002" in text
    assert "選んだまとまりから案を作る" not in text
    assert "選んだまとまりから案を作る" in text_of(signed_in(COORDINATOR).get(HOME))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=draft", True),
        ("state=adopt", False),
        ("goal=G-1", True),
        ("goal=G-1-2", False),
        ("q=自動的", True),
        ("q=見つからない語", False),
    ],
)
def test_the_list_is_filtered(
    prepared: World, signed_in: SignedIn, query: str, found: bool
) -> None:
    text = text_of(signed_in(EDITOR).get(f"{HOME}?{query}"))
    assert ("A-0010001-01" in text) is found
    if not found:
        assert "条件を消して、すべてを見る" in text


@pytest.mark.parametrize(
    ("query", "status"),
    [("state=nonsense", 422), ("goal=G-99", 404), ("page=x", 422), ("page=999", 200)],
)
def test_a_filter_that_does_not_exist_is_told(
    prepared: World, signed_in: SignedIn, query: str, status: int
) -> None:
    assert signed_in(EDITOR).get(f"{HOME}?{query}").status_code == status


def test_the_list_goes_into_a_workbook_and_the_audit(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    answer = signed_in(EDITOR).send(f"{HOME}/workbook", q="自動的")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("要件ID", "件名", "要件")
    assert [row[0] for row in rows[1:]] == ["A-0010001-01"]
    with database.read() as session:
        last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
        assert last is not None
        assert (last.action, last.after) == ("standards.export_list", {"rows": 1})


def test_an_empty_business_says_what_comes_first(prepared: World, signed_in: SignedIn) -> None:
    text = text_of(signed_in(COORDINATOR).get("/standards/snow-removal"))
    assert "標準要件はまだありません。" in text
    assert "まとまりを作り" in text


READ = ["/standards", HOME, PAGE, GROUP]
DRAFT = [f"{HOME}/new", f"{PAGE}/edit"]
WRITE = [
    f"{HOME}/new",
    f"{HOME}/adopt-national",
    f"{PAGE}/edit",
    f"{PAGE}/decide",
    f"{PAGE}/applications",
    f"{PAGE}/applications/propose",
    GROUP,
]


@pytest.mark.parametrize("email", [EDITOR, "contributor@072087.example", "approver@072087.example"])
def test_towns_read_but_do_not_write(prepared: World, signed_in: SignedIn, email: str) -> None:
    client = signed_in(email)
    assert [client.get(path).status_code for path in READ] == [200] * len(READ)
    assert [client.get(path).status_code for path in DRAFT] == [403] * len(DRAFT)
    token = client.csrf()
    found = [client.post(path, data={"csrf_token": token}).status_code for path in WRITE]
    assert found == [403] * len(WRITE)


@pytest.mark.parametrize("email", ["vendor@vendor-a.example", "administrator@bureau.example"])
def test_vendors_and_administrators_see_nothing(
    prepared: World, signed_in: SignedIn, email: str
) -> None:
    client = signed_in(email)
    assert [client.get(path).status_code for path in READ] == [403] * len(READ)


def test_another_region_finds_nothing(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in("coordinator@elsewhere.example")
    assert "除雪" not in text_of(client.get("/standards"))
    assert [client.get(path).status_code for path in (PAGE, GROUP, f"{PAGE}/edit")] == [404] * 3
    token = client.csrf()
    found = [client.post(path, data={"csrf_token": token}).status_code for path in WRITE[2:]]
    assert found == [404] * len(found)


def test_what_does_not_exist_is_not_found(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    for path in (
        "/standards/nowhere",
        f"{HOME}/A-0019999-01",
        f"{HOME}/groups/F-999/decide",
        f"{HOME}/new?group=F-999",
    ):
        assert client.get(path).status_code == 404
