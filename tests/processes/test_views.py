"""The pages on businesses as a browser without JavaScript sees them."""

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
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.processes.models import Business, BusinessProcess, BusinessTerm
from tests.conftest import AUDIT_KEY, Client
from tests.counting import statements
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
PAGE = "/businesses/facility-reservation"
OTHER = "/businesses/snow-removal"  # the other region has none of that name


def text(answer: TestResponse) -> str:
    page = unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))
    return " ".join(page.split())


def business(database: Database, world: World) -> Business:
    with database.read() as session:
        return session.get_one(Business, world.business.id)


def terms(database: Database) -> dict[str, str]:
    with database.read() as session:
        found = session.scalars(sa.select(BusinessTerm).order_by(BusinessTerm.id))
        return {term.term: term.meaning for term in found}


def hiding(database: Database) -> list[int]:
    with database.read() as session:
        query = sa.select(BusinessProcess.municipality_id).where(BusinessProcess.hides_detail)
        return list(session.scalars(query.order_by(BusinessProcess.municipality_id)))


@pytest.fixture
def term_id(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        term = BusinessTerm(business_id=world.business.id, term="仮予約", meaning="枠の確保")
        session.add(term)
        session.flush()
        return term.id


@pytest.mark.parametrize("email", [COORDINATOR, EDITOR, "contributor@074225.example"])
def test_the_catalogue_is_listed(signed_in: SignedIn, email: str) -> None:
    page = text(signed_in(email).get("/businesses"))
    assert "001 公共施設予約" in page
    assert "002 除雪・道路情報" in page
    assert " 施設予約 " not in page
    assert ("業務を追加" in page) == (email == COORDINATOR)
    assert ("自団体の内訳" in page) == (email != COORDINATOR)


@pytest.mark.parametrize("email", ["administrator@bureau.example", "vendor@vendor-a.example"])
def test_roles_without_content_are_refused(signed_in: SignedIn, email: str) -> None:
    client = signed_in(email)
    for path in ("/businesses", PAGE, f"{PAGE}/record", f"{PAGE}/edit", "/businesses/new"):
        assert client.get(path).status_code == 403
    assert client.send("/businesses/export").status_code == 403


def test_another_regions_business_is_not_found(
    signed_in: SignedIn, database: Database, term_id: int
) -> None:
    stranger = signed_in("coordinator@elsewhere.example")
    editor = signed_in("editor@134210.example")
    for path in (OTHER, f"{OTHER}/edit", f"{PAGE}/terms/{term_id}"):
        assert stranger.get(path).status_code == 404
    assert editor.get(f"{OTHER}/record").status_code == 404
    assert editor.send(f"{OTHER}/record", version=0, hidden="1").status_code == 404
    for path in (
        f"{OTHER}/edit",
        f"{OTHER}/terms",
        f"{OTHER}/terms/export",
        f"{OTHER}/towns/export",
        f"{PAGE}/terms/{term_id}",
        f"{PAGE}/terms/{term_id}/remove",
    ):
        fields = {"name": "x", "term": "a", "meaning": "b", "was": "枠の確保", "version": 1}
        assert stranger.send(path, **fields).status_code == 404, path
    assert terms(database) == {"仮予約": "枠の確保"}


def test_a_town_gets_no_form_of_the_coordinators(
    signed_in: SignedIn, database: Database, term_id: int
) -> None:
    client = signed_in(EDITOR)
    for path in ("/businesses/new", f"{PAGE}/edit", f"{PAGE}/terms/{term_id}"):
        assert client.get(path).status_code == 403
        assert client.send(path, version=1, name="x", meaning="b", was="").status_code == 403
    assert client.send(f"{PAGE}/terms/{term_id}/remove", was="枠の確保").status_code == 403
    assert client.send(f"{PAGE}/terms", term="a", meaning="b").status_code == 403
    assert "用語を追加" not in text(client.get(PAGE))
    assert terms(database) == {"仮予約": "枠の確保"}


def test_a_business_shows_its_towns_with_kana_and_population(signed_in: SignedIn) -> None:
    page = text(signed_in(EDITOR).get(PAGE))
    assert "会津若松市 あいづわかまつし 市 117,433" in page
    assert "湯川村 ゆがわむら 村 3,082" in page
    assert "小笠原村" not in page
    assert "概要はまだありません" in page
    assert "用語がまだありません" in page


def test_adding_a_business(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(
        "/businesses/new", slug="library", number="", name="図書館", summary="貸出"
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/businesses/library")
    page = text(client.get("/businesses/library"))
    assert "業務番号 003" in page
    assert "貸出" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slug": "図書館"}, "英小文字、数字、ハイフン"),
        ({"slug": "snow-removal"}, "snow-removal はすでに使われています"),
        ({"number": "1"}, "数字 3 桁"),
        ({"name": ""}, "業務名: 入力してください"),
        ({"name": "図\n書"}, "1 行で入力"),
    ],
)
def test_a_bad_business_is_named_and_kept(
    signed_in: SignedIn, change: dict[str, str], message: str
) -> None:
    typed = {"slug": "library", "number": "", "name": "図書館", "summary": "貸出の業務", **change}
    answer = signed_in(COORDINATOR).send("/businesses/new", **typed)
    assert answer.status_code == 422
    assert message in text(answer)
    assert "貸出の業務" in text(answer)


def test_editing_a_business(signed_in: SignedIn, database: Database, world: World) -> None:
    client = signed_in(COORDINATOR)
    typed = {"name": "施設の予約", "summary": "空き照会"}
    hidden = client.hidden(f"{PAGE}/edit")
    assert (
        client.post(f"{PAGE}/edit", data=hidden | {"name": "", "summary": "残る"}).status_code
        == 422
    )
    assert client.post(f"{PAGE}/edit", data=hidden | typed).status_code == 303
    assert business(database, world).name == "施設の予約"
    stale = client.send(f"{PAGE}/edit", name="別の名前", summary="空き照会", version=1)
    assert stale.status_code == 409
    assert "業務名 別の名前 施設の予約" in text(stale)
    assert 'value="別の名前"' in stale.get_data(as_text=True)
    assert business(database, world).name == "施設の予約"
    version = re.search(r'name="version" value="(\d+)"', stale.get_data(as_text=True))
    assert version
    again = client.send(f"{PAGE}/edit", name="別の名前", summary="空き照会", version=version[1])
    assert again.status_code == 303


def test_adding_a_term(signed_in: SignedIn, database: Database, term_id: int) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(f"{PAGE}/terms", term="区分", meaning="時間の単位をいう。")
    assert answer.status_code == 303
    assert terms(database) == {"仮予約": "枠の確保", "区分": "時間の単位をいう。"}
    twice = client.send(f"{PAGE}/terms", term="仮予約", meaning="べつの意味")
    assert twice.status_code == 422
    assert "「仮予約」はすでにあります" in text(twice)
    assert "べつの意味" in text(twice)
    assert client.send(f"{PAGE}/terms", term="", meaning="残る").status_code == 422


def test_changing_a_term(signed_in: SignedIn, database: Database, term_id: int) -> None:
    client = signed_in(COORDINATOR)
    path = f"{PAGE}/terms/{term_id}"
    hidden = client.hidden(path)
    assert client.post(path, data=hidden | {"meaning": ""}).status_code == 422
    assert client.post(path, data=hidden | {"meaning": "一時の確保"}).status_code == 303
    assert terms(database) == {"仮予約": "一時の確保"}
    late = client.send(path, was="枠の確保", meaning="遅れた意味")
    assert late.status_code == 409
    assert "意味 遅れた意味 一時の確保" in text(late)
    assert 'name="was" value="一時の確保"' in late.get_data(as_text=True)
    assert terms(database) == {"仮予約": "一時の確保"}


def test_removing_a_term(signed_in: SignedIn, database: Database, term_id: int) -> None:
    client = signed_in(COORDINATOR)
    path = f"{PAGE}/terms/{term_id}"
    assert client.send(f"{path}/remove").status_code == 422
    late = client.send(f"{path}/remove", was="古い意味")
    assert late.status_code == 409
    assert "ほかの人が先にこの用語を変えた" in text(late)
    hidden = client.hidden(PAGE, f"{path}/remove")
    assert client.post(f"{path}/remove", data=hidden).status_code == 303
    assert terms(database) == {}
    assert client.get(path).status_code == 404
    assert client.send(f"{path}/remove", was="枠の確保").status_code == 404


def test_a_term_is_not_reached_through_another_business(signed_in: SignedIn, term_id: int) -> None:
    assert signed_in(COORDINATOR).get(f"{OTHER}/terms/{term_id}").status_code == 404


def test_an_editor_hides_the_own_detail(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(EDITOR)
    page = text(client.get(f"{PAGE}/record"))
    assert "提出した要件の件数だけ" in page
    assert "標準要件を作るために見えます" in page
    hidden = client.hidden(f"{PAGE}/record")
    answer = client.post(f"{PAGE}/record", data=hidden | {"division": "生涯学習課", "hidden": "1"})
    assert answer.status_code == 303
    assert hiding(database) == [world.towns["072028"].id]
    after = text(client.get(PAGE))
    assert "ほかの団体に公開していません" in after
    assert "117,433 生涯学習課 ■ 非公開" in after
    assert "■ 内訳非公開(ほかの団体には件数だけが見えます)" in after
    again = client.hidden(f"{PAGE}/record")
    client.post(f"{PAGE}/record", data=again | {"division": "生涯学習課"})
    assert hiding(database) == []


def test_a_stale_record_shows_both_sides(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    client = signed_in(EDITOR)
    client.send(f"{PAGE}/record", version=0, division="生涯学習課", hidden="1")
    late = client.send(f"{PAGE}/record", version=0, division="総務課")
    assert late.status_code == 409
    assert "担当課 総務課 生涯学習課" in text(late)
    assert "内訳 公開する 公開しない" in text(late)
    assert hiding(database) == [world.towns["072028"].id]


def test_a_bad_record_is_kept_on_the_page(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(EDITOR)
    answer = client.send(f"{PAGE}/record", version=0, division="課" * 101, hidden="1")
    assert answer.status_code == 422
    assert "100 文字以内" in text(answer)
    assert re.search(r'name="hidden"[^>]*checked', answer.get_data(as_text=True))
    assert client.send(f"{PAGE}/record", division="").status_code == 422
    assert hiding(database) == []


@pytest.mark.parametrize(
    "email", ["contributor@072028.example", "approver@072028.example", COORDINATOR]
)
def test_only_editors_open_the_record(signed_in: SignedIn, database: Database, email: str) -> None:
    client = signed_in(email)
    assert client.get(f"{PAGE}/record").status_code == 403
    assert client.send(f"{PAGE}/record", version=0, hidden="1").status_code == 403
    assert "記録を変更" not in text(client.get(PAGE))
    assert hiding(database) == []


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("/businesses/export", "業務番号"),
        (f"{PAGE}/towns/export", "団体コード"),
        (f"{PAGE}/terms/export", "用語"),
    ],
)
def test_the_lists_come_as_workbooks(signed_in: SignedIn, path: str, head: str) -> None:
    answer = signed_in(EDITOR).send(path)
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    assert sheet["A1"].value == head


def test_an_empty_catalogue_says_what_to_do(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.delete(session.get_one(Business, world.foreign_business.id))
    assert "業務がまだありません" in text(
        signed_in("coordinator@elsewhere.example").get("/businesses")
    )
    assert "広域調整担当が登録します" in text(signed_in("editor@134210.example").get("/businesses"))


@pytest.mark.parametrize("path", ["/businesses", PAGE, f"{PAGE}/record"])
def test_more_towns_and_terms_need_no_more_queries(
    signed_in: SignedIn, database: Database, world: World, path: str
) -> None:
    client = signed_in(EDITOR)
    with statements(database) as few:
        assert client.get(path).status_code == 200
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for number in range(10):
            town = Municipality(
                region_id=world.region.id,
                code=f"08000{number}",
                name=f"町{number}",
                kana="まち",
                kind=MunicipalityKind.TOWN,
                population=1000,
            )
            session.add(town)
            session.flush()
            session.add_all(
                [
                    BusinessProcess(
                        municipality_id=town.id, business_id=world.business.id, hides_detail=True
                    ),
                    BusinessTerm(business_id=world.business.id, term=f"語{number}", meaning="意味"),
                    Business(
                        region_id=world.region.id,
                        slug=f"b{number}",
                        number=f"10{number}",
                        name="業務",
                    ),
                ]
            )
    with statements(database) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few)
