from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from registry import transaction, worker
from registry.access import terminal_actor
from registry.audit import AuditEvent
from registry.config import Config
from registry.db import Database
from registry.requirements.commands import import_file
from registry.requirements.import_views import typed_legend
from registry.requirements.legend import Axis, Field, Mark
from registry.requirements.models import ImportState, Requirement, RequirementList
from registry.requirements.table import Row, Table
from tests.conftest import Client
from tests.requirements.lists import edit, lines
from tests.world import World

PATH = "/requirements/facility-reservation/imports"
CSV = """区分の表,,,
分類,番号,要件,必須/任意,担当
照会,1,空きを照会できること。,◎,甲
照会,2,空きを検索できること。,○,乙
照会,3,空きを通知できること。,◎,丙
"""
TOML = """[list]
name = "凡例付きの一覧"
head_row = 2
[columns]
"分類" = "section"
"番号" = "number"
"要件" = "text"
"必須/任意" = "mark"
[marks."◎"]
axis = "obligation"
value = "mandatory"
[marks."○"]
axis = "obligation"
value = "optional"
"""
SignIn = Callable[[str], Client]


@pytest.fixture
def editor(signed_in: SignIn) -> Client:
    return signed_in("editor@072028.example")


def text(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def upload(
    client: Client, content: bytes | str, name: str = "一覧.csv", **fields: Any
) -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post(
        PATH,
        data={"csrf_token": client.csrf(), "file": (io.BytesIO(data), name), **fields},
        content_type="multipart/form-data",
    )


def opened(client: Client, content: bytes | str = CSV, **fields: Any) -> str:
    answer = upload(client, content, **fields)
    assert answer.status_code == 303, text(answer)
    assert answer.location
    return answer.location


def count(database: Database, kind: type[Any] = Requirement) -> int | None:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind))


def texts(database: Database) -> list[str]:
    with database.read() as session:
        found = session.scalars(
            sa.select(Requirement)
            .where(Requirement.deleted_at.is_(None))
            .order_by(Requirement.position, Requirement.id)
        )
        return [one.draft_version.text for one in found if one.draft_version]


def act(client: Client, page: str, name: str, **more: str) -> TestResponse:
    return client.send(f"{page}/{name}", **client.hidden(page, f"{page}/{name}") | more)


# ── the whole way ──


def test_from_the_file_to_the_table_and_back(
    editor: Client, database: Database, config: Config
) -> None:
    page = opened(editor, legend=TOML)
    preview = text(editor.get(page))
    assert "凡例付きの一覧を確かめる" in preview
    assert "追加3件を取り込む" in preview
    assert "取り込まない列: 担当" in preview
    assert count(database) == 0
    assert act(editor, page, "start").status_code == 303
    waiting = editor.get(page).get_data(as_text=True)
    assert f'hx-get="{page}/progress"' in waiting
    assert "順番を待っています" in text(editor.get(f"{page}/progress"))
    assert worker.drain(config, database) == 1
    assert "結果を見る" in text(editor.get(f"{page}/progress"))
    result = text(editor.get(page))
    assert "取り込みました" in result
    assert "一覧.csv" in result
    assert texts(database) == [
        "空きを照会できること。",
        "空きを検索できること。",
        "空きを通知できること。",
    ]
    undone = act(editor, page, "undo")
    assert undone.status_code == 303
    assert "追加した要件3件を消し" in text(editor.get(page))
    assert texts(database) == []
    listed = text(editor.get(PATH))
    assert "凡例付きの一覧" in listed
    assert "取消済み" in listed
    assert "会津若松市 情報部門" in listed


def test_a_second_file_shows_what_changes(
    editor: Client, database: Database, config: Config, world: World
) -> None:
    first = opened(editor, legend=TOML)
    act(editor, first, "start")
    worker.drain(config, database)
    changed = CSV.replace("空きを検索できること。,○", "空きを条件で検索できること。,◎").replace(
        "照会,3,空きを通知できること。,◎,丙\n", "照会,4,帳票を出力できること。,△,丁\n"
    )
    page = opened(editor, changed)
    shown = editor.get(page).get_data(as_text=True)
    assert '<ins class="kz-diff">' in shown
    words = text(editor.get(page))
    assert "ファイルにない要件(1件)" in words
    assert "空きを通知できること。" in words
    assert "意味を決めていない印が1種類あります" in words
    # the refused cell: its true row, column, sign, reason and mend
    assert re.search(r"5 必須/任意 △ この印の意味がまだ決まっていません。 凡例で", words)
    saved = editor.send(f"{page}/rejections", **editor.hidden(page, f"{page}/rejections"))
    book = openpyxl.load_workbook(io.BytesIO(saved.data)).active
    assert book is not None
    assert [cell.value for cell in book[2]][:3] == [5, "必須/任意", "△"]


def test_what_was_edited_since_is_named_by_the_undo(
    editor: Client, database: Database, config: Config, world: World
) -> None:
    page = opened(editor, legend=TOML)
    act(editor, page, "start")
    worker.drain(config, database)
    with transaction.writing(database, audit_key=config.audit_key) as session:
        one = session.scalars(sa.select(Requirement).order_by(Requirement.id)).first()
        assert one is not None
        edit(session, world.of("contributor"), one, "手で直した文")
    act(editor, page, "undo")
    words = text(editor.get(page))
    assert "残した要件(1件)" in words
    assert "手で直した文 取込のあとに編集されています" in words
    assert texts(database) == ["手で直した文"]


def saved(answer: TestResponse) -> Any:
    assert answer.status_code == 200, text(answer)
    return openpyxl.load_workbook(io.BytesIO(answer.data)).active


def test_the_annotated_list_is_offered_before_and_after_the_import(
    editor: Client, database: Database, config: Config
) -> None:
    page = opened(editor, CSV.replace("◎,丙", "△,丙"), legend=TOML)
    offered = "結果を書き込んだ一覧をExcelで保存"
    assert offered in text(editor.get(page))
    answer = act(editor, page, "annotated")
    name = "一覧_取込の結果.xlsx"
    assert quote(name) in answer.headers["Content-Disposition"]
    result, reason = [cell.value for cell in saved(answer)[5]][5:7]
    assert result == "取り込めない"
    assert reason.startswith("「必須/任意」凡例にない印です")
    act(editor, page, "start")
    waiting = text(editor.get(page))
    assert offered not in waiting
    worker.drain(config, database)
    assert offered in text(editor.get(page))
    book = saved(act(editor, page, "annotated"))
    assert [book.cell(row, 6).value for row in range(2, 6)] == [
        *("取込の結果", "追加", "追加", "取り込めない")
    ]
    with database.read() as session:
        taken = session.execute(
            sa.select(AuditEvent.subject, AuditEvent.after)
            .where(AuditEvent.action == "requirements.export_annotated")
            .order_by(AuditEvent.sequence)
        ).all()
    list_id = page.rsplit("/", 1)[-1]
    assert [tuple(row) for row in taken] == [
        (f"requirement_list:{list_id}", {"file": "一覧.csv", "state": state})
        for state in ("preview", "stored")
    ]
    act(editor, page, "undo")
    assert offered in text(editor.get(page))


def test_an_import_from_the_terminal_offers_its_annotated_list(
    editor: Client, database: Database, config: Config, world: World, tmp_path: Path
) -> None:
    file, legend = tmp_path / "端末の一覧.csv", tmp_path / "legend.toml"
    file.write_text(CSV.replace("◎,丙", "△,丙"), encoding="utf-8")
    legend.write_text(TOML, encoding="utf-8")
    report = import_file(
        database,
        terminal_actor(world.region.id),
        file,
        municipality="072028",
        business="facility-reservation",
        audit_key=config.audit_key,
        legend=legend,
    )
    page = f"{PATH}/{report['list_id']}"
    assert page in editor.get(PATH).get_data(as_text=True)
    assert "結果を書き込んだ一覧をExcelで保存" in text(editor.get(page))
    assert saved(act(editor, page, "annotated"))["F5"].value == "取り込めない"


def test_a_cancelled_import_has_nothing_to_offer(editor: Client) -> None:
    page = opened(editor, legend=TOML)
    act(editor, page, "cancel")
    assert "結果を書き込んだ一覧" not in text(editor.get(page))
    assert editor.send(f"{page}/annotated").status_code == 404


def test_a_filled_template_is_imported_without_the_legend(
    editor: Client, database: Database, config: Config
) -> None:
    """Also where another list with some of its headings was imported before."""
    first = opened(editor, "分類,要件\n照会,空きを照会できること。\n")
    act(editor, first, "start")
    worker.drain(config, database)
    table_page = "/requirements/facility-reservation"
    for page in (PATH, table_page):
        offered = "ひな形をExcelで保存" in text(editor.get(page))
        assert offered is (page == PATH), page  # the table is no longer empty
    answer = editor.send(f"{table_page}/template")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    typed = book.worksheets[0]
    for column, cell in enumerate(("予約", "1", "予約できること。", "任意", "画面"), start=1):
        typed.cell(2, column).value = cell
    buffer = io.BytesIO()
    book.save(buffer)
    page = opened(editor, buffer.getvalue(), name="ひな形.xlsx")
    words = text(editor.get(page))
    assert "追加1件を取り込む" in words
    assert "取り込まない列" not in words
    assert "ほかのシート" not in words
    assert "意味を決めていない印" not in words
    act(editor, page, "start")
    worker.drain(config, database)
    assert texts(database) == ["空きを照会できること。", "予約できること。"]


def test_the_empty_table_offers_the_template(editor: Client, signed_in: SignIn) -> None:
    assert "ひな形をExcelで保存" in text(editor.get("/requirements/facility-reservation"))
    other = signed_in("contributor@072028.example")
    assert "ひな形" not in text(other.get("/requirements/facility-reservation"))
    assert other.send("/requirements/facility-reservation/template").status_code == 403
    assert editor.send("/requirements/no-such/template").status_code == 404


# ── the legend on the page ──


def test_the_legend_is_edited_on_the_page(editor: Client, database: Database) -> None:
    page = opened(editor)
    shown = text(editor.get(page))
    assert "意味を決めていない印が2種類あります" in shown
    assert "取り込める行がありません" in shown
    fields = editor.hidden(page, f"{page}/legend")
    signs = {value: name for name, value in fields.items() if name.startswith("sign-")}
    chosen = {
        signs["◎"].replace("sign", "mark"): "obligation:mandatory",
        signs["○"].replace("sign", "mark"): "obligation:optional",
    }
    columns = {"column-0": "section", "column-1": "number", "column-2": "text", "column-3": "mark"}
    answer = editor.send(
        f"{page}/legend", **fields | chosen | columns | {"head_row": "2", "column-4": "note"}
    )
    assert answer.status_code == 303
    assert "追加3件を取り込む" in text(editor.get(page))
    with database.read() as session:
        list_ = session.scalars(sa.select(RequirementList)).one()
        assert list_.legend["columns"]["担当"] == "note"


def test_a_legend_without_the_text_is_refused_and_kept_on_the_page(
    editor: Client, database: Database
) -> None:
    page = opened(editor, legend=TOML)
    fields = editor.hidden(page, f"{page}/legend")
    answer = editor.send(f"{page}/legend", **fields | {"head_row": "2", "column-1": "number"})
    assert answer.status_code == 422
    assert "本文" in text(answer)
    wrong = editor.send(f"{page}/legend", **fields | {"head_row": "x", "column-2": "text"})
    assert wrong.status_code == 422
    assert "見出しの行は0以上の整数" in text(wrong)


def test_a_typed_legend_keeps_what_the_page_does_not_ask() -> None:
    table = Table("t.csv", "csv", (Row(1, ("要件", "見積")), Row(2, ("照会", "A"))))
    before = {"name": "一覧", "marks": {"A": {"axis": "cost", "value": "10万円未満"}}}
    legend = typed_legend(
        {
            "head_row": "1",
            "column-0": "text",
            "column-1": "mark",
            "sign-0": "A",
            "mark-0": "cost",
            "blank": "obligation:optional",
            "carry_down": "1",
        },
        table,
        before,
    )
    assert legend.marks == {"A": Mark(Axis.COST, "10万円未満")}
    assert legend.blank == Mark(Axis.OBLIGATION, "optional")
    assert legend.columns == {"要件": Field.TEXT, "見積": Field.MARK}
    assert (legend.name, legend.carry_down) == ("一覧", True)


# ── bad files ──


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("一覧.xlsx", b"<html><body><table><tr><td>1</td></tr></table>", "中身はHTML"),
        ("一覧.xlsx", b"PK\x03\x04" + b"\0" * 50, "取り込みは行っていません"),
        ("一覧.csv", b"", "空です"),
        ("一覧.csv", '要件\n"閉じていない'.encode(), "区切れませんでした"),
        ("一覧.pdf", b"%PDF-1.7", "PDF"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(
    editor: Client, database: Database, name: str, content: bytes, words: str
) -> None:
    answer = upload(editor, content, name)
    assert answer.status_code == 422
    assert words in text(answer)
    assert count(database, RequirementList) == 0


def test_a_missing_file_and_a_bad_legend_are_explained(editor: Client, database: Database) -> None:
    none = editor.send(PATH)
    assert none.status_code == 422
    assert "取り込むファイルを選んでください" in text(none)
    bad = upload(editor, CSV, legend="[columns")
    assert bad.status_code == 422
    assert "TOMLとして読めませんでした" in text(bad)
    assert "[columns" in text(bad)
    binary = upload(editor, CSV, legend_file=(io.BytesIO(b"\x81\xff\xfe"), "legend.toml"))
    assert binary.status_code == 422
    assert "UTF-8ではありません" in text(binary)
    assert count(database, RequirementList) == 0


def test_a_file_that_is_too_large_is_refused(
    app: Flask, editor: Client, database: Database
) -> None:
    assert app.config["MAX_CONTENT_LENGTH"] < 11 * 1024 * 1024
    app.config["MAX_CONTENT_LENGTH"] = 5_000  # a smaller limit, so that the test sends less
    answer = upload(editor, b"a" * 6_000)
    assert answer.status_code == 413
    assert "大きすぎます" in text(answer)
    assert count(database, RequirementList) == 0


# ── who may, and when ──


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("contributor@072028.example", 403),
        ("approver@072028.example", 403),
        ("coordinator@bureau.example", 403),
        ("administrator@bureau.example", 403),
        ("vendor@vendor-a.example", 403),
        ("editor@072087.example", 404),
        ("editor@134210.example", 404),
    ],
)
def test_others_do_not_reach_an_import(
    editor: Client, signed_in: SignIn, database: Database, email: str, expected: int
) -> None:
    page = opened(editor, legend=TOML)
    other = signed_in(email)
    assert other.get(page).status_code == expected
    assert other.get(f"{page}/progress").status_code == expected
    for name in ("legend", "start", "cancel", "reopen", "undo", "rejections", "annotated"):
        assert other.send(f"{page}/{name}", version="1").status_code == expected, name
    with database.read() as session:
        assert session.scalars(sa.select(RequirementList)).one().state == ImportState.PREVIEW


def test_a_stale_page_starts_nothing(editor: Client, database: Database) -> None:
    page = opened(editor, legend=TOML)
    fields = editor.hidden(page, f"{page}/start")
    editor.send(
        f"{page}/legend",
        **editor.hidden(page, f"{page}/legend") | {"head_row": "2", "column-2": "text"},
    )
    assert editor.send(f"{page}/start", **fields).status_code == 409
    assert act(editor, page, "cancel").status_code == 303
    assert editor.send(f"{page}/start", version="9").status_code == 409
    assert editor.get(page).status_code == 200
    assert "中止されています" in text(editor.get(page))


def test_a_failed_import_can_be_looked_at_again(
    editor: Client, database: Database, config: Config, world: World
) -> None:
    page = opened(editor, legend=TOML)
    act(editor, page, "start")
    with transaction.writing(database, audit_key=config.audit_key) as session:
        list_ = session.scalars(sa.select(RequirementList)).one()
        list_.legend = {"columns": {"別の見出し": "text"}}
        lines(session, world, ["隣の町の行"], "072087")
    worker.drain(config, database)
    failed = text(editor.get(page))
    assert "別の見出し" in failed
    assert "確認の画面に戻る" in failed
    assert act(editor, page, "reopen").status_code == 303
    assert "このままでは取り込めません" in text(editor.get(page))
    assert texts(database) == ["隣の町の行"]
