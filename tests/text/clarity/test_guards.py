from __future__ import annotations

import pytest

from registry.text.clarity.lines import lint


def kinds(text: str) -> set[str]:
    return {found.rule for found in lint(text)}


@pytest.mark.parametrize(
    ("guard", "innocent", "found", "rule"),
    [
        (
            "name",
            "柔軟性測定の結果を登録できること。",
            "帳票を柔軟に変更できること。",
            "vague.flexible",
        ),
        (
            "measured",
            "できる限り早い時期、遅くとも9月30日までに引き渡すこと。",
            "できる限り早い時期に引き渡すこと。",
            "vague.speed",
        ),
        (
            "timed",
            "結果を迅速に（3秒以内に）表示すること。",
            "結果を迅速に表示すること。",
            "vague.speed",
        ),
        (
            "defined",
            "十分な空き（残り10枠以上をいう。）を表示すること。",
            "毎月5日までに十分な内容の報告書を提出すること。",
            "vague.degree",
        ),
        (
            "inside",
            "記入漏れがないか確認し、漏れのある欄を赤く表示できること。",
            "記入漏れがないようにすること。",
            "untestable.absence",
        ),
        (
            "purpose",
            "迅速に発行できるように、申請書の様式を印刷できること。",
            "迅速に発行できるようにすること。",
            "vague.speed",
        ),
        (
            "condition",
            "滞納が3か月続いた場合に、必要に応じて催告書を印刷できること。",
            "必要に応じて催告書を印刷できること。",
            "vague.need",
        ),
        (
            "stated_need",
            "審査に必要な書類を一覧で表示できること。",
            "必要な帳票を印刷できること。",
            "vague.need",
        ),
        (
            "listed",
            "各種証明書（住民票の写し、所得証明書）を集計すること。",
            "各種証明書を集計すること。",
            "vague.various",
        ),
        (
            "quantity_after",
            "一定額（10万円）以上の伝票を表示すること。",
            "一定額以上の伝票を表示すること。",
            "missing_condition.period",
        ),
        (
            "quantity_before",
            "納期限の10日前に通知すること。",
            "納期限の前に通知すること。",
            "missing_condition.when",
        ),
        (
            "scheduled",
            "毎月1日に、定期的に集計すること。",
            "定期的に集計すること。",
            "missing_condition.when",
        ),
        (
            "chosen",
            "職員が設定した一定の期間を過ぎた記録を削除すること。",
            "一定の期間を過ぎた記録を削除すること。",
            "missing_condition.period",
        ),
        (
            "named_actor",
            "税務課の係長の権限を持つ職員のみが閲覧できること。",
            "権限を持つ職員のみが閲覧できること。",
            "missing_condition.who",
        ),
        (
            "purpose",
            "負担を軽減するため、住所を自動で印字すること。",
            "職員の負担を軽減すること。",
            "untestable.burden",
        ),
        (
            "measured_result",
            "窓口の待ち時間を10分以内に短縮すること。",
            "窓口の待ち時間を短縮すること。",
            "untestable.burden",
        ),
        (
            "exchange_format",
            "課税明細書をExcel形式で出力できること。",
            "課税明細書をExcelのマクロで出力できること。",
            "solution_named.maker",
        ),
        (
            "subject_matter",
            "センサーを設置した場所を地図に表示できること。",
            "センサーを設置して水位を測ること。",
            "solution_named.means",
        ),
        (
            "identified",
            "別紙3「帳票一覧」のとおり印刷できること。",
            "別紙のとおり印刷できること。",
            "dangling_reference.paper",
        ),
        (
            "antecedent",
            "転出の申請書を受け付けること。前述の申請書を印刷できること。",
            "前述の申請書を印刷できること。",
            "dangling_reference.paper",
        ),
        (
            "fact",
            "燃えやすいごみの収集日を表示できること。",
            "使いやすい画面であること。",
            "vague.usability",
        ),
    ],
)
def test_a_guard_lets_one_stand_and_not_the_other(
    guard: str, innocent: str, found: str, rule: str
) -> None:
    assert rule not in kinds(innocent), guard
    assert rule in kinds(found), guard
