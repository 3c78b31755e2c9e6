"""What is done with a flow as a whole."""

from __future__ import annotations

import re

from tests.conftest import Client
from tests.processes.flow_pages import (
    CONTRIBUTOR,
    EDITOR,
    FLOWS,
    HEAD,
    NEIGHBOUR,
    SignedIn,
    cells,
    create,
    hidden,
    send,
    text,
)


def test_another_town_reads_compares_and_copies_with_credit(signed_in: SignedIn) -> None:
    page = create(signed_in(EDITOR))
    client = signed_in(NEIGHBOUR)
    own = create(client, "town_two", title="公民館の受付")
    assert client.get(page).status_code == 200
    assert client.get(f"{page}/table").status_code == 403
    assert send(client, f"{page}/table", data=HEAD).status_code == 403
    one, other = (address.rpartition("/")[2] for address in (page, own))
    compared = text(client.get(f"{FLOWS}/compare?one={one}&other={other}"))
    assert "内容の違いはありません" in compared
    copied = send(client, f"{page}/copy", data={"title": "写し", "kind": "to_be"})
    assert copied.status_code == 303
    assert "会津若松市「受付」第1版" in text(client.get(copied.location))


REASON = {"reason": "同じフローを二つ作ったため"}


def withdrawn(client: Client, page: str) -> None:
    sent = {**REASON, "version": hidden(client.get(page), "version")}
    assert send(client, f"{page}/withdraw", data=sent).status_code == 303


def test_a_flow_made_by_mistake_is_withdrawn_and_brought_back(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    kept = create(client, title="残すもの")
    withdrawn(client, page)
    assert "このフローは取り下げられています" in text(client.get(page))
    assert "同じフローを二つ作ったため" in text(client.get(page))
    assert "手順表で直す" not in text(client.get(page))
    assert "第1版" in text(client.get(page))
    listed = client.get(FLOWS).get_data(as_text=True)
    assert page not in listed.replace(kept, "")
    assert "取り下げたフローも表示(1件)" in listed
    every = client.get(f"{FLOWS}?withdrawn=1")
    assert f'href="{page}"' in every.get_data(as_text=True)
    assert "同じフローを二つ作ったため" in text(every)
    radios = re.findall(
        r'<input type="radio" name="one" value="(\d+)"', every.get_data(as_text=True)
    )
    assert radios == [kept.rpartition("/")[2]]  # a withdrawn one is not offered for comparing
    assert f'value="{page.rpartition("/")[2]}"' not in client.get(f"{FLOWS}/compare").get_data(
        as_text=True
    )
    back = {"version": hidden(client.get(page), "version")}
    assert send(client, f"{page}/restore", data=back).status_code == 303
    assert "手順表で直す" in text(client.get(page))
    assert "取り下げたフローも表示" not in text(client.get(FLOWS))


def test_without_a_reason_nothing_happens_and_the_field_says_so(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    version = hidden(client.get(page), "version")
    answer = send(client, f"{page}/withdraw", data={"reason": " ", "version": version})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert "このフローは取り下げられています" not in text(client.get(page))


def test_a_late_withdrawal_keeps_the_reason_and_can_be_sent_again(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    old = hidden(client.get(page), "version")
    saved = {**HEAD, **cells("to_be"), "version": old}
    assert send(client, f"{page}/table", data=saved).status_code == 303
    late = send(client, f"{page}/withdraw", data={**REASON, "version": old})
    assert late.status_code == 409
    assert REASON["reason"] in late.get_data(as_text=True)
    assert "ほかの人が先に保存した" in text(late)
    again = {**REASON, "version": hidden(late, "version")}
    assert send(client, f"{page}/withdraw", data=again).status_code == 303
    assert send(client, f"{page}/restore", data={"version": old}).status_code == 409
    assert send(client, f"{page}/withdraw", data=again).status_code == 409


def test_a_withdrawn_flow_is_not_edited_in_any_way(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    form = client.get(f"{page}/table")
    withdrawn(client, page)
    assert client.get(f"{page}/table").status_code == 409
    assert client.get(f"{page}/drawing").status_code == 409
    sent = {**HEAD, **cells("to_be"), "version": hidden(form, "version")}
    assert send(client, f"{page}/table", data=sent).status_code == 409
    copy = {"title": "写し", "kind": "to_be"}
    assert send(signed_in(NEIGHBOUR), f"{page}/copy", data=copy).status_code == 409


def test_two_of_one_name_cannot_both_be_in_use(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    withdrawn(client, page)
    create(client)
    refused = send(client, f"{page}/restore", data={"version": hidden(client.get(page), "version")})
    assert refused.status_code == 422
    assert "がほかにあります" in text(refused)


def test_who_may_not_withdraw(signed_in: SignedIn) -> None:
    page = create(signed_in(EDITOR))
    sent = {**REASON, "version": "1"}
    for act in ("withdraw", "restore"):
        for person in (NEIGHBOUR, CONTRIBUTOR, "coordinator@bureau.example"):
            assert send(signed_in(person), f"{page}/{act}", data=sent).status_code == 403
        stranger = send(signed_in("coordinator@elsewhere.example"), f"{page}/{act}", data=sent)
        assert stranger.status_code == 403
        assert send(signed_in(EDITOR), f"{FLOWS}/999/{act}", data=sent).status_code == 404
    assert "取り下げ" not in text(signed_in(NEIGHBOUR).get(page))
    assert "情報部門の人が取り下げられます" in text(signed_in(CONTRIBUTOR).get(page))
