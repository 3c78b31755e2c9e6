"""Hostile files, foreign ids, forged fields and odd bytes against the pages and the API."""

from __future__ import annotations

import io
import json
import re
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from registry import audit, transaction
from registry.access import Role
from registry.accounts import service as accounts
from registry.accounts.models import Account
from registry.app import create_app
from registry.config import Config
from registry.db import Base, Database
from registry.goals.models import Goal
from registry.requirements import service as requirements
from registry.requirements.models import Requirement, RequirementState, RequirementVersion
from registry.requirements.values import Values
from registry.specs import building
from registry.specs import queries as specs
from tests.conftest import AUDIT_KEY, ApiClient, Client, hidden_fields
from tests.journeys import stage as stages
from tests.journeys.processes import serving
from tests.journeys.stage import NEIGHBOUR, OWN, SLUG, Place, Stage
from tests.specs import agreed
from tests.world import PASSWORD, World

SignedIn = Callable[[str], Client]
Api = Callable[[str], ApiClient]

EDITOR, APPROVER = f"editor@{OWN}.example", f"approver@{OWN}.example"
COORDINATOR, ADMINISTRATOR = "coordinator@bureau.example", "administrator@bureau.example"
VENDOR_A, VENDOR_B = "vendor@vendor-a.example", "vendor@vendor-b.example"
IMPORTS = f"/requirements/{SLUG}/imports"
# What does not concern both engines is tried on the quicker one.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def stage(database: Database, world: World) -> Stage:
    return stages.build(database, world)


def text_of(answer: TestResponse) -> str:
    page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def content_of(database: Database) -> dict[str, list[Any]]:
    """Every row of every table but the audit record and the sign-ins."""
    skipped = {"audit_event", "sign_in", "sign_in_attempt", "api_token"}
    with database.read() as session:
        return {
            name: [tuple(row) for row in session.execute(sa.select(table).order_by(*table.c))]
            if name == "stored_answer"
            else [
                tuple(map(str, row))
                for row in session.execute(sa.select(table).order_by(*table.primary_key.columns))
            ]
            for name, table in Base.metadata.tables.items()
            if name not in skipped
        }


# ---- hostile uploads ----------------------------------------------------------------------------


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["分類", "番号", "要件", "区分", "目標"])
    fill(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows(*lines: list[Any]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for line in lines:
            sheet.append(line)

    return fill


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


# ---- other people's ids -------------------------------------------------------------------------


def pages_of(place: Place, slug: str = SLUG) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every address that names one town's own things: method, address, form."""
    base = f"/requirements/{slug}"
    for row in (place.draft, place.submitted):
        yield "GET", f"{base}/{row}/edit", {}
        yield "POST", f"{base}/{row}/edit", {"version": "1", "text": "書き換えること。"}
        yield "POST", f"{base}/{row}/delete", {"version": "1"}
    yield "GET", f"{base}/{place.draft}", {}
    for list_id in (place.preview, place.stored, place.running):
        yield "GET", f"{base}/imports/{list_id}", {}
        yield "GET", f"{base}/imports/{list_id}/progress", {}
        for act in ("legend", "start", "cancel", "reopen", "undo", "rejections"):
            yield "POST", f"{base}/imports/{list_id}/{act}", {"version": "1", "head_row": "1"}
    yield "GET", f"/jobs/{place.job}", {}
    yield "GET", f"/jobs/{place.job}/progress", {}


def bodies_of(place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Own addresses with the ids of somebody else in what is sent."""
    base = f"/requirements/{SLUG}"
    yield f"{base}/submit", {"selected": str(place.draft)}
    yield f"{base}/delete", {"selected": str(place.draft), f"rows-{place.draft}-version": "1"}
    yield f"{base}/goal", {"selected": str(place.draft), "bulk_goal": "G-1"}
    yield f"{base}", {f"rows-{place.draft}-version": "1", f"rows-{place.draft}-text": "書換え"}


@pytest.mark.parametrize("whose", ["neighbour", "foreign"])
def test_anothers_ids_are_not_found_and_nothing_changes(
    whose: str, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    place: Place = getattr(stage, whose)
    editor = signed_in(EDITOR)
    before = content_of(database)
    for method, address, form in pages_of(place):
        answer = editor.get(address) if method == "GET" else editor.send(address, **form)
        assert answer.status_code == 404, f"{method} {address}"
        assert "秘密" not in answer.get_data(as_text=True)
    for address, form in bodies_of(place):
        assert editor.send(address, **form).status_code in {404, 422}, address
    answer = editor.post(
        f"/requirements/{SLUG}/rows",
        json={
            "mode": "each",
            "rows": [{"id": str(place.draft), "version": 1, "fields": {"text": "書換え"}}],
        },
        headers={"X-CSRFToken": editor.csrf()},
    )
    assert answer.get_json()["rows"][0]["errors"]
    approver = signed_in(APPROVER)
    item = f"{place.submitted}-{place.submitted_version}"
    mine = f"{stage.own.submitted}-{stage.own.submitted_version}"
    for act in ("confirm", "send-back"):
        for selected in ([item], [mine, item]):
            answer = approver.send(f"/approvals/{act}", selected=selected, reason="だめ")
            assert answer.status_code in {403, 404}, f"{act} {whose}"
    assert content_of(database) == before


@pytest.mark.parametrize("whose", ["neighbour", "foreign"])
def test_anothers_ids_are_not_found_by_programs(
    whose: str, stage: Stage, api: Api, database: Database
) -> None:
    place: Place = getattr(stage, whose)
    editor, approver = api(EDITOR), api(APPROVER)
    before = content_of(database)
    for code in (OWN, place.code):
        base = f"/municipalities/{code}/businesses/{SLUG}"
        body = {"text": "書き換えること。"}
        calls = [
            ("GET", f"{base}/requirements/{place.draft}", None),
            ("PUT", f"{base}/requirements/{place.draft}", body),
            ("PUT", f"{base}/requirements/{place.submitted}", body),
            ("DELETE", f"{base}/requirements/{place.draft}", None),
            ("POST", f"{base}/submissions", {"requirement_ids": [place.draft]}),
            ("GET", f"{base}/imports/{place.preview}", None),
            ("GET", f"{base}/imports/{place.preview}/changes", None),
            ("GET", f"{base}/imports/{place.stored}/rejections", None),
            *(
                ("POST", f"{base}/imports/{place.preview}/{act}", None)
                for act in ("start", "cancel", "undo")
            ),
        ]
        for method, path, content in calls:
            for version in ("1", "2"):
                tag = f'"{place.draft}-{version}"'
                answer = editor.call(method, path, content, If_Match=tag)
                assert answer.status_code in {403, 404}, f"{method} {path} {answer.status_code}"
                assert "秘密" not in answer.get_data(as_text=True)
        items = [{"requirement_id": place.submitted, "version_id": place.submitted_version}]
        for act in ("confirmations", "returns"):
            sent = {"items": items} | ({"reason": "だめ"} if act == "returns" else {})
            answer = approver.call("POST", f"/municipalities/{code}/{act}", sent)
            assert answer.status_code in {403, 404}, f"{act} {code}"
    assert editor.get(f"/jobs/{place.job}").status_code == 404
    assert content_of(database) == before


def test_another_region_does_not_exist_for_a_coordinator(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    """Both regions have a business of the same name; only ids tell them apart."""
    bureau, program = signed_in(COORDINATOR), api(COORDINATOR)
    before = content_of(database)
    foreign_goal = world.foreign_goal.id
    tries: list[tuple[str, dict[str, Any]]] = [
        ("/deliveries", {"edition_id": stage.foreign_edition, "vendor_ids": world.vendors["a"].id}),
        ("/deliveries", {"edition_id": stage.edition, "vendor_ids": stage.foreign_vendor}),
        (f"/deliveries/{stage.foreign_delivery}/withdraw", {"version": "1", "reason": "x"}),
        (
            f"/vendors/{stage.foreign_vendor}/members",
            {"account_id": world.accounts[VENDOR_A].id},
        ),
        (
            f"/vendors/{world.vendors['a'].id}/members",
            {"account_id": world.accounts["coordinator@elsewhere.example"].id},
        ),
        (
            f"/businesses/{SLUG}/terms/{stage.foreign_term}",
            {"meaning": "x", "was": "よその語の意味"},
        ),
        (f"/businesses/{SLUG}/terms/{stage.foreign_term}/remove", {"was": "よその語の意味"}),
        (
            "/goals/new",
            {
                "parent_id": foreign_goal,
                "statement": "よその下にある状態ができている",
                "viewpoint": "program",
                "horizon": "medium",
                "beneficiary": "resident",
            },
        ),
        ("/goals/G-1-2/move", {"parent_id": foreign_goal, "position": "1", "version": "1"}),
        (
            f"/compare/{SLUG}/unaligned",
            {"selected": stage.foreign.submitted, "relation": "same", "label": "x"},
        ),
        (f"/compare/{SLUG}/groups/{stage.group}/take-out", {"selected": 999}),
    ]
    for address, form in tries:
        answer = bureau.send(address, **form)
        assert answer.status_code in {404, 409, 422}, f"{address} {answer.status_code}"
    for address in (
        f"/deliveries/{stage.foreign_delivery}",
        f"/vendors/{stage.foreign_vendor}",
        f"/businesses/{SLUG}/terms/{stage.foreign_term}",
        f"/requirements/{SLUG}?municipality=134210",
        f"/requirements/{SLUG}/{stage.foreign.submitted}",
        f"/jobs/{stage.foreign.job}",
    ):
        assert bureau.get(address).status_code == 404, address
    for path in ("/municipalities/134210", f"/jobs/{stage.foreign.job}"):
        assert program.get(path).status_code == 404, path
    head = signed_in(ADMINISTRATOR)
    stranger = world.accounts["editor@134210.example"].id
    assert head.get(f"/accounts/{stranger}").status_code == 404
    for act in ("edit", "deactivate", "reactivate", "reset-link"):
        form = {"version": "1", "name": "x", "role": "vendor"}
        assert head.send(f"/accounts/{stranger}/{act}", **form).status_code == 404
    assert content_of(database) == before


def test_a_vendor_has_nothing_of_another_vendors(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    other, holder = signed_in(VENDOR_B), signed_in(VENDOR_A)
    before = content_of(database)
    assert other.get(f"/received/{stage.delivery}").status_code == 404
    for name in ("spec.pdf", "spec.json", "../spec.pdf", "%2e%2e"):
        address = f"/received/{stage.delivery}/files/{name}"
        assert other.send(address).status_code in {404, 405}
    for vendor in (other, holder):
        assert vendor.get(f"/received/{stage.foreign_delivery}").status_code == 404
        for address in ("/goals", f"/requirements/{SLUG}", f"/editions/{SLUG}/1.0", "/vendors"):
            assert vendor.get(address).status_code == 403, address
        assert vendor.send(f"/editions/{SLUG}/1.0/files/spec.pdf").status_code == 403
        assert (
            vendor.send(
                f"/deliveries/{stage.delivery}/withdraw", version="1", reason="x"
            ).status_code
            == 403
        )
    assert content_of(database) == before
    assert holder.get(f"/received/{stage.delivery}").status_code == 200


# ---- forged fields, versions and approvals ------------------------------------------------------


def test_fields_that_are_not_on_the_form_change_nothing(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    forged = {
        "state": "confirmed",
        "status": "agreed",
        "municipality_id": str(world.towns[NEIGHBOUR].id),
        "region_id": str(world.other_region.id),
        "submitted_version_id": "1",
        "confirmed_version_id": str(stage.neighbour.submitted_version),
        "role": "administrator",
        "id": str(stage.neighbour.draft),
        "account_id": "1",
        "deleted_at": "",
    }
    editor = signed_in(EDITOR)
    answer = editor.send(
        f"/requirements/{SLUG}/{stage.own.draft}/edit", version="1", text="新しい文面。", **forged
    )
    assert answer.status_code == 303
    with database.read() as session:
        row = session.get_one(Requirement, stage.own.draft)
        assert (row.municipality_id, row.state) == (world.towns[OWN].id, RequirementState.DRAFT)
        assert row.version == 2
        assert (row.submitted_version_id, row.confirmed_version_id) == (None, None)
        assert session.get_one(Requirement, stage.neighbour.draft).version == 1
    program = api(EDITOR)
    path = f"/municipalities/{OWN}/businesses/{SLUG}/requirements"
    before = content_of(database)
    for name in (*forged, "version", "draft_version_id", "list_id", "mark"):
        body = {"text": "追加できること。", name: forged.get(name, "1")}
        for method, where in (("POST", path), ("PUT", f"{path}/{stage.own.draft}")):
            answer = program.call(method, where, body, If_Match=f'"{stage.own.draft}-2"')
            assert answer.status_code == 422, f"{method} {name}"
    goal = {"statement": "x", "region_id": 2, "version": 9, "closed": True}
    assert api(COORDINATOR).call("POST", "/goals", goal).status_code == 422
    assert content_of(database) == before


@on_sqlite
def test_nobody_gives_themselves_a_role(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    before = content_of(database)
    own = world.accounts[EDITOR].id
    for email in (EDITOR, COORDINATOR, VENDOR_A):
        client = signed_in(email)
        form = {"name": "x", "role": "administrator", "municipality": "", "version": "1"}
        assert client.send(f"/accounts/{own}/edit", **form).status_code == 403
        assert client.send("/accounts/new", email="x@x.example", **form).status_code == 403
    assert content_of(database) == before
    with database.read() as session:
        assert session.get_one(Account, own).role is Role.EDITOR


def test_stale_and_missing_versions_are_refused(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    editor, bureau = signed_in(EDITOR), signed_in(COORDINATOR)
    program = api(EDITOR)
    before = content_of(database)
    standard = f"/standards/{SLUG}/{stage.standard}"
    line = {"text": "別の文面。"}
    goal = {
        "statement": "別の状態ができている",
        "viewpoint": "program",
        "horizon": "medium",
        "beneficiary": "resident",
    }
    applied = {f"state-{OWN}": "exception", f"value-{OWN}": "例外"}
    decision = {"outcome": "reject", "reason": "理由", "decided_on": "2026-09-02"}
    wording = {
        "title": "別",
        "text": "別の文面。",
        "obligation": "optional",
        "kind": "functional",
        "phase": "",
        "goal": "",
        "reason": "",
    }
    tries: list[tuple[Client, str, dict[str, Any], str]] = [
        (editor, f"/requirements/{SLUG}/{stage.own.draft}/edit", line, "version"),
        (editor, f"/requirements/{SLUG}/{stage.own.draft}/delete", {}, "version"),
        (
            editor,
            f"/requirements/{SLUG}/delete",
            {"selected": str(stage.own.draft)},
            f"rows-{stage.own.draft}-version",
        ),
        (editor, f"{IMPORTS}/{stage.own.preview}/start", {}, "version"),
        (editor, f"{IMPORTS}/{stage.own.stored}/undo", {}, "version"),
        (editor, f"/businesses/{SLUG}/record", {"division": "課"}, "version"),
        (bureau, "/goals/G-1-2/edit", goal, "version"),
        (bureau, "/goals/G-1-2/move", {"parent_id": "", "position": "1"}, "version"),
        (bureau, "/goals/G-1-2/close", {"closed": "1"}, "version"),
        (bureau, f"/businesses/{SLUG}/edit", {"name": "別"}, "version"),
        (bureau, f"{standard}/edit", wording, "version"),
        (bureau, f"{standard}/decide", decision, "version"),
        (bureau, f"{standard}/applications", applied, f"version-{OWN}"),
        (bureau, f"/compare/{SLUG}/groups/{stage.group}/edit", {"label": "別"}, "version"),
        (bureau, f"/deliveries/{stage.delivery}/withdraw", {"reason": "理由"}, "version"),
    ]
    for client, address, form, name in tries:
        for version in (None, "", "99", "9" * 5000, "1; DROP TABLE goal"):
            sent = form if version is None else {**form, name: version}
            answer = client.send(address, **sent)
            assert answer.status_code in {409, 422}, f"{address} {version!r} {answer.status_code}"
    path = f"/municipalities/{OWN}/businesses/{SLUG}/requirements/{stage.own.draft}"
    assert program.call("PUT", path, line).status_code == 428
    for tag in (
        "*",
        f'W/"{stage.own.draft}-1"',
        f'"{stage.own.draft}-99"',
        f'"{stage.own.submitted}-1"',
    ):
        assert program.call("PUT", path, line, If_Match=tag).status_code == 412, tag
    assert content_of(database) == before


def test_an_approver_confirms_neither_their_own_nor_what_moved_on(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    approver = signed_in(APPROVER)
    own = stage.own
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        row = session.get_one(Requirement, own.submitted)
        requirements.save_edit(
            session,
            world.of("editor"),
            row,
            version=row.version,
            values=Values(text="出し直した文面。"),
        )
        requirements.submit(
            session,
            world.of("editor"),
            municipality_id=row.municipality_id,
            business_id=row.business_id,
            requirement_ids=[row.id],
        )
    seen_before = f"{own.submitted}-{own.submitted_version}"
    for act in ("confirm", "send-back"):
        answer = approver.send(f"/approvals/{act}", selected=seen_before, reason="理由")
        assert answer.status_code == 409
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        row = session.get_one(Requirement, own.submitted)
        newest = row.submitted_version_id
        assert row.confirmed_version_id is None
        # The person moved to another desk after handing the line in.
        row.submitted_by = world.accounts[APPROVER].id
    answer = approver.send("/approvals/confirm", selected=f"{own.submitted}-{newest}")
    assert answer.status_code == 403
    with database.read() as session:
        assert session.get_one(Requirement, own.submitted).confirmed_version_id is None
    for nonsense in ("", "x", "1", "-", "1-2-3", f"{'9' * 5000}-1", "\x00-1", "１-１"):
        answer = approver.send("/approvals/confirm", selected=nonsense)
        assert answer.status_code in {404, 409, 422}, nonsense


# ---- sessions, tokens of forms, keys ------------------------------------------------------------


def test_every_form_wants_its_token_of_this_session(
    app: Flask, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor, other = signed_in(EDITOR), signed_in(EDITOR)
    foreign = other.csrf()
    editor.csrf()
    before = content_of(database)
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        address = re.sub(r"<int:[^>]+>", "1", re.sub(r"<string:[^>]+>", SLUG, rule.rule))
        forged: list[dict[str, str]] = [{}, {"csrf_token": "x"}, {"csrf_token": foreign}]
        for form in forged:
            answer = editor.post(address, data=form, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 400, f"{address} {answer.status_code}"
            tried += 1
    assert tried > 150
    assert content_of(database) == before


@on_sqlite
def test_forms_work_over_https_for_browsers_that_send_no_referer(
    config: Config, database: Database, world: World
) -> None:
    """Our own pages ask the browser to send none."""
    app = create_app(replace(config, insecure_http=False), database)
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    page = client.get("/sign-in", base_url="https://kaizu.example")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    fields = hidden_fields(page.get_data(as_text=True), "/sign-in")
    answer = client.post(
        "/sign-in",
        data={**fields, "email": EDITOR, "password": PASSWORD},
        base_url="https://kaizu.example",
    )
    assert answer.status_code == 303, text_of(answer)
    cookies = answer.headers.getlist("Set-Cookie")
    session_cookie = next(one for one in cookies if one.startswith("__Host-kaizu-sid="))
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in session_cookie


def test_a_key_is_worth_nothing_in_another_hand(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    """The first answer leads to a draft only its town may see."""
    key = {"idempotency_key": "the same key"}
    form = {"text": "鍵を試す文面。", **key}
    first = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", **form)
    again = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", **form)
    neighbour = signed_in(f"editor@{NEIGHBOUR}.example").send(f"/requirements/{SLUG}/new", **form)
    assert first.status_code == again.status_code == neighbour.status_code == 303
    assert first.location == again.location
    assert again.headers["Idempotency-Replayed"] == "true"
    assert neighbour.location != first.location
    assert "Idempotency-Replayed" not in neighbour.headers
    refused = signed_in(VENDOR_A).send(f"/requirements/{SLUG}/new", **form)
    assert refused.status_code == 403
    odd = signed_in(EDITOR).send(
        f"/requirements/{SLUG}/new", text="長い鍵。", idempotency_key="k" * 100_000
    )
    assert odd.status_code == 303
    nul = signed_in(EDITOR).send(f"/requirements/{SLUG}/new", text="鍵。", idempotency_key="\x00")
    assert nul.status_code < 500
    with database.read() as session:
        made = session.scalars(
            sa.select(RequirementVersion.id).where(RequirementVersion.text == form["text"])
        ).all()
    assert len(made) == 2


def test_a_copied_cookie_dies_with_the_sign_in(
    app: Flask, world: World, signed_in: SignedIn, database: Database
) -> None:
    def copy(client: Client) -> Client:
        cookie = client.get_cookie("kaizu-sid")
        assert cookie is not None
        thief = app.test_client()
        assert isinstance(thief, Client)
        thief.set_cookie("kaizu-sid", cookie.value)
        return thief

    client = signed_in(EDITOR)
    thief = copy(client)
    assert thief.get("/goals").status_code == 200
    assert client.send("/sign-out").status_code == 303
    assert thief.get("/goals").status_code == 303
    assert thief.get("/goals", headers={"Accept": "application/json"}).status_code == 401

    client = signed_in(EDITOR)
    thief = copy(client)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        account = session.get_one(Account, world.accounts[EDITOR].id)
        token = accounts.create_token(session, world.actors[EDITOR], account)
        accounts.deactivate(session, world.administrator, account, version=account.version)
    assert thief.get("/goals").status_code == 303
    sent = app.test_client().get("/api/v1/goals", headers={"Authorization": f"Bearer {token}"})
    assert sent.status_code == 401
    refused = app.test_client()
    assert isinstance(refused, Client)
    assert refused.send("/sign-in", email=EDITOR, password=PASSWORD).status_code == 422


@on_sqlite
@pytest.mark.parametrize(
    "cookie", ["x", "", "WyJ4IiwxXQ.x", "\xff\xfe", "a" * 3000, '["a",1]', "null"]
)
def test_a_forged_cookie_is_no_cookie(cookie: str, app: Flask, world: World) -> None:
    client = app.test_client()
    client.set_cookie("kaizu-sid", cookie)
    assert client.get("/goals").status_code == 303
    for header in ("Bearer", "Bearer  ", f"Bearer {cookie}", "Basic eDp4", f"bearer {'x' * 5000}"):
        sent = client.get(
            "/api/v1/goals",
            headers={"Authorization": header.encode("latin-1", "replace").decode("latin-1")},
        )
        assert sent.status_code == 401, header


def test_guessing_is_slowed_down_across_processes(
    app: Flask, config: Config, database: Database, world: World
) -> None:
    """The count is in the database, and no header makes a guesser somebody else."""
    other = create_app(config, database)
    other.test_client_class = app.test_client_class = Client
    statuses = []
    for number in range(8):
        client = (app, other)[number % 2].test_client()
        assert isinstance(client, Client)
        answer = client.post(
            "/sign-in",
            data={"csrf_token": client.csrf(), "email": EDITOR, "password": f"wrong {number}"},
            headers={"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [422] * 5 + [429] * 3
    client = other.test_client()
    assert isinstance(client, Client)
    right = client.send("/sign-in", email=EDITOR.upper() + " ", password=PASSWORD)
    assert right.status_code == 429
    assert "15 分ほど待ってから" in text_of(right)
    somebody = client.send("/sign-in", email=APPROVER, password=PASSWORD)
    assert somebody.status_code == 303


@on_sqlite
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\t\\evil.example",
        "/\n//evil.example",
        " //evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "/%0d%0aSet-Cookie:x=y",
        "/\r\nSet-Cookie: x=y",
    ],
)
def test_signing_in_never_leads_elsewhere(target: str, client: Client, world: World) -> None:
    answer = client.send("/sign-in", email=EDITOR, password=PASSWORD, next=target)
    assert answer.status_code == 303
    # As a browser reads it: tabs and line ends left out, a backslash is a slash.
    read = re.sub(r"[\t\r\n]", "", answer.headers["Location"]).replace("\\", "/")
    assert read.startswith("/"), read
    assert not read.startswith("//"), read
    assert "\n" not in answer.headers["Location"]
    assert not any(one.startswith("x=y") for one in answer.headers.getlist("Set-Cookie"))


@on_sqlite
def test_forwarded_headers_of_a_stranger_count_for_nothing(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    forged = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "444",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/accounts",
        "X-HTTP-Method-Override": "DELETE",
        "Forwarded": "for=1.2.3.4;host=evil.example;proto=https",
    }
    head = signed_in(ADMINISTRATOR)
    account = world.accounts[EDITOR].id
    answer = head.post(
        f"/accounts/{account}/reset-link", data={"csrf_token": head.csrf()}, headers=forged
    )
    assert answer.status_code == 200
    assert "evil" not in answer.get_data(as_text=True)
    assert "/password-reset/" in answer.get_data(as_text=True)
    page = signed_in(EDITOR).get("/goals", headers=forged)
    assert page.status_code == 200
    assert "evil" not in page.get_data(as_text=True)


# ---- what people type ---------------------------------------------------------------------------

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
FORMULA = '=HYPERLINK("http://evil.example","x")'


def type_everywhere(database: Database, world: World, stage: Stage, typed: str) -> None:
    """Put a text into every column that holds what a person types."""
    skipped = {
        "account": {"email", "password_hash", "role"},
        "business": {"slug", "number"},
        "region": {"code"},
        "municipality": {"code"},
        "goal": {"code"},
        "standard_requirement": {"code"},
        "requirement_group": {"code"},
        "job": {"kind", "lease_token", "dedup"},
        "requirement_list": {"source_sha256"},
    }
    free = {
        *("account", "business", "business_process", "business_term", "goal", "municipality"),
        *("region", "requirement", "requirement_group", "requirement_list"),
        *("standard_requirement", "application", "vendor", "job", "delivery"),
    }
    with database.engine.begin() as connection:
        for name in sorted(free):
            table = Base.metadata.tables[name]
            texts = [
                column.name
                for column in table.columns
                if type(column.type) in (sa.String, sa.Text)
                and not column.foreign_keys
                and column.name not in skipped.get(name, set())
            ]
            keys = {one.name for one in table.primary_key.columns}
            values = {one: typed for one in texts if one not in keys}
            unique = {
                column.name
                for constraint in table.constraints
                if isinstance(constraint, sa.UniqueConstraint)
                for column in constraint.columns
            }
            for row in connection.execute(sa.select(*table.primary_key.columns)).all():
                where = sa.and_(
                    *(
                        column == value
                        for column, value in zip(table.primary_key.columns, row, strict=True)
                    )
                )
                told = {
                    one: f"{text}{row[0]}" if one in unique else text
                    for one, text in values.items()
                }
                if told:
                    connection.execute(sa.update(table).where(where).values(**told))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for place, email in ((stage.own, EDITOR), (stage.neighbour, f"editor@{NEIGHBOUR}.example")):
            for row_id in (place.draft, place.submitted):
                line = session.get_one(Requirement, row_id)
                requirements.save_edit(
                    session,
                    world.actors[email],
                    line,
                    version=line.version,
                    values=Values(
                        text=f"x{typed}" if typed.startswith("=") else typed,
                        section=typed,
                        label=typed[:90],
                        step=typed,
                        note=typed,
                    ),
                )
            line = session.get_one(Requirement, place.submitted)
            requirements.submit(
                session,
                world.actors[email],
                municipality_id=line.municipality_id,
                business_id=line.business_id,
                requirement_ids=[line.id],
            )


def crawl(client: Client) -> Iterator[tuple[str, TestResponse]]:
    """Every page that links lead to from the first one."""
    seen: set[str] = set()
    todo = ["/"]
    shapes: dict[str, int] = {}
    while todo:
        address = todo.pop()
        shape = re.sub(r"=[^&]*", "=", re.sub(r"\d+", "N", address))
        if address in seen or shapes.get(shape, 0) >= 2:
            continue
        seen.add(address)
        shapes[shape] = shapes.get(shape, 0) + 1
        answer = client.get(address)
        yield address, answer
        if answer.mimetype == "text/html":
            links = re.findall(r'(?:href|hx-get)="(/[^"#]*)', answer.get_data(as_text=True))
            todo += [unescape(link) for link in links if not link.startswith("/static/")]


@on_sqlite
def test_what_was_typed_is_shown_and_never_run(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    type_everywhere(database, world, stage, SCRIPT)
    shown = 0
    for email in (EDITOR, APPROVER, COORDINATOR, ADMINISTRATOR, VENDOR_A):
        for address, answer in crawl(signed_in(email)):
            assert answer.status_code < 500, f"{email} {address}"
            page = answer.get_data(as_text=True)
            assert "<script>alert" not in page, f"{email} {address}"
            assert "<img src=x" not in page, f"{email} {address}"
            assert "'><script" not in page, f"{email} {address}"
            assert ">49" not in page or "{{7*7}}" in page, f"{email} {address}"
            shown += "&lt;script&gt;alert(1)" in page
    assert shown > 40


@on_sqlite
def test_no_export_holds_a_formula(
    app: Flask, stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    type_everywhere(database, world, stage, FORMULA)
    exports = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.rule.endswith(("/export", "/workbook", "/rejections"))
        and not rule.rule.startswith("/api/")
    ]
    got = 0
    for rule in exports:
        address = rule.replace("<string:slug>", SLUG).replace("<string:number>", "1.0")
        address = address.replace("<int:list_id>", str(stage.own.preview))
        if "<" in address:
            continue  # a national standard, whose text is the state's
        for email in (EDITOR, COORDINATOR, ADMINISTRATOR):
            answer = signed_in(email).send(address)
            if answer.status_code != 200:
                assert answer.status_code in {403, 404}, f"{email} {address} {answer.status_code}"
                continue
            got += 1
            with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
                for name in package.namelist():
                    if name.startswith("xl/worksheets/"):
                        assert b"<f>" not in package.read(name), address
            for sheet in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets:
                for row in sheet.iter_rows():
                    for cell in row:
                        assert cell.data_type != "f", f"{address} {cell.coordinate}"
                        if str(cell.value).startswith("="):
                            assert cell.quotePrefix, f"{address} {cell.coordinate}"
    assert got >= 12


@on_sqlite
def test_the_pdf_has_no_way_out(database: Database, world: World) -> None:
    """Drawn from texts with links and markup: no link, no script, no file but spec.json."""
    nasty = (
        '<a href="https://evil.example/">x</a><img src="file:///etc/passwd">'
        '<link rel=attachment href="file:///etc/passwd"><style>@import url(http://evil.example)</style>'
        "</td></table><script>1</script>javascript:alert(1) https://evil.example/"
    )
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for goal in session.scalars(sa.select(Goal).order_by(Goal.id)):
            goal.statement = f"{nasty}ができている"
        edition = agreed.adopted(session, world, "件名" + nasty, text=nasty, reason=nasty)
        assert edition.text == nasty
        edition_id = agreed.frozen(session, world).id
        frozen = specs.frozen_bytes(session, edition_id)
    built = building.build_files(frozen)
    with pikepdf.open(io.BytesIO(built["spec.pdf"])) as pdf:
        assert list(pdf.attachments) == ["spec.json"]
        for number in range(1, len(pdf.objects) + 1):
            found = pdf.get_object(number, 0)
            if not isinstance(found, pikepdf.Dictionary):
                continue
            for key in ("/URI", "/JS", "/Launch", "/JavaScript", "/OpenAction"):
                assert key not in found or key == "/OpenAction", f"{key} in object {number}"
            if found.get("/S") is not None and found.get("/Type") == pikepdf.Name.Action:
                assert found["/S"] == pikepdf.Name.GoTo
    assert b"root:" not in built["spec.pdf"]


# ---- odd bytes, odd sizes -----------------------------------------------------------------------

HOSTILE = {
    "nul": "あ\x00い",
    "endless digits": "9" * 5000,
    "large": "9" * 25,
    "negative": "-1",
    "superscript": "²",
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31",
    "control": "あ\x07\u202eい",
    "brackets": "[" * 2000,
}
MEGABYTE = "あ" * 120_000  # once it is sent


def forms_of(client: Client) -> dict[tuple[str, ...], tuple[str, dict[str, str]]]:
    """Every different form on the pages this person finds: its address and fields as given."""
    found: dict[tuple[str, ...], tuple[str, dict[str, str]]] = {}
    for address, answer in crawl(client):
        assert answer.status_code < 500, address
        page = answer.get_data(as_text=True)
        for form in re.findall(r"<form\b.*?</form>", page, flags=re.S):
            head = form[: form.index(">")]
            if 'method="post"' not in head:
                continue
            fields: dict[str, str] = {}
            for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", form):
                name = re.search(r'\bname="([^"]+)"', tag)
                value = re.search(r'\bvalue="([^"]*)"', tag)
                if name:
                    fields.setdefault(unescape(name[1]), unescape(value[1]) if value else "")
            actions = re.findall(r'\b(?:form)?action="([^"]*)"', form) or [address]
            for action in map(unescape, actions):
                shape = re.sub(r"\d+", "N", action.partition("?")[0])
                found.setdefault((shape, *sorted(set(fields) & KNOWN)), (action, fields))
    return found


KNOWN = {"version", "everything", "again", "confirm", "position", "number"}
ENDS_THE_SIGN_IN = ("/sign-out", "/account/sign-ins/end-others")


@pytest.mark.parametrize(
    ("database", "email"),
    [
        *(("sqlite", email) for email in (EDITOR, APPROVER, COORDINATOR, ADMINISTRATOR)),
        *(
            pytest.param("postgresql", email, marks=pytest.mark.postgresql)
            for email in (EDITOR, COORDINATOR)  # these two have nearly all forms
        ),
    ],
    indirect=["database"],
)
def test_no_form_ends_in_a_fault(
    email: str, stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(email)
    forms = forms_of(client)
    assert len(forms) > 5
    token = client.csrf()
    tried = 0
    for action, fields in forms.values():
        if action in ENDS_THE_SIGN_IN:
            continue
        tries = [dict.fromkeys(fields, value) for value in HOSTILE.values()]
        tries.append({**fields, list(fields)[-1]: MEGABYTE})
        # Numbers are looked at only once the rest is good.
        tries += [
            {**fields, name: HOSTILE[kind]}
            for name in fields
            if name.endswith(("version", "selected", "_id", "_ids", "position", "_row"))
            for kind in ("endless digits", "large")
        ][:6]
        for sent in tries:
            sent.pop("idempotency_key", None)
            answer = client.post(action, data={**sent, "csrf_token": token})
            assert answer.status_code < 500, f"{action} {[(k, v[:20]) for k, v in sent.items()]}"
            tried += 1
    assert tried > 80
    with database.read() as session:
        assert audit.verify(session, AUDIT_KEY).broken is None


@on_sqlite
def test_bytes_that_are_no_text_are_refused_or_replaced(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor = signed_in(EDITOR)
    token = editor.csrf()
    address = f"/requirements/{SLUG}/new"
    bodies = [
        b"csrf_token=" + token.encode() + b"&text=\xff\xfe\x80",
        b"csrf_token=" + token.encode() + b"&text=%ff%fe%00",
        b"csrf_token=" + token.encode() + b"&text=" + "できること".encode("cp932"),
        b"csrf_token=" + token.encode() + b"&" + b"a=1&" * 20_000,
    ]
    for body in bodies:
        answer = editor.post(address, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {303, 400, 413, 422}, answer.status_code
        if answer.status_code == 303:
            page = editor.get(answer.location)
            assert page.status_code == 200
    for query in (
        "?q=%00",
        "?q=%ff",
        "?page=0",
        "?page=-1",
        "?page=99999999999999999999",
        "?page_size=100000",
        "?page=1e3",
        "?sort=;--",
        "?state=x",
        "?order=\u0000",
    ):
        for path in (
            f"/requirements/{SLUG}",
            "/approvals",
            f"/compare/{SLUG}",
            f"/standards/{SLUG}",
            "/goals",
            "/national/search",
            f"/editions/{SLUG}/1.0",
        ):
            answer = editor.get(path + query)
            assert answer.status_code < 500, path + query


API_BODIES = {
    "no json": b"{",
    "no text": b'{"a": "\xff"}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"text":' * 50_000,
    "endless number": b'{"position": ' + b"9" * 5000 + b"}",
    "not a number": b'{"position": NaN}',
    "half a character": rb'{"text": "\ud800", "statement": "\ud800", "term": "\ud800"}',
    "nul": rb'{"text": "\u0000", "statement": "\u0000", "name": "\u0000", "rows": [["\u0000"]]}',
    "list": b"[1, 2, 3]",
    "text": b'"text"',
    "null": b"null",
    "nothing": b"",
}


def test_no_body_ends_the_api_in_a_fault(
    app: Flask, stage: Stage, api: Api, database: Database
) -> None:
    programs = {email: api(email) for email in (EDITOR, APPROVER, COORDINATOR)}
    fills = {
        "code": OWN,
        "slug": SLUG,
        "requirement_id": str(stage.own.draft),
        "list_id": str(stage.own.preview),
        "term_id": str(stage.term),
    }
    tried = 0
    for rule in app.url_map.iter_rules():
        methods = {"POST", "PUT", "DELETE"} & (rule.methods or set())
        if not rule.rule.startswith("/api/") or not methods:
            continue
        address = re.sub(
            r"<\w+:(\w+)>",
            lambda name: fills.get(name[1], "1"),
            rule.rule.replace("<string:code>", "G-1") if "/goals" in rule.rule else rule.rule,
        )
        email = (
            APPROVER
            if "confirmations" in address or "returns" in address
            else EDITOR
            if "/municipalities/" in address
            else COORDINATOR
        )
        for method in methods:
            for name, body in API_BODIES.items():
                answer = app.test_client().open(
                    address,
                    method=method,
                    data=body,
                    headers={
                        "Authorization": f"Bearer {programs[email].token}",
                        "Content-Type": "application/json",
                        "If-Match": '"1-1"',
                    },
                )
                assert answer.status_code < 500, f"{method} {address} {name}"
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json"
                    assert re.search(r"[ぁ-ん]", answer.get_json()["detail"]), answer.get_json()
                tried += 1
    assert tried > 200


@on_sqlite
def test_the_tables_script_sends_json_that_may_be_hostile_too(
    stage: Stage, signed_in: SignedIn, database: Database
) -> None:
    editor = signed_in(EDITOR)
    headers = {"X-CSRFToken": editor.csrf(), "Content-Type": "application/json"}
    before = stages.counts(database)["requirement"]
    row = {"id": "new-1", "version": None, "fields": {"text": "あ\ud800"}}
    bodies = [
        *API_BODIES.values(),
        json.dumps({"mode": "each", "rows": [row]}).encode(),
        json.dumps(
            {"mode": "each", "rows": [{"id": "9" * 5000, "version": 1, "fields": {}}]}
        ).encode(),
        json.dumps(
            {"mode": "all", "rows": [{"id": "1", "version": 10**30, "fields": {"text": "x"}}]}
        ).encode(),
        json.dumps({"mode": "each", "rows": [{**row, "fields": {"text": "あ\x00"}}]}).encode(),
    ]
    for body in bodies:
        answer = editor.post(f"/requirements/{SLUG}/rows", data=body, headers=headers)
        assert answer.status_code < 500, body[:60]
    assert stages.counts(database)["requirement"] == before
