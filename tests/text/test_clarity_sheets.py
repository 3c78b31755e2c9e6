from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity_rules import Kind, Settings
from registry.text.clarity_sheets import Sheet, SheetRule, lint_sheet, sheet_rules
from tests import clarity_scores as scores

lint_sheet(Sheet("予約"))  # the first call reads the rules, which takes its time
FIELD = st.text(
    alphabet="紙で管理している。ないシステムを導入する必要がある、ため町民が", max_size=40
)


@pytest.mark.parametrize("rule", sheet_rules().values(), ids=lambda rule: rule.id)
def test_a_rule_finds_its_example_and_not_its_counter_example(rule: SheetRule) -> None:
    assert rule.kind in {found.kind for found in lint_sheet(rule.example)}
    assert not lint_sheet(rule.counter)
    left = lint_sheet(rule.example, Settings(off=frozenset({rule.id})))
    assert rule.kind not in {found.kind for found in left}


@given(FIELD, FIELD, FIELD, FIELD, FIELD)
def test_findings_point_at_their_phrase(
    as_is: str, to_be: str, purpose: str, problem: str, challenge: str
) -> None:
    sheet = Sheet(as_is, to_be, purpose, problem, challenge)
    for found in lint_sheet(sheet):
        assert getattr(sheet, found.field)[found.start : found.end] == found.phrase
        data = found.as_json(sheet)
        assert sheet.text[data["start"] : data["end"]] == found.phrase


@pytest.mark.parametrize(
    ("as_is", "to_be", "mirrored"),
    [
        ("申請書を紙で受け付けている。", "申請書を紙で受け付けることがなくなっている。", True),
        ("台帳を手書きで管理している。", "台帳の手書きによる管理から脱却している。", True),
        ("住民は窓口に3回来ている。", "住民が窓口に3回来なくてもよい。", True),
        ("窓口で受け付けている。", "15分を超えて待つ人がいない。", False),
        ("検針の結果を手で転記している。", "誤りによる料金の訂正が1年に1件もない。", False),
        ("紙で受け付けている。", "紙に書かなくても、翌日までに可否が届いている。", False),
    ],
)
def test_a_goal_that_only_denies_today(as_is: str, to_be: str, mirrored: bool) -> None:
    kinds = {found.kind for found in lint_sheet(Sheet(as_is, to_be))}
    assert (Kind.MIRRORED_TO_BE in kinds) is mirrored


@pytest.mark.parametrize(
    ("problem", "challenge", "confused"),
    [
        ("様式を統一すべきである。", "", True),
        ("新しい台帳を作らなければならない。", "", True),
        ("連絡に時間を要する。", "", False),
        ("待ち時間が長い。", "", False),
        ("", "職員の数が足りない。", True),
        ("", "担当者の経験に頼っている。", True),
        ("", "判断の基準をそろえる。", False),
        ("", "手順を定める必要がある。", False),
    ],
)
def test_problem_and_challenge(problem: str, challenge: str, confused: bool) -> None:
    kinds = {found.kind for found in lint_sheet(Sheet(problem=problem, challenge=challenge))}
    assert (Kind.PROBLEM_CHALLENGE_CONFUSION in kinds) is confused


def test_a_tool_in_use_today_is_a_fact() -> None:
    today = Sheet(
        "検針端末を使い、料金を計算している。", "検針端末で誤りなく料金が計算されている。"
    )
    assert Kind.TOOL_BEFORE_CHALLENGE not in {found.kind for found in lint_sheet(today)}


@pytest.mark.parametrize("part", scores.parts())
def test_the_aims_on_labelled_sheets(part: str) -> None:
    score = scores.together(scores.score_sheets(part))
    assert score.precision >= 0.80
    assert score.recall >= 0.80
