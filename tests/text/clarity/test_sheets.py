from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.text.clarity.rules import Kind, Settings
from registry.text.clarity.sheets import Sheet, SheetRule, lint_sheet, sheet_rules
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


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("to_be", "文書の検索ソフトが全課に入っている。"),
        ("to_be", "区長の全員に緊急用の端末が渡されている。"),
        ("to_be", "融雪装置が坂道の全てに設けられている。"),
        ("to_be", "住民の声がXYZによって分析されている。"),
        ("problem", "通訳機がなく、説明に1時間かかる。"),
        ("problem", "配車アプリがあれば断らずに済む予約が月に30件ある。"),
        ("problem", "交付のシステムに町が参加していない。"),
        ("as_is", "予約を受けるシステムは未整備で、電話で受けている。"),
        ("purpose", "公用車にGPSを積むため。"),
    ],
)
def test_a_tool_named_as_the_answer(field: str, sentence: str) -> None:
    kinds = {found.kind for found in lint_sheet(Sheet(**{field: sentence}))}
    assert Kind.TOOL_BEFORE_CHALLENGE in kinds


@pytest.mark.parametrize(
    ("as_is", "field", "sentence"),
    [
        ("除雪車5台で除雪している。", "problem", "除雪車が足りず、昼まで道が開かない。"),
        ("", "to_be", "給水車が、断水から2時間以内に全ての地区に着いている。"),
        ("", "to_be", "システムが止まった日も、証明書を30分以内に渡せている。"),
        ("", "to_be", "介護サービスを待つ人がいない。"),
        ("", "to_be", "JAの集荷場に、朝のうちに野菜がそろっている。"),
        ("", "problem", "相談の機会がない若者が孤立している。"),
        (
            "訪問の記録をタブレットに入れている。",
            "problem",
            "タブレットの欄がなく、備考が読まれない。",
        ),
        ("", "as_is", "会計システムを使っているが、集計は手で行っている。"),
        ("", "purpose", "システムの障害のときも、町民が証明書を受け取れるようにするため。"),
    ],
)
def test_a_tool_that_is_no_answer(as_is: str, field: str, sentence: str) -> None:
    sheet = Sheet(**({"as_is": as_is} | {field: sentence}))
    assert Kind.TOOL_BEFORE_CHALLENGE not in {found.kind for found in lint_sheet(sheet)}


@pytest.mark.parametrize(
    ("purpose", "restated"),
    [
        ("回覧の紙をなくし、電子データで残すため。", True),
        ("押印を廃止するため。", True),
        ("全課の台帳を一か所で管理するため。", True),
        ("申請の受付をオンラインに切り替えるため。", True),
        ("庁内の書式をそろえるため。", True),
        ("職員に端末を持たせるため。", True),
        ("業務のフローを見直すため。", True),
        ("台帳を電子化し、災害のときに早く取り出せるようにするため。", False),
        ("高齢化の進む集落で、買物に困る人を減らすため。", False),
        ("書類を減らして、訪問に使う時間を増やすため。", False),
        ("手続に慣れない人も、届出を終えられるようにするため。", False),
        ("町の文化を次の世代に伝えるため。", False),
    ],
)
def test_a_purpose_that_is_only_a_means(purpose: str, restated: bool) -> None:
    kinds = {found.kind for found in lint_sheet(Sheet(purpose=purpose))}
    assert (Kind.PURPOSE_RESTATES_MEANS in kinds) is restated


@pytest.mark.parametrize("part", scores.parts())
def test_the_aims_on_labelled_sheets(part: str) -> None:
    score = scores.together(scores.score_sheets(part))
    assert score.precision >= 0.80
    assert score.recall >= 0.80
