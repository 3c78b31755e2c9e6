from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from registry import transaction
from registry.db import Database
from registry.standards import deciding, drafting
from registry.standards.models import (
    Application,
    Decision,
    Outcome,
    StandardRequirement,
)
from tests.conftest import AUDIT_KEY
from tests.standards.material import DAY, hide, values
from tests.standards.pages import COORDINATOR, EDITOR, PAGE, VERDICT, SignedIn, text_of
from tests.world import World


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
