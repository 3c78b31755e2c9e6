"""The step table as a form."""

from __future__ import annotations

from tests.processes.flow_pages import (
    EDITOR,
    FLOWS,
    HEAD,
    SignedIn,
    cells,
    create,
    hidden,
    send,
    text,
)


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


def test_what_is_no_text_is_told_beside_its_cell(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    sent = {**HEAD, "rows-1-lane": "窓\x00口", "rows-1-name": "受ける", "rows-2-name": "渡\u202eす"}
    answer = send(client, f"{FLOWS}/new", data=sent)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert page.count("文字でないデータ") >= 2
    assert 'id="f-rows-1-lane-error"' in page
    assert "フローがまだありません" in text(client.get(FLOWS))


def test_a_table_that_nobody_could_open_again_is_not_saved(signed_in: SignedIn) -> None:
    client = signed_in(EDITOR)
    every = "、".join(str(number) for number in range(1, 41))
    tangle = {
        f"rows-{at}-{name}": value
        for at in range(1, 41)
        for name, value in (
            ("number", str(at)),
            ("lane", "窓口"),
            ("name", f"手順{at}"),
            ("nexts", every),
        )
    }
    answer = send(client, f"{FLOWS}/new", data={**HEAD, **tangle})
    assert answer.status_code == 422
    assert "自動では並べられません" in text(answer)
    long = {"rows-1-lane": "窓口", "rows-1-name": "あ" * 301}
    answer = send(client, f"{FLOWS}/new", data={**HEAD, **long})
    assert answer.status_code == 422
    assert "名前が 301 字あります" in text(answer)
    assert "フローがまだありません" in text(client.get(FLOWS))


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
