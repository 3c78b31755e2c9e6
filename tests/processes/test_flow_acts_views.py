"""What is done with a flow as a whole."""

from __future__ import annotations

from tests.processes.flow_pages import EDITOR, FLOWS, HEAD, NEIGHBOUR, SignedIn, create, send, text


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
