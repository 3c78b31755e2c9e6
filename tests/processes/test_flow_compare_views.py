"""Two flows side by side."""

from __future__ import annotations

from tests.processes.flow_pages import EDITOR, FLOWS, SignedIn, create, text


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
