"""Hostile files through every door: refused with the reason, and nothing stored is changed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
import sqlalchemy as sa

from registry.audit import AuditEvent
from registry.db import Database
from registry.processes.models import FlowRecord, FlowVersion
from tests.processes import sample_flows as samples
from tests.processes.flow_pages import EDITOR, FLOWS, HEAD, SignedIn, create, hidden, send, text
from tests.processes.hostile_flows import HOSTILE
from tests.programs import HERE, Api, json_of

Stored = Callable[[], list[object]]


@pytest.fixture
def stored(database: Database) -> Stored:
    """Everything that is kept of flows, and what the audit says was done."""

    def read() -> list[object]:
        with database.read() as session:
            found: list[object] = []
            for query in (
                sa.select(FlowRecord.__table__).order_by(FlowRecord.id),
                sa.select(FlowVersion.__table__).order_by(FlowVersion.id),
                sa.select(AuditEvent.action)
                .where(AuditEvent.action.startswith("processes."))
                .order_by(AuditEvent.sequence),
            ):
                found += [tuple(row) for row in session.execute(query)]
            return found

    return read


def test_an_upload_is_refused_and_nothing_changes(signed_in: SignedIn, stored: Stored) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    version = hidden(client.get(page), "version")
    before = stored()
    for name, (data, reason) in HOSTILE.items():
        for address in (f"{FLOWS}/upload", f"{page}/upload"):
            file = (BytesIO(data), "a.bpmn")
            sent = {**HEAD, "title": "持ち込み", "version": version, "file": file}
            answer = send(client, address, data=sent)
            answer.request.environ["wsgi.input"].close()  # the test client leaves a large body open
            assert answer.status_code == 422, name
            said = text(answer)
            assert "BPMN ファイルを取り込んでいません。" in said, name
            assert reason in said, name
            assert "持ち込み" in answer.get_data(as_text=True), name  # what was typed stays
    assert stored() == before


IN_WORDS = {
    name: (data.decode("utf-8"), reason)
    for name, (data, reason) in HOSTILE.items()
    if reason not in ("文字が壊れて", "文字コード") and name != "a packed zip"
}
"""Those that can be sent as text at all."""


def test_the_drawing_editor_and_the_api_refuse_it_too(
    signed_in: SignedIn, api: Api, stored: Stored
) -> None:
    client = signed_in(EDITOR)
    page = create(client)
    version = hidden(client.get(page), "version")
    program = api(EDITOR)
    place = f"{HERE}/flows/{page.rpartition('/')[2]}"
    tag = {"If_Match": program.get(place).headers["ETag"]}
    before = stored()
    for name, (source, reason) in IN_WORDS.items():
        drawn = send(client, f"{page}/drawing", data={**HEAD, "bpmn": source, "version": version})
        if len(source) > 1_000_000:  # a form of several megabytes is not even read
            assert drawn.status_code == 413
        else:
            assert drawn.status_code == 422, name
            assert (reason if source else "図の内容がありません") in text(drawn), name
        flow = {"title": "送った", "kind": "as_is", "bpmn": source}
        for answer in (
            program.call("POST", f"{HERE}/flows", flow),
            program.call("PUT", place, flow, **tag),
        ):
            assert answer.status_code == 422, name
            assert reason in str(json_of(answer)), name
    assert stored() == before


def test_a_table_that_is_none_is_refused_too(signed_in: SignedIn, stored: Stored) -> None:
    client = signed_in(EDITOR)
    create(client)
    before = stored()
    for content, reason in (
        ("担当\t手順\n窓口\t受ける\n".encode("cp932"), "UTF-8"),
        (b"PK\x03\x04" + bytes(200), "見出し"),
        (b"\xff\xfe" + "担当".encode("utf-16-le"), "UTF-8"),
        (("担当\t手順\n" + "窓口\t受ける\n" * 5000).encode(), "300 行まで"),
    ):
        sent = {**HEAD, "title": "持ち込み", "file": (BytesIO(content), "a.tsv")}
        answer = send(client, f"{FLOWS}/upload", data=sent)
        assert answer.status_code == 422
        assert reason in text(answer)
    assert stored() == before


def test_a_text_says_its_encoding_in_vain(api: Api) -> None:
    """Sent as JSON it is text already; what its head says of bytes would garble it."""
    source = samples.process(samples.LINE).decode().replace("UTF-8", "Shift_JIS")
    made = api(EDITOR).call(
        "POST", f"{HERE}/flows", {"title": "文字", "kind": "as_is", "bpmn": source}
    )
    assert made.status_code == 201
    assert json_of(made)["steps"][1]["name"] == "申請書を受け付ける"


def test_too_many_rows_are_told_in_japanese(api: Api) -> None:
    rows = [{"lane": "窓口", "name": "受ける"}] * 301
    answer = api(EDITOR).call(
        "POST", f"{HERE}/flows", {"title": "長い", "kind": "as_is", "rows": rows}
    )
    assert answer.status_code == 422
    assert "300 行まで" in str(json_of(answer))
