from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry import transaction
from registry.audit import AuditEvent
from registry.db import Database
from registry.standards import deciding, drafting
from registry.standards.models import (
    Application,
    Decision,
    Outcome,
    Relation,
    StandardAnswer,
    StandardRequirement,
)
from tests.conftest import AUDIT_KEY, Client
from tests.standards.material import DAY, drafted, group_of, hide, values
from tests.world import World

SignedIn = Callable[[str], Client]
COORDINATOR = "coordinator@bureau.example"
EDITOR = "editor@072028.example"
HOME = "/standards/facility-reservation"
PAGE = f"{HOME}/A-0010001-01"
FIELDS = {
    "title": "仮予約の期限",
    "text": "仮予約は7日で取り消せること。",
    "obligation": "mandatory",
    "kind": "functional",
    "phase": "phase_1",
    "goal": "G-1-1-1",
    "reason": "多くの団体が7日で運用している。",
    "target_edition": "1.0",
    "groups": ["F-001"],
}
VERDICT = {"outcome": "adopt", "reason": "研究会で合意した。", "decided_on": "2026-08-05"}


@pytest.fixture
def prepared(database: Database, world: World) -> World:
    """F-001 with two towns' lines and A-0010001-01 answering it; F-002 nobody has touched."""
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        group = group_of(
            session,
            world,
            t072028=("仮予約は3営業日で自動的に取り消せること。", Relation.VALUE_DIFFERS),
            t072087=("喜多方だけの秘密の文。", Relation.SAME),
        )
        group_of(session, world, "手つかず", t072028=("別の要件ができること。", Relation.SAME))
        drafted(session, world, [group.id], goal_id=world.goals["G-1-1-1"].id)
    return world


def text_of(answer: TestResponse) -> str:
    """The page as read: no tags, single spaces."""
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def stored(database: Database, code: str = "A-0010001-01") -> StandardRequirement:
    with database.read() as session:
        return session.scalars(
            sa.select(StandardRequirement).where(StandardRequirement.code == code)
        ).one()


# ---- lists ----


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


# ---- one standard ----


def test_a_standard_shows_why_it_is_there_and_how_each_town_says_it(
    prepared: World, signed_in: SignedIn
) -> None:
    answer = signed_in(EDITOR).get(PAGE)
    text = text_of(answer)
    assert text.index("住民が役場に行かずに") < text.index("空き状況がいつでも分かる")
    assert '<ins class="kz-diff">3営業日</ins>' in answer.get_data(as_text=True)
    assert "喜多方だけの秘密の文" in text.replace(" ", "")
    assert "まだ提出していない団体 湯川村" in text
    assert "採否を記録する" not in text


def test_a_line_that_shares_little_is_shown_without_struck_words(
    prepared: World, signed_in: SignedIn
) -> None:
    page = signed_in(EDITOR).get(PAGE).get_data(as_text=True)
    rows = re.findall(r"<tr>.*?</tr>", page, flags=re.S)
    (near,) = [row for row in rows if "3営業日</ins>" in row]
    (far,) = [row for row in rows if "秘密" in row]
    assert "<del" in near
    assert "<del" not in far


def test_a_hidden_towns_wording_is_left_out_for_others(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        hide(session, prepared, "072087")
    seen = text_of(signed_in(EDITOR).get(PAGE)).replace(" ", "")
    assert "秘密の文" not in seen
    assert "内訳を公開していない団体喜多方市" in seen
    assert "秘密の文" in text_of(signed_in("editor@072087.example").get(PAGE)).replace(" ", "")
    assert "秘密の文" in text_of(signed_in(COORDINATOR).get(PAGE)).replace(" ", "")


def test_a_decision_is_recorded_and_shown_with_who_and_why(
    prepared: World, signed_in: SignedIn
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(PAGE, f"{PAGE}/decide")["version"]
    answer = client.send(f"{PAGE}/decide", version=version, **VERDICT)
    assert (answer.status_code, answer.location) == (303, PAGE)
    text = text_of(client.get(PAGE))
    assert "研究会で合意した。" in text
    assert "会津地域 広域調整担当" in text
    assert "令和8年8月5日" in text


def test_a_decision_without_a_reason_keeps_what_was_chosen(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(
        f"{PAGE}/decide", version="1", **{**VERDICT, "reason": " ", "decided_on": "2026-08-06"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#f-reason"' in page
    assert 'value="2026-08-06"' in page
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 0


def test_a_stale_decision_shows_both_sides_and_can_be_sent_again(
    prepared: World, signed_in: SignedIn
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(PAGE, f"{PAGE}/decide")["version"]
    client.send(f"{PAGE}/decide", version=version, **VERDICT)
    late = {**VERDICT, "outcome": "reject", "reason": "あとから来た理由"}
    answer = client.send(f"{PAGE}/decide", version=version, **late)
    assert answer.status_code == 409
    text = text_of(answer)
    assert "研究会で合意した。" in text
    assert "あとから来た理由" in text
    fresh = client.hidden(PAGE, f"{PAGE}/decide")["version"]
    assert client.send(f"{PAGE}/decide", version=fresh, **late).status_code == 303


def test_an_edit_after_the_decision_is_marked(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        standard = session.scalars(sa.select(StandardRequirement)).one()
        deciding.decide(
            session,
            prepared.coordinator,
            standard=standard,
            version=standard.version,
            outcome=Outcome.ADOPT,
            reason="合意",
            decided_on=DAY,
        )
        drafting.update_standard(
            session,
            prepared.coordinator,
            standard,
            version=standard.version,
            group_ids=[],
            change_reason="会場の予約が14日で動く。",
            **values(text="仮予約は申込みの日から14日で自動的に取り消せること。"),
        )
    text = text_of(signed_in(EDITOR).get(PAGE))
    assert "決定のあとで変更されています" in text
    assert "14日" in text
    assert text.count("会場の予約が14日で動く。") == 2  # beside the difference and in the history
    assert "決定後の変更(新しい順)" in text


def test_an_edit_after_the_decision_asks_why(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    place = f"{PAGE}/edit"
    assert "変更理由" not in text_of(client.get(place))
    version = client.hidden(PAGE, f"{PAGE}/decide")["version"]
    client.send(f"{PAGE}/decide", version=version, **VERDICT)
    assert "変更理由※必須" in text_of(client.get(place)).replace(" ", "")
    fields = {
        **client.hidden(place),
        "title": "仮予約の期限",
        "text": "仮予約は14日で取り消せること。",
        "obligation": "mandatory",
        "kind": "functional",
    }
    refused = client.send(place, **fields, change_reason=" ")
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "仮予約は14日で取り消せること。" in page
    assert 'href="#f-change_reason"' in page
    assert "14日" not in text_of(client.get(PAGE))
    done = client.send(place, **fields, change_reason="会場の予約が14日で動く。")
    assert done.status_code == 303
    assert "会場の予約が14日で動く。" in text_of(client.get(PAGE))


# ---- applications ----


def rows_of(page: str) -> dict[str, str]:
    """What a browser would send of the table of applications."""
    sent: dict[str, str] = dict(
        re.findall(r'<input type="hidden" name="(version-\d+)" value="(\d+)"', page)
    )
    for town, options in re.findall(r'name="state-(\d+)".*?>(.*?)</select>', page, flags=re.S):
        chosen = re.search(r'value="(\w+)" selected', options)
        sent[f"state-{town}"] = chosen[1] if chosen else "follows"
    for town, value in re.findall(r'name="value-(\d+)" value="([^"]*)"', page):
        sent[f"value-{town}"] = unescape(value)
    return sent


def test_applications_are_proposed_saved_and_confirmed(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    sent = rows_of(client.get(PAGE).get_data(as_text=True))
    assert (sent["state-072028"], sent["value-072028"]) == ("own_value", "3営業日")
    sent |= {"state-074225": "exception", "value-074225": "窓口のみ(2028年3月まで)"}
    answer = client.send(f"{PAGE}/applications", **sent)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#applications")

    def found() -> dict[int, tuple[str, bool]]:
        with database.read() as session:
            rows = session.scalars(sa.select(Application).order_by(Application.id))
            return {row.municipality_id: (row.value, row.confirmed_at is not None) for row in rows}

    towns = prepared.towns
    assert found()[towns["074225"].id] == ("窓口のみ(2028年3月まで)", True)
    assert found()[towns["072028"].id] == ("3営業日", False)
    sent = rows_of(client.get(PAGE).get_data(as_text=True))
    client.send(f"{PAGE}/applications", confirm="1", **sent)
    assert all(confirmed for _, confirmed in found().values())


def test_a_wordless_exception_is_told_and_nothing_is_saved(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    sent = rows_of(client.get(PAGE).get_data(as_text=True))
    sent |= {"state-074225": "exception", "value-074225": "", "value-072028": "4営業日"}
    answer = client.send(f"{PAGE}/applications", **sent)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "湯川村: 例外の内容" in text_of(answer)
    assert 'value="4営業日"' in page
    with database.read() as session:
        values = session.scalars(sa.select(Application.value).order_by(Application.id)).all()
        assert "4営業日" not in values


def test_a_stale_application_is_refused_with_what_is_stored(
    prepared: World, signed_in: SignedIn
) -> None:
    client = signed_in(COORDINATOR)
    old = rows_of(client.get(PAGE).get_data(as_text=True))
    client.send(f"{PAGE}/applications", **{**old, "value-072028": "4営業日"})
    answer = client.send(f"{PAGE}/applications", **{**old, "value-072028": "5営業日"})
    assert answer.status_code == 409
    text = text_of(answer)
    assert "保存されている内容: 団体の値 4営業日" in text
    sent = rows_of(answer.get_data(as_text=True))
    assert sent["value-072028"] == "5営業日"
    assert client.send(f"{PAGE}/applications", **sent).status_code == 303


def test_proposals_are_made_again_on_request(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(f"{PAGE}/applications/propose")
    assert answer.status_code == 303
    assert "変わったものはありません" in text_of(client.get(PAGE))


# ---- drafting and editing ----


def test_a_new_standard_begins_with_the_most_frequent_wording(
    prepared: World, signed_in: SignedIn
) -> None:
    page = signed_in(COORDINATOR).get(f"{HOME}/new?group=F-001&group=F-002").get_data(as_text=True)
    assert "\n仮予約は3営業日で自動的に取り消せること。</textarea>" in page
    assert 'value="仮予約・手つかず"' in page
    assert 'value="F-001" checked' in page
    assert 'value="F-002" checked' in page


def test_a_standard_is_drafted_from_a_group(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(f"{HOME}/new", **{**FIELDS, "groups": ["F-001", "F-002"]})
    assert (answer.status_code, answer.location) == (303, f"{HOME}/A-0010002-01")
    made = stored(database, "A-0010002-01")
    with database.read() as session:
        count = sa.select(sa.func.count()).where(StandardAnswer.standard_id == made.id)
        assert session.scalar(count) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"title": "改\n行"}, "title"),
        ({"obligation": "perhaps"}, "obligation"),
        ({"goal": "G-99"}, "goal"),
        ({"groups": ["F-999"]}, "groups"),
        ({"text": "制御\x07文字"}, "text"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_kept(
    prepared: World, signed_in: SignedIn, change: dict[str, Any], field: str
) -> None:
    answer = signed_in(COORDINATOR).send(f"{HOME}/new", **{**FIELDS, **change})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page or f'id="f-{field}s-error"' in page
    assert "多くの団体が7日で運用している。" in page
    assert 'value="F-001" checked' in page or field == "groups"


def test_an_edit_is_saved_with_its_groups(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(f"{PAGE}/edit")["version"]
    answer = client.send(
        f"{PAGE}/edit", version=version, **{**FIELDS, "groups": [], "phase": "", "goal": ""}
    )
    assert (answer.status_code, answer.location) == (303, PAGE)
    found = stored(database)
    assert (found.text, found.phase, found.goal_id) == (FIELDS["text"], None, None)
    assert "どのまとまりにも答えていません" in text_of(client.get(PAGE))


def test_a_stale_edit_shows_both_sides_and_can_be_saved_again(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(f"{PAGE}/edit")["version"]
    client.send(f"{PAGE}/edit", version=version, **{**FIELDS, "text": "相手の本文"})
    answer = client.send(f"{PAGE}/edit", version=version, **{**FIELDS, "text": "私の本文"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "相手の本文" in page
    assert "\n私の本文</textarea>" in page
    fresh = re.search(r'name="version" value="(\d+)"', page)
    assert fresh
    again = client.send(f"{PAGE}/edit", version=fresh[1], **{**FIELDS, "text": "私の本文"})
    assert again.status_code == 303
    assert stored(database).text == "私の本文"


def test_an_edit_without_a_version_is_refused(prepared: World, signed_in: SignedIn) -> None:
    answer = signed_in(COORDINATOR).send(f"{PAGE}/edit", **FIELDS)
    assert answer.status_code == 422
    assert "画面が古くなっています" in text_of(answer)


# ---- groups without a standard ----

GROUP = f"{HOME}/groups/F-002/decide"


def test_a_group_is_put_off_without_a_standard(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(GROUP)["version"]
    answer = client.send(GROUP, version=version, **{**VERDICT, "outcome": "defer"})
    assert (answer.status_code, answer.location) == (303, HOME)
    home = text_of(client.get(HOME))
    assert "まだないまとまり" not in home
    assert "不採用か保留にしたまとまりが 1 件" in home
    assert "研究会で合意した。" in text_of(client.get(GROUP))


def test_a_group_is_not_adopted_and_keeps_what_was_typed(
    prepared: World, signed_in: SignedIn
) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(GROUP, version="1", **VERDICT)
    assert answer.status_code == 422
    assert "不採用、保留 から選んでください。" in text_of(answer)
    assert "研究会で合意した。" in text_of(answer)


def test_a_stale_group_decision_is_refused(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(GROUP)["version"]
    client.send(GROUP, version=version, **{**VERDICT, "outcome": "defer"})
    late = {**VERDICT, "outcome": "reject", "reason": "遅れて"}
    answer = client.send(GROUP, version=version, **late)
    assert answer.status_code == 409
    assert "研究会で合意した。" in text_of(answer)


def test_a_group_with_a_standard_is_decided_there(prepared: World, signed_in: SignedIn) -> None:
    text = text_of(signed_in(COORDINATOR).get(f"{HOME}/groups/F-001/decide"))
    assert "採否はそちらで決めます" in text
    assert "採否を記録する" not in text


# ---- who may ----

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
