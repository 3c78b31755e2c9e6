"""The pages of deliveries: the bureau's and the vendor's."""

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
from registry.access import Role
from registry.accounts import service as accounts
from registry.audit import AuditEvent
from registry.db import Database
from registry.specs import document
from registry.vendors.models import Delivery, Download, Vendor
from tests.conftest import AUDIT_KEY, Client
from tests.specs import agreed
from tests.vendors import held
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
STRANGER = "coordinator@elsewhere.example"
VENDOR_A = "vendor@vendor-a.example"
VENDOR_B = "vendor@vendor-b.example"


@pytest.fixture
def edition_id(database: Database, world: World) -> int:
    """Edition 1.0 with its files, delivered to nobody."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return held.released(session, world).id


@pytest.fixture
def delivery_id(database: Database, world: World, edition_id: int) -> int:
    """Edition 1.0 in the hands of vendor A."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition = session.get_one(held.Edition, edition_id)
        return held.delivered(session, world, edition).id


def text_of(answer: TestResponse) -> str:
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def deliveries(database: Database) -> list[Delivery]:
    with database.read() as session:
        return list(session.scalars(sa.select(Delivery).order_by(Delivery.id)))


def last_action(database: Database) -> str:
    with database.read() as session:
        return session.scalars(
            sa.select(AuditEvent.action).order_by(AuditEvent.sequence.desc()).limit(1)
        ).one()


# ---- the bureau ----


def test_an_edition_is_delivered_to_several_vendors_at_once(
    edition_id: int, world: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    page = client.get(f"/vendors?edition={edition_id}")
    assert f'<option value="{edition_id}" selected>' in page.get_data(as_text=True)
    assert "まだ何も配布していません" in text_of(page)

    answer = client.send(
        "/deliveries",
        edition_id=edition_id,
        vendor_ids=[vendor.id for vendor in world.vendors.values()],
    )

    assert (answer.status_code, answer.location) == (303, "/vendors")
    page_text = text_of(client.get("/vendors"))
    assert "2 者に配布しました" in page_text
    assert "ベンダーA 公共施設予約 第1.0版" in page_text
    assert "受取り待ち" in page_text
    assert len(deliveries(database)) == 2


def test_either_all_vendors_are_given_it_or_none(
    delivery_id: int, edition_id: int, world: World, signed_in: SignedIn, database: Database
) -> None:
    answer = signed_in(COORDINATOR).send(
        "/deliveries",
        edition_id=edition_id,
        vendor_ids=[world.vendors["b"].id, world.vendors["a"].id],
    )

    assert answer.status_code == 422
    assert "ベンダーA にはこの版をすでに配布しています" in text_of(answer)
    assert [row.id for row in deliveries(database)] == [delivery_id]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"edition_id": ""}, "版を選んでください"),
        ({"edition_id": "x"}, "版を選んでください"),
        ({"vendor_ids": []}, "事業者を 1 者以上選んでください"),
        ({"vendor_ids": ["x"]}, "事業者を選んでください"),
    ],
)
def test_a_delivery_wants_an_edition_and_a_vendor(
    edition_id: int,
    world: World,
    signed_in: SignedIn,
    database: Database,
    sent: dict[str, object],
    message: str,
) -> None:
    fields = {"edition_id": edition_id, "vendor_ids": [world.vendors["a"].id]} | sent

    answer = signed_in(COORDINATOR).send("/deliveries", **fields)

    assert answer.status_code == 422
    assert message in text_of(answer)
    assert deliveries(database) == []


def test_another_region_can_neither_see_nor_touch(
    delivery_id: int, edition_id: int, world: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(STRANGER)
    vendor = f"/vendors/{world.vendors['a'].id}"

    assert "ベンダーA" not in text_of(client.get("/vendors"))
    for path in (f"/deliveries/{delivery_id}", vendor):
        assert client.get(path).status_code == 404
    sent = client.send("/deliveries", edition_id=edition_id, vendor_ids=[world.vendors["b"].id])
    assert sent.status_code == 404
    withdrawn = client.send(f"/deliveries/{delivery_id}/withdraw", version=1, reason="x")
    assert withdrawn.status_code == 404
    assert client.send(f"{vendor}/members", account_id=1).status_code == 404
    assert [row.withdrawn_at for row in deliveries(database)] == [None]


@pytest.mark.parametrize(
    "email", ["editor@072028.example", "administrator@bureau.example", VENDOR_A]
)
def test_only_the_coordinator_has_these_pages(
    delivery_id: int, signed_in: SignedIn, email: str
) -> None:
    client = signed_in(email)
    for path in ("/vendors", "/vendors/new", "/vendors/1", f"/deliveries/{delivery_id}"):
        assert client.get(path).status_code == 403
    for path in (
        "/deliveries",
        "/deliveries/workbook",
        f"/deliveries/{delivery_id}/withdraw",
        "/vendors/new",
        "/vendors/1/members",
    ):
        assert client.send(path).status_code == 403


def test_a_delivery_is_withdrawn_with_a_reason(
    delivery_id: int, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    page, act = f"/deliveries/{delivery_id}", f"/deliveries/{delivery_id}/withdraw"
    sent = client.hidden(page, act)

    refused = client.post(act, data=sent | {"reason": ""})
    assert refused.status_code == 422
    assert "入力してください" in text_of(refused)
    answer = client.post(act, data=client.hidden(page, act) | {"reason": "宛先を誤った。"})

    assert (answer.status_code, answer.location) == (303, page)
    shown = text_of(client.get(page))
    assert "宛先を誤った。" in shown
    assert "配布を取り下げる" not in shown
    again = client.send(act, version=sent["version"], reason="もう一度")
    assert again.status_code == 409
    assert "取下げ" in text_of(client.get("/vendors"))


def test_a_stale_withdrawal_is_refused(
    delivery_id: int, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    act = f"/deliveries/{delivery_id}/withdraw"

    assert client.send(act, version=99, reason="理由").status_code == 409
    assert client.send(act, reason="理由").status_code == 422
    assert [row.withdrawn_at for row in deliveries(database)] == [None]


def test_the_record_as_a_workbook(
    delivery_id: int, signed_in: SignedIn, database: Database
) -> None:
    answer = signed_in(COORDINATOR).send("/deliveries/workbook")

    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:3] == ["ベンダーA", "公共施設予約", "1.0"]
    assert last_action(database) == "vendors.export"


def test_a_vendor_is_registered_and_given_its_people(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    refused = client.send("/vendors/new", name="ベンダーA", kana="うった")
    assert refused.status_code == 422
    assert "すでに登録されています" in text_of(refused)
    assert "うった" in refused.get_data(as_text=True)

    answer = client.send("/vendors/new", name="会津情報株式会社", kana="あいづじょうほう")

    with database.read() as session:
        vendor_id = session.scalars(
            sa.select(Vendor.id).where(Vendor.name == "会津情報株式会社")
        ).one()
    assert (answer.status_code, answer.location) == (303, f"/vendors/{vendor_id}")
    assert "受け取れる人がまだいません" in text_of(client.get(answer.location))
    free = _free_account(database, world)
    page = client.get(answer.location)
    assert f'<option value="{free}">' in page.get_data(as_text=True)
    assert client.send(f"{answer.location}/members", account_id="").status_code == 422
    joined = client.send(f"{answer.location}/members", account_id=free)
    assert joined.status_code == 303
    assert "new@vendor-c.example" in text_of(client.get(answer.location))


def _free_account(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return accounts.create_account(
            session,
            world.administrator,
            email="new@vendor-c.example",
            name="営業担当",
            role=Role.VENDOR,
            municipality=None,
        ).id


# ---- the vendor ----


def test_a_vendor_sees_fetches_and_is_recorded(
    delivery_id: int, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(VENDOR_A)
    listed = text_of(client.get("/received"))
    assert "公共施設予約 標準要件仕様書 第1.0版" in listed
    assert "未保存" in listed
    page = client.get(f"/received/{delivery_id}")
    assert document.digest(b"spec.pdf") in re.sub(r"<[^>]+>", "", page.get_data(as_text=True))
    assert "certutil" in text_of(page)
    assert [row.opened_at for row in deliveries(database)] == [None]  # a GET writes nothing

    answer = client.send(f"/received/{delivery_id}/files/spec.pdf")

    assert (answer.data, answer.mimetype) == (b"spec.pdf", "application/pdf")
    assert "facility-reservation-1.0-spec.pdf" in answer.headers["Content-Disposition"]
    assert "保存済み" in text_of(client.get("/received"))
    assert last_action(database) == "vendors.download"
    shown = text_of(signed_in(COORDINATOR).get(f"/deliveries/{delivery_id}"))
    assert "spec.pdf 会津地域 事業者 vendor@vendor-a.example" in shown


def test_another_vendor_finds_nothing(
    delivery_id: int, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(VENDOR_B)

    assert "いま見られる仕様書はありません" in text_of(client.get("/received"))
    assert client.get(f"/received/{delivery_id}").status_code == 404
    assert client.send(f"/received/{delivery_id}/files/spec.pdf").status_code == 404
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Download.id))) == 0


def test_what_was_withdrawn_cannot_be_opened_any_more(
    delivery_id: int, world: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        held.withdrawn(session, world, session.get_one(Delivery, delivery_id))
    client = signed_in(VENDOR_A)

    assert "いま見られる仕様書はありません" in text_of(client.get("/received"))
    page = client.get(f"/received/{delivery_id}")
    assert page.status_code == 404
    assert "配布は取り下げられた" in text_of(page)
    assert "誤って配布した" not in text_of(page)  # the reason is the bureau's
    assert client.send(f"/received/{delivery_id}/files/spec.pdf").status_code == 404


def test_a_file_the_edition_does_not_have_is_not_found(
    delivery_id: int, signed_in: SignedIn
) -> None:
    client = signed_in(VENDOR_A)

    assert client.send(f"/received/{delivery_id}/files/passwd").status_code == 404
    assert client.get(f"/received/{delivery_id}/files/spec.pdf").status_code == 405
    assert client.get("/received/0").status_code == 404


def test_nobody_else_has_received_anything(delivery_id: int, signed_in: SignedIn) -> None:
    for email in (COORDINATOR, "editor@072028.example", "administrator@bureau.example"):
        client = signed_in(email)
        assert client.get("/received").status_code == 403
        assert client.get(f"/received/{delivery_id}").status_code == 403
        assert client.send(f"/received/{delivery_id}/files/spec.pdf").status_code == 403


def test_an_account_without_a_vendor_is_told_whom_to_ask(
    world: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(sa.text("DELETE FROM vendor_member"))

    assert "まだ事業者に結び付いていません" in text_of(signed_in(VENDOR_A).get("/received"))


def test_a_vendor_sees_nothing_of_the_inside(
    delivery_id: int, world: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.drafted(session, world, "案のまま")
    page = text_of(signed_in(VENDOR_A).get(f"/received/{delivery_id}"))

    assert "案のまま" not in page
    for menu in ("要件 ", "比較", "標準要件 ", "配布 "):
        assert menu not in page.partition("受け取った仕様書")[0]
