"""Hostile files, and lists that are full of odd cells."""

from __future__ import annotations

import io
import re
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from werkzeug.test import TestResponse

from registry.db import Database
from tests.attacks.people import (
    EDITOR,
    IMPORTS,
    Api,
    SignedIn,
    content_of,
    on_sqlite,
    rows,
    text_of,
    workbook,
)
from tests.conftest import Client
from tests.journeys import stage as stages
from tests.journeys.processes import serving
from tests.journeys.stage import OWN, SLUG, Stage


def replaced(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one part changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
GOOD = ["照会", "1", "空きを照会できること。", "◎", "G-1-1"]


def bomb() -> bytes:
    return replaced(workbook(rows(GOOD)), SHEET, lambda data: data + b" " * (80 << 20))


def far_cell() -> bytes:
    def fill(sheet: Any) -> None:
        sheet.append(GOOD)
        sheet["XFD1048576"] = "遠い"

    return workbook(fill)


ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le")
)
DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'

REFUSED: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    # name of the file, content, what the message says is wrong, what it says to do
    "html": (
        "一覧.xlsx",
        lambda: "<!DOCTYPE html><html><table><tr><td>要件</td></tr></table>".encode(),
        "HTML",
        "保存し直してください",
    ),
    "encrypted": ("一覧.xlsx", lambda: ENCRYPTED, "パスワード", "外して保存し直してください"),
    "truncated": (
        "一覧.xlsx",
        lambda: workbook(rows(*[GOOD] * 50))[:3000],
        "壊れているか、途中で切れている",
        "保存し直してください",
    ),
    "bomb": ("一覧.xlsx", bomb, "大きすぎる", "消して保存し直してください"),
    "far cell": ("一覧.xlsx", far_cell, "セルXFD1048576", "消すか"),
    "dtd": (
        "一覧.xlsx",
        lambda: replaced(workbook(rows(GOOD)), SHEET, lambda data: DTD + data),
        "DTD",
        "保存し直してください",
    ),
    "nothing": ("一覧.csv", lambda: b"", "空です", "選び直してください"),
    "binary": ("一覧.csv", lambda: bytes(range(256)) * 40, "表の形式ではない", "選んでください"),
    "no encoding": (
        "一覧.csv",
        lambda: "要件\n".encode() + b"\x81\n",
        "2行目",
        "保存し直してください",
    ),
}


def upload(client: Client, name: str, content: bytes, **fields: Any) -> TestResponse:
    return client.send(IMPORTS, file=(io.BytesIO(content), name), **fields)


@on_sqlite
@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_with_its_fault_and_its_mend(
    case: str, stage: Stage, signed_in: SignedIn, api: Api, database: Database
) -> None:
    name, content, fault, mend = REFUSED[case]
    editor = signed_in(EDITOR)
    before = content_of(database)
    answer = upload(editor, name, content())
    assert answer.status_code == 422
    said = text_of(answer)
    assert fault in said
    assert mend in said
    assert "取り込みは行っていません" in said
    assert content_of(database) == before
    if case in {"html", "far cell"}:
        program = api(EDITOR)
        sent = program.client.post(
            f"/api/v1/municipalities/{OWN}/businesses/{SLUG}/imports",
            data={"file": (io.BytesIO(content()), name)},
            headers={"Authorization": f"Bearer {program.token}"},
        )
        assert sent.status_code == 422
        assert sent.mimetype == "application/problem+json"
        assert fault in sent.get_json()["detail"]
        assert content_of(database) == before


@on_sqlite
def test_odd_cells_are_named_one_by_one_and_the_rest_can_be_imported(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    """Merged and hidden rows are read and told; what cannot be taken is rejected by its row."""

    def fill(sheet: Any) -> None:
        sheet.append(["照会", "0012", "空きを照会できること。", "◎", "G-1-1"])  # 2
        sheet.append(["", "2", "空きを検索できること。", "◎", ""])  # 3, merged below 2
        sheet.append(["照会", "3", "隠れた行を読めること。", "○", ""])  # 4, hidden
        sheet.append(["照会", "4", "知らない印があること。", "☆", ""])  # 5
        sheet.append(["照会", "5", "知らない目標があること。", "◎", "G-99"])  # 6
        sheet.append(["照会", "6", "番号が重なること。", "◎", ""])  # 7
        sheet.append(["照会", "6", "番号がまた重なること。", "◎", ""])  # 8
        sheet.append(["照会", "8", '="計算"&"式"', "◎", ""])  # 9, without a value
        sheet.append(["照会", "9", "制御_x0007_文字があること。", "◎", ""])  # 10
        sheet.merge_cells("A2:A3")
        sheet.row_dimensions[4].hidden = True

    editor = signed_in(EDITOR)
    before = stages.counts(database)["requirement"]
    legend = """
[columns]
"分類" = "section"
"番号" = "number"
"要件" = "text"
"区分" = "mark"
"目標" = "goal"
[marks]
"◎" = {axis = "obligation", value = "mandatory"}
"○" = {axis = "obligation", value = "optional"}
"""
    answer = upload(editor, "一覧.xlsx", workbook(fill), legend=legend)
    assert answer.status_code == 303
    page = text_of(editor.get(answer.location))
    assert "0012" in page
    assert "結合セル" in page
    assert "非表示の行も読みました（4行目" in page
    assert stages.counts(database)["requirement"] == before
    list_id = int(answer.location.rpartition("/")[2])
    rejections = editor.send(f"{IMPORTS}/{list_id}/rejections")
    sheet = openpyxl.load_workbook(io.BytesIO(rejections.data)).active
    assert sheet is not None
    found = {
        str(row[0]): " ".join(map(str, row)) for row in sheet.iter_rows(min_row=2, values_only=True)
    }
    assert set(found) == {"5", "6", "8", "9", "10"} | ({"7"} & set(found))
    for row, words in {
        "5": "☆",
        "6": "G-99",
        "8": "7行目",
        "9": "計算式の結果が保存されていません",
        "10": "制御文字",
    }.items():
        assert words in found[row], found[row]
        assert "ください" in found[row]


@on_sqlite
@pytest.mark.parametrize("legend", ["x = " + "[" * 30_000, "[columns]\n" * 2, "\x00", "a" * 90_000])
def test_a_hostile_legend_is_refused(
    legend: str, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    before = content_of(database)
    answer = upload(signed_in(EDITOR), "一覧.csv", "要件\nできること。\n".encode(), legend=legend)
    assert answer.status_code == 422
    assert content_of(database) == before


@on_sqlite
def test_more_than_ten_megabytes_are_refused_in_words(
    stage: Stage, signed_in: SignedIn, api: Api
) -> None:
    # Not through the client's own encoder, which spools a large body to a file it never closes.
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + b"x" * (11 << 20)
        + b"\r\n--x--\r\n"
    )
    kind = "multipart/form-data; boundary=x"
    answer = signed_in(EDITOR).post(IMPORTS, data=body, content_type=kind)
    assert answer.status_code == 413
    assert "大きすぎます" in text_of(answer)
    program = api(EDITOR)
    sent = program.client.post(
        f"/api/v1/municipalities/{OWN}/businesses/{SLUG}/imports",
        data=body,
        content_type=kind,
        headers={"Authorization": f"Bearer {program.token}"},
    )
    assert sent.status_code == 413
    assert "大きすぎます" in sent.get_json()["detail"]


@on_sqlite
@pytest.mark.faults
def test_two_hundred_megabytes_never_fill_the_server(
    database: Database, stage: Stage, signed_in: SignedIn, tmp_path: Path
) -> None:
    cookie = signed_in(EDITOR).get_cookie("kaizu-sid")
    assert cookie is not None
    with serving(database, tmp_path) as server:
        for framing in (f"Content-Length: {200 << 20}", "Transfer-Encoding: chunked"):
            head = (
                f"POST {IMPORTS} HTTP/1.1\r\nHost: 127.0.0.1\r\n{framing}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
            )
            answer = _pour(server.port, head.encode(), chunked="chunked" in framing)
            assert answer.startswith("HTTP/1.1 413"), answer[:300] or "the connection was cut"
            assert "大きすぎます" in answer
        for pid in server.web_workers():
            status = Path(f"/proc/{pid}/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+) kB", status)
            assert peak is not None
            assert int(peak[1]) < 300_000
        assert "Traceback" not in server.process.written()


def _pour(port: int, head: bytes, *, chunked: bool) -> str:
    """Send 200 MB as a browser does, which reads the answer only when it has sent all."""
    begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    piece = b"x" * (1 << 20)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(head)
            for number in range(200):
                data = (begin if number == 0 else b"") + piece
                if chunked:
                    data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
                connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = b""
        try:
            while chunk := connection.recv(65_536):
                received += chunk
        except ConnectionResetError:
            pass
    return received.decode("utf-8", "replace")
