"""The pages on flows as a browser without JavaScript sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from registry.db import Database
from registry.processes import step_table
from registry.processes.bpmn import reading, writing
from tests.conftest import Client
from tests.counting import statements
from tests.processes import sample_flows as samples

SignedIn = Callable[[str], Client]
EDITOR = "editor@072028.example"
NEIGHBOUR = "editor@072087.example"
FLOWS = "/businesses/facility-reservation/flows"
HEAD = {"title": "受付", "kind": "as_is", "note": "聞き取り"}


def text(answer: TestResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def send(client: Client, path: str, data: dict[str, Any]) -> TestResponse:
    return client.send(path, **data)


def cells(name: str) -> dict[str, str]:
    """A step table as the form sends it."""
    rows = step_table.read_tsv((samples.FOLDER / f"{name}.tsv").read_text("utf-8"))
    return {
        f"rows-{at}-{column}": str(getattr(row, column))
        for at, row in enumerate(rows, start=1)
        for column in step_table.COLUMNS
    }


def create(client: Client, name: str = "town_one", **head: str) -> str:
    answer = send(client, f"{FLOWS}/new", data={**HEAD, **head, **cells(name)})
    assert answer.status_code == 303, text(answer)
    return answer.location


def hidden(answer: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.get_data(as_text=True))
    assert found is not None
    return unescape(found.group(1))


def stored(client: Client, page: str) -> reading.Document:
    answer = send(client, f"{page}/download", data={"form": "bpmn"})
    assert answer.status_code == 200
    return reading.read(answer.data)


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


def test_rows_are_added_and_removed_without_javascript(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    sent = {**HEAD, "rows-1-lane": "窓口", "rows-1-name": "受ける", "rows-2-name": "渡す"}
    more = send(client, f"{FLOWS}/new", data={**sent, "act": "add"}).get_data(as_text=True)
    assert more.count('-name" id=') >= 5
    inserted = send(client, f"{FLOWS}/new", data={**sent, "act": "insert-1"})
    assert 'name="rows-2-number" id="f-rows-2-number" value="3"' in inserted.get_data(as_text=True)
    removed = send(client, f"{FLOWS}/new", data={**sent, "act": "remove-1"})
    assert "渡す" in removed.get_data(as_text=True)
    assert "受ける" not in removed.get_data(as_text=True)
    assert "フローがまだありません" in text(client.get(FLOWS))


def test_faults_stand_beside_their_cell_and_nothing_typed_is_lost(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    answer = send(
        client,
        f"{FLOWS}/new",
        data={**HEAD, "rows-1-lane": "窓口", "rows-1-name": "受ける", "rows-1-nexts": "7"},
    )
    assert answer.status_code == 422
    source = answer.get_data(as_text=True)
    assert "「7」の行がありません" in source
    assert 'aria-describedby="f-rows-1-nexts-error"' in source
    assert "受ける" in source


def test_a_saved_table_is_a_new_version_and_the_old_one_stays(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    form = client.get(f"{page}/table")
    sent = {**HEAD, **cells("to_be"), "version": hidden(form, "version")}
    assert send(client, f"{page}/table", data=sent).status_code == 303
    assert "使用料をオンラインで支払う" in text(client.get(page))
    old = text(client.get(f"{page}?version=1"))
    assert "古い版" in old
    assert "使用料をオンラインで支払う" not in old


def test_a_late_save_keeps_what_was_typed_and_shows_the_other(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    version = hidden(client.get(f"{page}/table"), "version")
    first = {**HEAD, **cells("to_be"), "version": version}
    assert send(client, f"{page}/table", data=first).status_code == 303
    late = send(client, f"{page}/table", data={**first, "title": "遅れた保存"})
    assert late.status_code == 409
    assert "遅れた保存" in late.get_data(as_text=True)
    assert "第2版" in text(late)
    again = {**first, "title": "遅れた保存", "version": hidden(late, "version")}
    assert send(client, f"{page}/table", data=again).status_code == 303


def test_the_drawing_is_saved_from_its_field(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    editor = client.get(f"{page}/drawing")
    assert "手順表で直す" in text(editor)
    assert "bpmn-modeler.js" in editor.get_data(as_text=True)
    new = writing.compose(samples.flow("certificate")).to_bytes().decode()
    sent = {**HEAD, "bpmn": new, "version": hidden(editor, "version")}
    assert send(client, f"{page}/drawing", data={**sent, "bpmn": "<x/>"}).status_code == 422
    assert send(client, f"{page}/drawing", data=sent).status_code == 303
    assert "本人を確認する" in text(client.get(page))
    assert send(client, f"{page}/drawing", data={**sent, "title": "遅い"}).status_code == 409


def test_files_go_in_and_out(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    data = samples.process(samples.LINE)
    sent = {**HEAD, "title": "持ち込み", "file": (BytesIO(data), "a.bpmn")}
    answer = send(client, f"{FLOWS}/upload", data=sent)
    assert answer.status_code == 303
    page = answer.location
    assert [step.name for step in stored(client, page).flow.steps] == ["", "申請書を受け付ける", ""]
    for form, begin in (("svg", b"<svg"), ("tsv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert send(client, f"{page}/download", data={"form": form}).data.startswith(begin)
    assert send(client, f"{page}/download", data={"form": "exe"}).status_code == 422
    table = (samples.FOLDER / "town_two.tsv").read_bytes()
    version = hidden(client.get(f"{page}/table"), "version")
    next_version = {**HEAD, "version": version, "file": (BytesIO(table), "b.tsv")}
    assert send(client, f"{page}/upload", data=next_version).status_code == 303
    assert "館長" in text(client.get(page))
    assert send(client, f"{FLOWS}/export", data={}).data.startswith(b"PK")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE x><x/>", "DOCTYPE"),
        (b"<html/>", "BPMN 2.0 ではありません"),
        (samples.process("<a/>" * 70_000), "要素が多すぎます"),
        (b"", "中身がありません"),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason(
    signed_in: SignedIn, content: bytes, reason: str
) -> None:
    client = signed_in(EDITOR)
    answer = send(client, f"{FLOWS}/upload", data={**HEAD, "file": (BytesIO(content), "a.bpmn")})
    assert answer.status_code == 422
    assert reason in text(answer)
    assert "フローがまだありません" in text(client.get(FLOWS))


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


def test_differences_are_listed_in_words_beside_the_two_drawings(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    one = create(client).rpartition("/")[2]
    other = create(client, "to_be", title="あるべき受付", kind="to_be").rpartition("/")[2]
    answer = client.get(f"{FLOWS}/compare?one={one}&other={other}")
    assert answer.get_data(as_text=True).count('class="kz-flow"') == 2
    said = text(answer)
    for words in ("＋ 追加", "－ 削除", "⇄ 移動", "△ 変更", "担当: 窓口 → 予約システム"):
        assert words in said, words
    assert client.get(f"{FLOWS}/compare?one={one}&other=999").status_code == 404
    assert client.get(f"{FLOWS}/compare").status_code == 200


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
