"""The pages of editions, as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry import child, transaction
from registry.audit import AuditEvent
from registry.db import Database, now
from registry.errors import Invalid
from registry.jobs import Job, JobState
from registry.specs import building, document, queries
from registry.specs.models import Edition, EditionFile, SpecDraft
from registry.standards.models import Outcome
from tests.conftest import AUDIT_KEY, Client
from tests.specs import agreed
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
HOME = "/editions/facility-reservation"
EDITION = f"{HOME}/1.0"
ISSUE = {"number": "1.0", "issued_on": "2026-10-01", "title": "", "confirmed": "1"}


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is drawn here; which functions the child was asked for."""
    asked: list[str] = []

    def draw(function: str, data: bytes, **_: object) -> bytes:
        asked.append(function.partition(":")[2])
        return b"%PDF"

    monkeypatch.setattr(child, "run_in_child", draw)
    return asked


@pytest.fixture
def ready(database: Database, world: World) -> World:
    """One adopted standard, one deferred, one undecided; nothing open that would block."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, world)
        put_off = agreed.drafted(session, world, "横断検索")
        agreed.decided(session, world, put_off, Outcome.DEFER)
        agreed.drafted(session, world, "案のまま")
    return world


@pytest.fixture
def released(database: Database, ready: World) -> World:
    """Edition 1.0 with its files."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition = agreed.frozen(session, ready)
        frozen = queries.frozen_bytes(session, edition.id)
        for name in queries.FILES:
            content = frozen if name == "spec.json" else name.encode()
            session.add(
                EditionFile(
                    edition_id=edition.id,
                    name=name,
                    media_type=building.MEDIA_TYPES[name],
                    content=content,
                    sha256=document.digest(content),
                    size=len(content),
                    created_at=now(),
                )
            )
        session.execute(sa.update(Job).values(state=JobState.DONE, dedup=None))
    return ready


def text_of(answer: TestResponse) -> str:
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def numbers(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Edition.number).order_by(Edition.id)))


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.sequence)))


# ---- lists ----


def test_the_list_shows_each_business_with_its_newest_edition(
    released: World, signed_in: SignedIn
) -> None:
    page = text_of(signed_in(EDITOR).get("/editions"))

    assert "公共施設予約 第1.0版" in page
    assert "除雪・道路情報 まだありません" in page
    assert "施設予約</a>" not in page


def test_the_list_of_another_region_is_its_own(released: World, signed_in: SignedIn) -> None:
    page = text_of(signed_in("coordinator@elsewhere.example").get("/editions"))

    assert "第1.0版" not in page
    assert "公共施設予約" not in page


def test_no_list_for_vendors_and_administrators(world: World, signed_in: SignedIn) -> None:
    for email in ("vendor@vendor-a.example", "administrator@bureau.example"):
        assert signed_in(email).get("/editions").status_code == 403
        assert signed_in(email).get(HOME).status_code == 403


def test_the_list_as_a_workbook(released: World, signed_in: SignedIn, database: Database) -> None:
    answer = signed_in(EDITOR).send("/editions/workbook")

    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["公共施設予約", "1.0"]
    assert actions(database)[-1] == "specs.export"


def test_the_list_needs_as_many_queries_however_many_businesses(
    released: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(EDITOR)

    def count() -> int:
        seen = 0

        def note(*_: object) -> None:
            nonlocal seen
            seen += 1

        sa.event.listen(database.engine, "before_cursor_execute", note)
        assert client.get("/editions").status_code == 200
        sa.event.remove(database.engine, "before_cursor_execute", note)
        return seen

    client.get("/editions")
    before = count()
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, released, "除雪車の位置", business=released.other_business)
        agreed.frozen(session, released, business=released.other_business)
        agreed.frozen(session, released, "1.1")
    assert count() == before


# ---- the next edition ----


def test_the_page_says_what_would_be_in_the_next_edition(ready: World, signed_in: SignedIn) -> None:
    page = text_of(signed_in(COORDINATOR).get(HOME))

    assert "発行した版はまだありません" in page
    assert "採用と決まった標準要件 1 件" in page
    assert "採否を決めていない標準要件（1件）" in page
    assert "A-0010003-01 案のまま" in page
    assert "保留にした標準要件（1件）" in page
    assert "この内容で発行する" in page


def test_what_blocks_is_named_and_the_form_is_gone(
    database: Database, world: World, signed_in: SignedIn
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        standard = agreed.drafted(session, world, "抽選")
        agreed.decided(session, world, standard)

    page = text_of(signed_in(COORDINATOR).get(HOME))

    assert "このままでは発行できません" in page
    assert "団体別の適用が未確認の標準要件が 1 件あります" in page
    assert "A-0010001-01 抽選 会津若松市、喜多方市、湯川村" in page
    assert "この内容で発行する" not in page


def test_the_differences_from_the_last_edition_are_listed(
    released: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, released, "取消し")

    page = text_of(signed_in(EDITOR).get(HOME))

    assert "第1.0版からの違い: 追加 1 件、変更 0 件、削除 0 件" in page
    assert "追加 A-0010004-01 取消し" in page


def test_a_towns_person_sees_the_state_but_no_forms(ready: World, signed_in: SignedIn) -> None:
    page = signed_in(EDITOR).get(HOME)

    assert page.status_code == 200
    assert f'action="{HOME}"' not in page.get_data(as_text=True)
    assert "案の PDF を作る" not in text_of(page)


def test_a_business_of_another_region_is_not_found(ready: World, signed_in: SignedIn) -> None:
    stranger = signed_in("coordinator@elsewhere.example")
    assert "採用と決まった標準要件 0 件" in text_of(stranger.get(HOME))  # its own of that name
    assert stranger.get("/editions/snow-removal").status_code == 404
    assert stranger.send("/editions/snow-removal", **ISSUE).status_code == 404
    assert signed_in(COORDINATOR).get("/editions/no-such").status_code == 404


# ---- freezing ----


def test_freezing_leads_to_the_edition(
    ready: World, signed_in: SignedIn, database: Database, no_drawing: list[str]
) -> None:
    client = signed_in(COORDINATOR)

    answer = client.post(HOME, data=client.hidden(HOME) | ISSUE)

    assert (answer.status_code, answer.location) == (303, EDITION)
    assert numbers(database) == ["1.0"]
    assert no_drawing == ["check"]
    page = text_of(client.get(EDITION))
    assert "第1.0版を発行しました" in page
    assert "ファイルの作成 順番待ち" in page


def test_sending_twice_freezes_once(ready: World, signed_in: SignedIn, database: Database) -> None:
    client = signed_in(COORDINATOR)
    sent = client.hidden(HOME) | ISSUE

    assert [client.post(HOME, data=sent).status_code for _ in range(2)] == [303, 303]
    assert numbers(database) == ["1.0"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"number": ""}, "入力してください"),
        ({"number": "第1版"}, "半角の数字二つを点でつないで"),
        ({"issued_on": "来月"}, "日付は 2026-10-01 の形で"),
        ({"confirmed": ""}, "印を付けてください"),
    ],
)
def test_bad_input_is_shown_beside_its_field_and_kept(
    ready: World, signed_in: SignedIn, database: Database, sent: dict[str, str], message: str
) -> None:
    answer = signed_in(COORDINATOR).send(HOME, **(ISSUE | {"title": "打った件名"} | sent))

    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "打った件名" in answer.get_data(as_text=True)
    assert numbers(database) == []


def test_a_taken_number_is_refused(
    released: World, signed_in: SignedIn, database: Database
) -> None:
    answer = signed_in(COORDINATOR).send(HOME, **ISSUE)

    assert answer.status_code == 422
    assert "前の第1.0版より大きい番号" in text_of(answer)
    assert numbers(database) == ["1.0"]


def test_a_character_that_cannot_be_printed_stops_the_freezing(
    ready: World, signed_in: SignedIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise Invalid("仕様書の書体にない文字があるため、PDFを作成しませんでした。")

    monkeypatch.setattr(child, "run_in_child", refuse)
    answer = signed_in(COORDINATOR).send(HOME, **ISSUE)

    assert answer.status_code == 422
    assert "仕様書の書体にない文字がある" in text_of(answer)
    assert numbers(database) == []


def test_only_the_coordinator_freezes(
    ready: World, signed_in: SignedIn, database: Database
) -> None:
    for email in (EDITOR, "approver@072028.example", "vendor@vendor-a.example"):
        assert signed_in(email).send(HOME, **ISSUE).status_code == 403
        assert signed_in(email).send(f"{HOME}/draft").status_code == 403
        assert signed_in(email).send(f"{HOME}/draft-file").status_code == 403
    assert numbers(database) == []


# ---- the draft ----


def test_a_draft_is_asked_for_shown_running_and_saved(
    ready: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    assert client.send(f"{HOME}/draft-file").status_code == 404
    assert client.get(f"{HOME}/draft-progress").status_code == 404

    answer = client.send(f"{HOME}/draft")

    assert (answer.status_code, answer.location) == (303, f"{HOME}#draft")
    assert "案の PDF の作成 順番待ち" in text_of(client.get(HOME))
    assert "順番を待っています" in text_of(client.get(f"{HOME}/draft-progress"))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(sa.update(Job).values(state=JobState.DONE, dedup=None))
        session.add(
            SpecDraft(
                business_id=ready.business.id, content=b"%PDF 1", sha256="0", created_at=now()
            )
        )
    assert "案の PDF を保存する" in text_of(client.get(f"{HOME}/draft-progress"))
    page = text_of(client.get(HOME))
    assert "案の PDF を保存する" in page
    assert "順番待ち" not in page
    saved = client.send(f"{HOME}/draft-file")
    assert (saved.data, saved.mimetype) == (b"%PDF 1", "application/pdf")
    assert "facility-reservation-draft.pdf" in saved.headers["Content-Disposition"]
    assert actions(database)[-1] == "specs.download_draft"


def test_a_failed_draft_says_why_and_can_be_asked_for_again(
    ready: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    client.send(f"{HOME}/draft")
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(
            sa.update(Job).values(state=JobState.FAILED, error="メモリが足りません。", dedup=None)
        )

    page = text_of(client.get(HOME))

    assert "メモリが足りません。" in page
    assert "案の PDF を作る" in page


def test_without_standards_there_is_no_draft(world: World, signed_in: SignedIn) -> None:
    answer = signed_in(COORDINATOR).send(f"{HOME}/draft")

    assert answer.status_code == 422
    assert "標準要件がまだありません" in text_of(answer)


# ---- a frozen edition ----


def test_an_edition_shows_its_lines_its_files_and_their_hashes(
    released: World, signed_in: SignedIn
) -> None:
    answer = signed_in(EDITOR).get(EDITION)

    page = text_of(answer)
    assert "令和8年10月1日(2026-10-01)" in page
    assert "1.1.1 A-0010001-01 空き状況の照会 空き状況の照会ができること。" in page
    assert "全団体が標準どおり" in page
    assert "案のまま" not in page
    assert document.digest(b"spec.pdf") in re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))
    assert "事業者に配布する" not in page
    assert "事業者に配布する" in text_of(signed_in(COORDINATOR).get(EDITION))


def test_lines_are_found_by_chapter_and_word(released: World, signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)

    assert "A-0010001-01" in text_of(client.get(f"{EDITION}?q=空き"))
    assert "この条件に合う要件はありません" in text_of(client.get(f"{EDITION}?q=抽選"))
    assert "A-0010001-01" in text_of(client.get(f"{EDITION}?chapter=1"))
    assert "この条件に合う要件はありません" in text_of(client.get(f"{EDITION}?chapter=9"))
    assert client.get(f"{EDITION}?page=0").status_code == 422
    assert client.get(f"{EDITION}?q={'あ' * 201}").status_code == 422


def test_editions_of_others_and_missing_ones_are_not_found(
    released: World, signed_in: SignedIn
) -> None:
    stranger = signed_in("coordinator@elsewhere.example")
    for client, number in ((stranger, "1.0"), (signed_in(EDITOR), "9.9")):
        assert client.get(f"{HOME}/{number}").status_code == 404
        assert client.get(f"{HOME}/{number}/progress").status_code == 404
        assert client.send(f"{HOME}/{number}/files/spec.pdf").status_code == 404
        assert client.send(f"{HOME}/{number}/workbook").status_code == 404
    assert stranger.send(f"{EDITION}/build").status_code == 404
    vendor = signed_in("vendor@vendor-a.example")
    assert vendor.get(EDITION).status_code == 403
    assert vendor.send(f"{EDITION}/files/spec.pdf").status_code == 403


def test_a_file_is_fetched_by_post_and_recorded(
    released: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(EDITOR)

    answer = client.send(f"{EDITION}/files/spec.pdf")

    assert (answer.status_code, answer.data, answer.mimetype) == (
        200,
        b"spec.pdf",
        "application/pdf",
    )
    assert "facility-reservation-1.0-spec.pdf" in answer.headers["Content-Disposition"]
    assert client.send(f"{EDITION}/files/passwd").status_code == 404
    assert client.get(f"{EDITION}/files/spec.pdf").status_code == 405
    assert actions(database)[-1] == "specs.download"


def test_all_lines_as_a_workbook(released: World, signed_in: SignedIn) -> None:
    answer = signed_in(EDITOR).send(f"{EDITION}/workbook")

    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["1.1.1", "A-0010001-01"]


def test_files_that_could_not_be_made_are_asked_for_again(
    ready: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.frozen(session, ready)
        session.execute(
            sa.update(Job).values(state=JobState.FAILED, error="時間切れです。", dedup=None)
        )
    client = signed_in(COORDINATOR)

    page = text_of(client.get(EDITION))
    assert "時間切れです。" in page
    assert "もう一度作る" in page
    assert "もう一度作る" not in text_of(signed_in(EDITOR).get(EDITION))
    assert signed_in(EDITOR).send(f"{EDITION}/build").status_code == 403
    assert client.send(f"{EDITION}/build").status_code == 303
    assert "順番を待っています" in text_of(client.get(f"{EDITION}/progress"))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        session.execute(sa.update(Job).values(state=JobState.DONE, dedup=None))
    assert "できたファイルを見る" in text_of(client.get(f"{EDITION}/progress"))


def test_files_that_are_there_are_not_asked_for_again(released: World, signed_in: SignedIn) -> None:
    assert signed_in(COORDINATOR).send(f"{EDITION}/build").status_code == 409
