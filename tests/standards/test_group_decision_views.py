from __future__ import annotations

from tests.standards.pages import COORDINATOR, GROUP, HOME, VERDICT, SignedIn, text_of
from tests.world import World


def test_a_group_is_put_off_without_a_standard(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(GROUP)["version"]
    answer = client.send(GROUP, version=version, **{**VERDICT, "outcome": "defer"})
    assert (answer.status_code, answer.location) == (303, HOME)
    home = text_of(client.get(HOME))
    assert "まだないまとまり" not in home
    assert "不採用か保留にしたまとまりが 1 件" in home
    assert "研究会で合意した。" in text_of(client.get(GROUP))


def test_a_group_is_not_adopted_and_keeps_what_was_typed(
    prepared: World, signed_in: SignedIn
) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(GROUP, version="1", **VERDICT)
    assert answer.status_code == 422
    assert "不採用、保留 から選んでください。" in text_of(answer)
    assert "研究会で合意した。" in text_of(answer)


def test_a_stale_group_decision_is_refused(prepared: World, signed_in: SignedIn) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(GROUP)["version"]
    client.send(GROUP, version=version, **{**VERDICT, "outcome": "defer"})
    late = {**VERDICT, "outcome": "reject", "reason": "遅れて"}
    answer = client.send(GROUP, version=version, **late)
    assert answer.status_code == 409
    assert "研究会で合意した。" in text_of(answer)


def test_a_group_with_a_standard_is_decided_there(prepared: World, signed_in: SignedIn) -> None:
    text = text_of(signed_in(COORDINATOR).get(f"{HOME}/groups/F-001/decide"))
    assert "採否はそちらで決めます" in text
    assert "採否を記録する" not in text
