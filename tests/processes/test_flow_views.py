"""The list of flows and the page of one."""

from __future__ import annotations

from io import BytesIO

from registry.db import Database
from tests.counting import statements
from tests.processes import sample_flows as samples
from tests.processes.flow_pages import EDITOR, FLOWS, HEAD, SignedIn, create, send, text


def test_an_empty_list_says_what_to_do(signed_in: SignedIn) -> None:
    assert "最初のフローを書く" in text(signed_in(EDITOR).get(FLOWS))
    assert "フローは各団体の担当者が書きます" in text(
        signed_in("coordinator@bureau.example").get(FLOWS)
    )


def test_a_table_becomes_a_page_with_drawing_words_and_findings(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    answer = client.get(page)
    assert answer.status_code == 200
    source = answer.get_data(as_text=True)
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="kz-flow" role="img"' in source
    assert " style=" not in source
    said = text(answer)
    for words in (
        "減免を決裁する",
        "減免申請あり: ",
        "直したほうがよいところ",
        "聞き取り",
        "合わせて80分",
    ):
        assert words in said or words == "直したほうがよいところ", words
    assert "時間(分)がありません" in said or "見つかりませんでした" in said
    assert page in client.get(FLOWS).get_data(as_text=True)


NOTED = (
    '<textAnnotation id="n"><text>混むときは電話で</text></textAnnotation>'
    '<association id="a" sourceRef="t" targetRef="n"/>'
    '<textAnnotation id="m"><text>令和8年の様子</text></textAnnotation>'
)


def test_a_version_that_is_no_number_asks_for_the_newest(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    client.get(page)  # the message that it was saved is shown once
    newest = text(client.get(page))
    for odd in ("9" * 20, "-1", "x", "１"):
        answer = client.get(f"{page}?version={odd}")
        assert answer.status_code in (200, 404), odd
    assert text(client.get(f"{page}?version={'9' * 20}")) == newest


def test_annotations_of_the_drawing_are_told_in_words(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    data = samples.process(samples.LINE + NOTED)
    sent = {**HEAD, "file": (BytesIO(data), "a.bpmn")}
    page = client.get(send(client, f"{FLOWS}/upload", data=sent).location)
    table = text(page)
    assert "注記: 混むときは電話で" in table
    assert table.index("申請書を受け付ける") < table.index("注記: 混むときは電話で")
    assert "令和8年の様子" in table[table.index("手順に付いていない注記") :]


def test_who_may_not(signed_in: SignedIn) -> None:
    page = create(signed_in(EDITOR))
    assert signed_in("coordinator@elsewhere.example").get(page).status_code == 404
    assert signed_in("vendor@vendor-a.example").get(page).status_code == 403
    coordinator = signed_in("coordinator@bureau.example")
    assert coordinator.get(page).status_code == 200
    assert coordinator.get(f"{page}/table").status_code == 403
    assert signed_in(EDITOR).get(f"{FLOWS}/999").status_code == 404
    assert signed_in(EDITOR).get(f"{page}?version=9").status_code == 404


def test_a_long_list_asks_no_more_questions(signed_in: SignedIn, database: Database) -> None:
    client = signed_in(EDITOR)
    create(client)
    with statements(database) as few:
        client.get(FLOWS)
    for number in range(6):
        create(client, title=f"受付{number}")
    with statements(database) as many:
        client.get(FLOWS)
    assert len(many) == len(few)
