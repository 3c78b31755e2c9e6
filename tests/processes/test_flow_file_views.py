"""Flows as files."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.processes import sample_flows as samples
from tests.processes.flow_pages import EDITOR, FLOWS, HEAD, SignedIn, hidden, send, stored, text


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


@pytest.mark.parametrize("padding", [0, 800_000])
def test_an_upload_sent_twice_is_taken_once(signed_in: SignedIn, padding: int) -> None:
    """As a browser sends it, with the key of its form; a large file lies on disk meanwhile."""
    client = signed_in(EDITOR)
    data = samples.process(samples.LINE + f"<!--{'x' * padding}-->")
    form = client.get(f"{FLOWS}/new")
    key = hidden(form, "idempotency_key")
    answers = []
    for _ in range(2):
        sent = {**HEAD, "idempotency_key": key, "file": (BytesIO(data), "a.bpmn")}
        answers.append(send(client, f"{FLOWS}/upload", data=sent))
        answers[-1].request.environ["wsgi.input"].close()  # the test client leaves it open
    first, again = answers
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert text(client.get(FLOWS)).count("受付") == 1


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
