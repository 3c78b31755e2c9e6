from __future__ import annotations

from pathlib import Path

import pytest

from registry.text.matching import frames
from registry.text.matching.concepts import read
from registry.text.matching.frames import Frame, frame, other_act, same_course, turned_round


def of(text: str) -> Frame:
    found = read(text)
    return frame(found.plain, found.units)


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("料金表を登録した施設を検索できること", {"find"}),
        ("検索した施設に料金表を登録できること", {"input"}),
        ("予約の登録・変更・削除ができること", {"input", "change", "delete"}),
        ("仮予約の本予約への切替えは、職員の承認がなされた後とする", {"change"}),
        ("取消しは利用日の前日までできること", {"cancel"}),
    ],
)
def test_the_last_act_that_is_asked_for(text: str, heads: set[str]) -> None:
    assert of(text).heads == heads


def test_acts_that_only_describe_a_thing_are_not_asked_for() -> None:
    assert "input" not in of("登録した施設を検索できること").acts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("職員が申請者に通知できること", "申請者が職員に通知できること"),
        ("本館から分館へ資料を回送すること", "分館から本館へ資料を回送すること"),
        ("資料番号を基に分類記号を調べること", "分類記号を基に資料番号を調べること"),
    ],
)
def test_parties_that_changed_places(one: str, other: str) -> None:
    assert turned_round(of(one).parties, of(other).parties) is not None


def test_looking_at_particles_only_misses_no_party(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Path(__file__).parents[1].joinpath("labelled", "pairs_tune.tsv").read_text("utf-8")
    texts = [text for row in rows.splitlines()[1:] for text in row.split("\t")[2:4]]
    quick = [of(text).parties for text in texts]
    monkeypatch.setattr(frames, "_PARTICLES", Everything())
    assert [of(text).parties for text in texts] == quick
    assert any(parties.sources for parties in quick)


class Everything:
    def __contains__(self, _: object) -> bool:
        return True


def test_parties_in_another_order_have_not_changed_places() -> None:
    one, other = of("職員が申請者に通知できること"), of("申請者に職員が通知できること")
    assert turned_round(one.parties, other.parties) is None


def test_a_step_on_the_way_is_the_same_course() -> None:
    one = of("避難先を入力して避難指示を配信できること")
    other = of("避難指示を配信する際に、避難先を入力できること")
    assert same_course(one, other)
    assert not same_course(of("承認した後に配信できること"), of("配信した後に承認できること"))


def test_acts_that_cannot_be_meant_for_one_another() -> None:
    assert other_act(frozenset({"input"}), frozenset({"delete"}))
    assert other_act(frozenset({"input"}), frozenset({"view"}))
    assert not other_act(frozenset({"input"}), frozenset({"make"}))
    assert not other_act(frozenset({"manage"}), frozenset({"delete"}))
    assert not other_act(frozenset(), frozenset({"delete"}))


def test_things_named_side_by_side() -> None:
    assert of("許可書と領収書を印刷できること").joined == {"許可書", "領収書"}
