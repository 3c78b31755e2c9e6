"""The drawing editor."""

from __future__ import annotations

from registry.processes.bpmn import writing
from tests.processes import sample_flows as samples
from tests.processes.flow_pages import EDITOR, HEAD, SignedIn, create, hidden, send, text


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
