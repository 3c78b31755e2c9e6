from __future__ import annotations

from registry.processes.comparing.graph import Graph
from registry.processes.comparing.matching import match, match_lanes, name_likeness
from tests.processes import sample_flows as samples


def test_names() -> None:
    assert name_likeness("許可書を渡す", "許可書を交付する") == 1.0
    assert name_likeness("許可する", "許可しない") == 0.0
    assert name_likeness("鍵を返却する", "使用料を収納する") < 0.3


def test_each_step_has_at_most_one_match_and_the_better_name_wins() -> None:
    one = samples.table("1|窓口|申請書を受け付ける||\n2|窓口|申請書を保管する|終了|")
    other = samples.table("1|窓口|申請書を保管する|終了|")
    a, b = Graph(one), Graph(other)
    found = match(a, b)
    assert [a.title(x) for x in found] == ["申請書を保管する"]


def test_lanes_are_matched_by_what_their_steps_are() -> None:
    one = samples.table("1|総合窓口|申請書を受け付ける||\n2|財政課|使用料を収納する|終了|")
    other = samples.table("1|受付係|申請書を受け付ける||\n2|出納室|使用料を収納する|終了|")
    a, b = Graph(one), Graph(other)
    assert match_lanes(a, b, match(a, b)) == {"総合窓口": "受付係", "財政課": "出納室"}
