from __future__ import annotations

import pytest

from registry.text.clarity.lines import lint
from registry.text.clarity.rules import Kind


def phrases(text: str, kind: Kind) -> list[str]:
    return [found.phrase for found in lint(text) if found.kind is kind]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("家屋の異動履歴等を出力できること。", ["家屋の異動履歴等"]),
        ("選挙人名簿等の出力ができること。", ["選挙人名簿等"]),
        ("氏名、住所等で検索できること。", ["住所等"]),
        ("税証明などを発行できること。", ["税証明など"]),
        ("住民票の写し、印鑑登録証明書及び戸籍謄本等の証明書を発行できること。", []),
        ("氏名、住所、生年月日、性別等の基本4情報で検索できること。", []),
        ("地方自治法等の法令に基づく確認欄を印字すること。", []),
        ("電子メール等により通知すること。", []),
        ("住民票の写し等を交付できること。", []),
        ("平等を確認できること。", []),
        ("中等教育の記録を登録できること。", []),
        ("等級を変更できること。", []),
    ],
)
def test_the_list_before_tou_is_judged_in_context(text: str, found: list[str]) -> None:
    assert phrases(text, Kind.VAGUE) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GH情報を検索できること。", ["GH情報"]),
        ("T-LINKの停止時に通知すること。", ["T-LINK"]),
        ("K票を印刷できること。", ["K票"]),
        ("福総の端末で表示すること。", ["福総"]),
        ("3課共有の台帳を更新すること。", ["3課共有"]),
        ("PDF及びCSVをLGWANで送信できること。", []),
        ("ＣＳＶで出力できること。", []),
        ("KSC（県の共同利用センター）から受信できること。", []),
        ("県の共同利用センター（KSC）から受信できること。", []),
        ("備考をA類型として記録すること。", []),
        ("JIS X 0213の文字を表示できること。", []),
    ],
)
def test_abbreviations(text: str, found: list[str]) -> None:
    assert phrases(text, Kind.UNDEFINED_ABBREVIATION) == found


@pytest.mark.parametrize(
    ("text", "conflict"),
    [
        ("保存は必須であり、60日間の保存が望ましい。", True),
        ("記録を残さなければならないが、可能であれば理由を残すこと。", True),
        ("必須項目が空欄のときは登録できないこと。", False),
        ("60日間の保存が望ましい。", False),
        ("必ず記録を残すこと。", False),
    ],
)
def test_duty_beside_wish(text: str, conflict: bool) -> None:
    assert bool(phrases(text, Kind.PRIORITY_CONFLICT)) is conflict


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("帳票の件", True),
        ("予約状況の一覧表示", True),
        ("名寄せは今の仕組みでできますか。", True),
        ("紙でも構わないと思う。", True),
        ("入力が間に合わず困っている。", True),
        ("一覧を表示します。", False),
        ("一覧を表示する。", False),
        ("次の項目を一覧に表示すること：受付番号、氏名。", False),
        ("正しいか否かを判定できること。", False),
        ("使いにくい画面の報告を登録できること。", False),
    ],
)
def test_the_form_of_a_requirement(text: str, odd: bool) -> None:
    assert bool(phrases(text, Kind.SENTENCE_FORM)) is odd


def test_a_noun_gets_the_form_of_a_requirement() -> None:
    (found,) = lint("予約状況の一覧表示")
    assert found.rewrite == "予約状況を一覧表示できること。"
    (found,) = lint("帳票の件")
    assert found.rewrite == "帳票の件を〔登録・表示・印刷など〕できること。"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("事務の適正な執行を図ること。", ["事務の適正な執行を図る"]),
        ("職員の業務改善につなげること。", ["職員の業務改善につなげる"]),
        ("観光客の回遊を促すこと。", ["観光客の回遊を促す"]),
        ("業務の引継ぎが楽になること。", ["業務の引継ぎが楽になる"]),
        ("データの整合性を保つこと。", ["データの整合性を保つ"]),
        ("町民の声を町政に反映すること。", ["町民の声を町政に反映する"]),
        ("地域の担い手を育てること。", ["地域の担い手を育てる"]),
        ("町外への人口流出を抑えること。", ["町外への人口流出を抑える"]),
        ("職員の働き方改革の推進", ["職員の働き方改革の推進"]),
        ("紙の書類をできるだけ減らすこと。", ["紙の書類をできるだけ減らす"]),
        ("職員の異動があっても、業務の品質が落ちないこと。", ["業務の品質が落ちな"]),
        ("データのバックアップ", []),
        ("二重登録の防止", []),
        ("納付につながった催告の件数を集計すること。", []),
        ("入力を促す文を、空の欄の下に表示すること。", []),
        ("変更した住所が、関連する台帳に反映されること。", []),
        ("画面の明るさを高める設定ができること。", []),
        ("残高が減った日を、一覧に表示すること。", []),
        ("収納率を3年間で95%以上に高めること。", []),
        ("内線番号につなげること。", []),
        ("二重登録を防ぐこと。", []),
        ("図を帳票に貼り付けられること。", []),
        ("申請漏れを防ぐため、未処理の件数を画面の上部に表示すること。", []),
        ("購入の登録をしたときに、消耗品の残りの数が減ること。", []),
    ],
)
def test_an_aim_takes_its_noun_along_and_acts_are_left_alone(text: str, found: list[str]) -> None:
    assert phrases(text, Kind.UNTESTABLE) == found


@pytest.mark.parametrize(
    ("text", "untestable"),
    [
        ("高齢者が迷わず操作できること。", True),
        ("職員の負担にならないこと。", True),
        ("パソコンが苦手な人でも操作できること。", True),
        ("新しい技術の導入を検討すること。", True),
        ("突発的な事態に備えること。", True),
        ("制度が変わっても困らないこと。", True),
        ("相談しやすい雰囲気をつくること。", True),
        ("子育て世帯を応援すること。", True),
        ("誰でもサインインせずに空き状況を閲覧できること。", False),
        ("注意事項を申請画面の先頭に表示すること。", False),
        ("検討会議の議事録を、開催日で検索できること。", False),
        ("電話がつながらないときに、別の番号を案内すること。", False),
        ("負担が少ない順に並べ替えられること。", False),
        ("事故がなかった年は、割引率を上げて計算すること。", False),
        ("落ち着いた色の画面配色を選択できること。", False),
        ("相談者に寄り添う支援員の氏名を登録できること。", False),
        ("担当者に確認してもらうための下書きを保存できること。", False),
    ],
)
def test_wishes_are_told_from_what_can_be_tried(text: str, untestable: bool) -> None:
    assert bool(phrases(text, Kind.UNTESTABLE)) is untestable


def test_length_is_counted_by_sentence_and_line() -> None:
    long_sentence = "職員が、" + "住所と" * 45 + "氏名を表示できること。"
    assert phrases(long_sentence, Kind.TOO_LONG)
    two = ("職員が、" + "住所と" * 20 + "氏名を表示できること。") * 2
    assert len(two) < 200
    assert not phrases(two, Kind.TOO_LONG)
    assert phrases(two * 2, Kind.TOO_LONG)
