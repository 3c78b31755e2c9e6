"""Words by which two otherwise alike lines say different things; readable data, extended by hand.

`similarity` holds these against a pair before it may call the lines the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

Contrasts = tuple[tuple[re.Pattern[str], re.Pattern[str], str, str], ...]

# (one, other): one line has the first and the next line the second. A denial behind a word turns it
# to the other side (含めない is 除く); see `turned`.
OPPOSITES: Contrasts = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (
            r"(?<!不)許可(?!書|証|番号|申請)|許容|容認|(?<!承)認め|許[すしさ]",
            r"不許可|禁止|禁じ|拒[否絶むみ]|却下|断[るりっ]",
            "許可",
            "禁止",
        ),
        (r"有効(?!期)", r"無効", "有効", "無効"),
        (
            r"でき(?=る|て|、|ます)|可能(?!性)|行える|使える",
            (
                r"無効(?=[とにで]|$)|不能|拒[否絶むみ]|却下|断[るりっ]|はじ[くき]|弾[くき]|エラーと(?=す|し)|(?<=を)(?:停止|中止|休止)(?=する(?:こと|。|$))|遮断|凍結|ロック(?=し|す|さ|を?(?:かけ|掛))|ブロック(?=し|す|さ)|"
                r"(?<![者囲限数間象目])を(?:一切|すべて|全て)?(?:制限|抑止|抑制|規制)(?=し|す|さ)"
            ),
            "可能",
            "無効",
        ),
        (
            r"(?<!非)表示|見え|見せ|見られ",
            r"非表示|隠[すしせさ]|伏せ|マスキング|マスク|秘匿",
            "表示",
            "非表示",
        ),
        (r"(?<!非)公開|公表|開示", r"非公開|非公表|不開示|非開示|部外秘", "公開", "非公開"),
        (
            r"含[むめまん]|算入|対象(?=と(?:も)?[しすさは]|に(?:も)?(?:する|し))",
            r"除[くきい]|除外|対象外|対象から外|省[くい]|算入外",
            "含む",
            "除く",
        ),
        (r"有料|有償|徴収|課金", r"無料|無償|免除|(?<!\d)0円|ただで", "有料", "無料"),
        (
            (
                r"必要(?=[とで。がはも]|$|こと)|必須|必ず|義務|(?<!を)要する|(?<=を)要(?:し|する|さ)|求め(?!に)|"
                r"前提|条件と|なければ|経て|得て(?:から)?|(?<![\d一-鿿])した(?:者|方|人|場合)(?:のみ|だけ|に限)"
            ),
            (
                r"不要|任意(?=[とでに。]|$)|なし(?=[でに])|無しで|抜きで|なく(?:て|と)も|"
                r"省略(?=でき|可|し|す)|未[一-鿿]{1,4}(?:でも|のまま|であっても)|空欄(?:でも|のまま)|"
                r"(?<=[さわかせ経得介待き])ず(?=に|と|、|$|(?:申込|予約|利用|発行|登録))|問わ(?:ず|ない)|要ら|いらない"
            ),
            "必要",
            "不要",
        ),
        (
            r"(?<![\d日月年分間])前に|前払|前納|に先立",
            r"(?<![\d日月年分間])後に|てから|た後|後払|後納",
            "前に",
            "後に",
        ),
        (
            r"以外[^、]{0,6}[もに]|にも|でも|からも|とも(?=でき|可)|誰も|全員|だけでなく|限らず|問わず",
            r"に限[るりっらた]|限定|のみ|だけ(?!で(?:は)?な)|しか",
            "にも",
            "だけ",
        ),
        (r"(?:必須|必ず)", r"不可(?!欠|能)|禁止", "必須", "不可"),
        (
            r"残[すしせさ]|保持|保管|(?:記録|履歴|データ|内容|情報|画像|版)を?保存",
            r"破棄|廃棄|消去|抹消|消[すしえ]|削除",
            "残す",
            "消す",
        ),
        (
            r"継続(?=し|す|で|さ)|続行|続け|再開",
            r"停止|中止|中断|打ち?切|止め(?=る|て|、|ら)",
            "続ける",
            "止める",
        ),
        (r"上書|置き換え|差し?替", r"追記|別の版|新たな版|別に保存|版を分け", "上書き", "追記"),
        (r"付与|与え|持たせ", r"剥奪|取り上げ|外[すし](?!部)|与えない", "与える", "取り上げる"),
        (r"義務|強制|必須", r"任意(?=[とでに。]|$)|希望する|望む者|選択制", "必須", "任意"),
        (r"一致|合致", r"不一致|異な|相違|食い違", "一致", "不一致"),
        (r"(?<!非)課税(?!標準)", r"非課税", "課税", "非課税"),
    )
)

_TURN: Final = re.compile(
    r"(?:と|に|は|も|で|を|の|が|し|さ|せ|め|れ|られ|ら|な|せる|する|る|できる|き|こと|もの|対象|扱い|である|でき|必要){0,5}"
    r"(?:ない(?!か)|(?<!ら)ず(?=に|と|、|$)|ません|なく(?:て|と|す|、|$)|(?<=こと)なく|不可(?!欠)|なし(?=[とで。]|$)|はなく)"
)
"""A denial right behind a word of a pair."""
_NO_DENIAL: Final = re.compile(
    r"な(?:けれ|くて)ば?は?(?:なら|いけ)ない|ねばならない|差し?支えない|(?:構|かま)わない|問題ない|とは限らない|"
    r"[漏も]れなく|だけで(?:は)?なく|のみならず|(?:必|ま)ず|少なく"
)

CONTRASTS: Contrasts = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (r"自動", r"手動|手作業", "自動", "手動"),
        (r"自動", r"職員が", "自動", "職員"),
        (r"事前|前払", r"事後|後払", "事前", "事後"),
        (r"先着", r"抽選", "先着", "抽選"),
        (r"昇順", r"降順", "昇順", "降順"),
        (r"上限|最大", r"下限|最小|最低", "上限", "下限"),
        (r"開始", r"終了|満了|廃止|中止", "開始", "終了"),
        (r"午前", r"午後", "午前", "午後"),
        (r"平日", r"休日|土日|祝日|閉庁日", "平日", "休日"),
        (r"[市町村]内", r"[市町村]外", "域内", "域外"),
        (r"全件|すべて|全て|一括", r"一部|個別|1件ずつ", "全て", "一部"),
        (r"個人", r"団体|法人", "個人", "団体"),
        (r"(?<!再)送信|発信", r"受信", "送信", "受信"),
        (r"入庫|貸出", r"出庫|返却", "貸出", "返却"),
        (r"取込|インポート|読込", r"出力|エクスポート|書出", "取込", "出力"),
        (r"窓口", r"インターネット|web|オンライン", "窓口", "オンライン"),
        (r"縦", r"横", "縦", "横"),
        (r"和暦", r"西暦", "和暦", "西暦"),
        (r"両面", r"片面", "両面", "片面"),
        (r"漢字", r"カナ|かな", "漢字", "カナ"),
    )
)

# Words of one question to which a line gives one answer; each cell lists ways of writing an answer.
# Two lines differ when each answers and no answer is common. Plain words, no patterns.
EXCLUSIVE: Final[tuple[tuple[str, ...], ...]] = tuple(
    tuple(row.split())
    for row in """
四捨五入 切り捨て|切捨|端数を捨て 切り上げ|切上 端数を残|小数のまま
自動 手動|手作業|手入力|職員の操作
新規|新たな|初めての 既存|既に登録|登録済|従来の
昇順|古い順|早い順|小さい順|少ない順|低い順|安い順 降順|新しい順|遅い順|大きい順|多い順|高い順
五十音順|あいうえお順 番号順|コード順 日付順|受付順
加算|上乗せ|加える|足す|プラス 減算|差し引|差引|控除|減じ|引き算|マイナス
増額 減額
増やす|増加 減らす|減少
引き上げ 引き下げ
延長 短縮
拡大 縮小
繰り上げ|前倒し 繰り下げ|後ろ倒し|先送り
税込 税抜
全員|全ての職員|すべての職員|全職員 一部の職員|代表者|希望者|担当者のみ
全額 半額 一部の額|一部負担
全部|全件|すべて|全て|全体 一部|抜粋|半分|一件ずつ|個別
一括|まとめて|一度に 個別|別々|1件ずつ|一件ずつ|都度
同時に|並行して|並行で 別々に|順番に|交互に|順次|一人ずつ
片方|一方のみ|いずれか一方|どちらか 両方|双方|いずれも|どちらも
片道 往復
一方向 双方向
単独|単一|一つの|1つの|一つだけ|1つだけ 複数|2つ以上|二つ以上
両面 片面
カラー モノクロ|白黒
即時|リアルタイム|直ちに|その場で|即座 夜間|バッチ|定時に|翌朝|まとめて|後日
常時|常に 一時的|臨時に
恒久 一時的
定期|毎回決ま 随時|不定期|都度
平時|通常時 災害時|緊急時|非常時
昼間|日中 夜間|深夜
早朝 深夜|夕方
午前 午後
上旬 中旬 下旬
月初 月中 月末
年初 年末
年度初|年度当初 年度末
週初|週明 週末
暦年 年度
年度単位|年度ごと|年度別 年単位|年ごと|年別|年次 月単位|月ごと|月別|月次 週単位|週ごと|週別|週次 日単位|日ごと|日別|日次
世帯ごと|世帯単位|世帯別 個人ごと|個人単位|個人別|一人ごと
暦日 営業日|開庁日
満年齢 数え年
和暦|元号 西暦
平日 休日|土日|祝日|閉庁日|週末
開庁時間|業務時間内|執務時間 24時間|いつでも|時間外|閉庁時間
営業時間内|開館時間内 営業時間外|開館時間外|閉館後
当日 翌日|翌営業日|前日
当月 翌月|前月
今年度|当年度 翌年度|次年度|来年度 前年度|昨年度
直近|最近|最新 過去|全期間|以前の
将来|今後|今後の 過去|これまで
最初|先頭|冒頭|一番上 最後|末尾|最終|一番下
初回|1回目|一回目 2回目以降|二回目以降|次回
上位 下位
左側|左端|左に|左上|左下 右側|右端|右に|右上|右下
縦書き|縦向き|縦型 横書き|横向き|横型
内部|庁内|部内 外部|庁外|部外
町内|村内|市内|区域内|管内|域内 町外|村外|市外|区域外|管外|域外
国内 国外|海外
屋内|室内 屋外|戸外
本庁 支所|出張所
現地|訪問 来庁|来所|窓口
対面|窓口 オンライン|インターネット|電話|web
紙|書面 電子|データで|pdf
郵送 メール|電子申請 窓口
電話 メール|書面|文書
現金 口座振替|口座引落 カード|キャッシュレス|電子マネー
口座振替 納付書
前払|前納|先払|事前に支払 後払|後納|事後に支払
先着 抽選|くじ
公募|入札 随意|指名
本人のみ|本人だけ|本人に限 代理人|家族も|代理でも
暗号化 平文|暗号化せず
原本 写し|コピー|複写
実名|記名 匿名|無記名
公用 私用
正規|常勤 非常勤|会計年度任用
大人|成人 子ども|子供|小児|未成年
男性 女性
妊娠中|産前 産後|出産後
出生 死亡
転入 転出
入所|入園|入会 退所|退園|退会
入居 退去|退居
収入|歳入|入金 支出|歳出|出金
支給|給付 返還|徴収
購入|買う 売却|売る
発注 受注
貸出|貸し付け 返却
送信|発信 受信
取込|インポート|読み込 出力|エクスポート|書き出
開始 終了|満了
開館|開園|開場 休館|休園|閉館
開放 閉鎖
解錠|開錠 施錠
ログイン ログアウト
成功|正常 失敗|異常|エラー
合格 不合格
採用 不採用
当選 落選
参加 不参加
在庫あり 在庫切|在庫なし
承認 却下|差戻
有り|あり 無し|なし
優先|先に 後回し|劣後
厳格|完全一致 曖昧|あいまい|部分一致|前方一致
完全一致 部分一致 前方一致 後方一致
かつ条件|すべてに一致|全てに一致|and検索 いずれかに一致|or検索
以上 以下 未満
上限|最大|最高|最長|多くとも 下限|最小|最低|最短|少なくとも
最大値 最小値 平均|平均値 合計|合計値
合計|累計 平均
件数 金額
二重|二段階|2段階|二要素 三重|三段階|3段階
倍|2倍 半分|半額|半減
無制限|制限なく|何回でも|何度でも|何件でも 1回限り|一回限り|一度だけ|1回だけ|回数を制限|上限
無期限|永久|永年 期限付き|期限を設け|一定期間
固定|一律 変動|可変|団体ごとに異な|個別に設定
必ず|常に 必要に応じ|場合によ|希望に応じ
初期値はオン|既定で有効|初めから選択 初期値はオフ|既定で無効|選択されていない
小学生|小学校 中学生|中学校 高校生|高等学校 大学生
整数 小数
小文字 大文字
全角 半角
漢字 カナ|かな|ふりがな ローマ字
テキスト 画像
要約|概要 詳細|全文
""".strip().splitlines()
)


def _literals() -> tuple[re.Pattern[str], dict[str, tuple[tuple[int, int], ...]]]:
    places: dict[str, list[tuple[int, int]]] = {}
    for group, row in enumerate(EXCLUSIVE):
        for answer, cell in enumerate(row):
            for word in cell.split("|"):
                places.setdefault(word, []).append((group, 1 << answer))
    longest_first = sorted(places, key=lambda word: (-len(word), word))
    # The set of first characters spares most places the choice among all the words.
    first = "".join(sorted({re.escape(word[0]) for word in places}))
    pattern = re.compile(f"(?=[{first}])(?=({'|'.join(map(re.escape, longest_first))}))")
    return pattern, {word: tuple(found) for word, found in places.items()}


_LITERAL, _PLACES = _literals()


def answers(key: str) -> dict[int, int]:
    """Number of a row of `EXCLUSIVE` → bits of the answers a line gives to it."""
    found: dict[int, int] = {}
    for match in _LITERAL.finditer(key):
        for group, bit in _PLACES[match[1]]:
            found[group] = found.get(group, 0) | bit
    return found


def answered_otherwise(one: dict[int, int], other: dict[int, int]) -> tuple[str, ...]:
    """The rows two lines answer differently, as first → second."""
    return tuple(
        f"{_shown(group, one[group])}→{_shown(group, other[group])}"
        for group in sorted(one.keys() & other.keys())
        if not one[group] & other[group]
    )


def _shown(group: int, bits: int) -> str:
    row = EXCLUSIVE[group]
    return "・".join(
        cell.partition("|")[0] for answer, cell in enumerate(row) if bits >> answer & 1
    )


_PHASE: Final = re.compile(r"(?=([一-鿿ァ-ヺ]{2})([前後中内外])(?![一-鿿]))")
_PHASES: Final = frozenset(map(frozenset, ("前後", "前中", "中後", "内外")))


def phases(key: str) -> frozenset[tuple[str, str]]:
    """Words with the side they are taken from: (期間, 内), (締切, 後)."""
    return frozenset(found.groups() for found in _PHASE.finditer(key))  # type: ignore[misc]


def other_phase(
    one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """Words only the sides of which differ in two lines, as first → second."""
    return tuple(
        f"{word}{side}→{word}{there}"
        for word, side in sorted(one - other)
        for same, there in sorted(other - one)
        if same == word and frozenset((side, there)) in _PHASES
    )


_ACTOR_CLASSES: Final = (
    r"利用者|住民|市民|町民|村民|区民|申請者|予約者|申込者|利用団体|保護者",
    r"職員|管理者|担当者|担当課|所管課|窓口|係員|施設管理者|事務局",
    r"システム|自動",
    r"受託者|事業者|ベンダー?|業者",
)
ACTOR: Final = re.compile(
    "|".join(f"(?P<a{number}>{words})" for number, words in enumerate(_ACTOR_CLASSES)).join(
        ("(?:", r")(?:自身|自ら|側)?(?:が(?!でき)|は|自ら|自身で|において)")
    )
)


# Characters by which two words of one build are each other's contrary: 奇数月, 偶数月.
_CONTRARY: Final = frozenset(
    frozenset(pair)
    for pair in [
        "上下",
        "左右",
        "前後",
        "内外",
        "奇偶",
        "男女",
        "新旧",
        "大小",
        "高低",
        "増減",
        "入出",
        "開閉",
        "始終",
        "有無",
        "公私",
        "昼夜",
        "朝夕",
        "東西",
        "南北",
        "多少",
        "長短",
        "早遅",
        "加減",
        "発着",
        "往復",
        "貸借",
        "売買",
        "収支",
        "受送",
        "縦横",
        "父母",
        "主副",
        "正副",
        "甲乙",
        "明暗",
        "昇降",
        "強弱",
        "軽重",
        "先後",
        "親子",
        "夏冬",
        "春秋",
        "当落",
    ]
)


_PARTNERS: Final = {
    char: tuple(sorted(other for pair in _CONTRARY if char in pair for other in pair - {char}))
    for char in sorted(frozenset().union(*_CONTRARY))
}


def contraries(words: Iterable[str]) -> dict[str, str]:
    """Words that would be contrary to one of these (上半期 to 下半期), each with the word it is of."""
    return {
        word[:at] + partner + word[at + 1 :]: word
        for word in sorted(words)
        for at, char in enumerate(word)
        if char in _PARTNERS
        for partner in _PARTNERS[char]
    }


def sides(pairs: Contrasts, key: str) -> tuple[int, int]:
    """Bits of the pairs of which a line has only the first word, and only the second."""
    left = right = 0
    for at, (one, other, _, _) in enumerate(pairs):
        has_one, has_other = one.search(key), other.search(key)
        if has_one:
            if not has_other:
                left |= 1 << at
        elif has_other:
            right |= 1 << at
    return left, right


def turned(pairs: Contrasts, key: str) -> tuple[int, int]:
    """`sides`, where a denied word counts for the other side (含めない: 除く)."""
    plain = _NO_DENIAL.sub(lambda found: "〓" * len(found[0]), key)
    left = right = 0
    for at, (one, other, _, _) in enumerate(pairs):
        first = second = False
        for found in one.finditer(key):
            denied = _TURN.match(plain, found.end()) is not None
            first, second = first or not denied, second or denied
        for found in other.finditer(key):
            denied = _TURN.match(plain, found.end()) is not None
            first, second = first or denied, second or not denied
        if first and not second:
            left |= 1 << at
        elif second and not first:
            right |= 1 << at
    return left, right


def contrasted(pairs: Contrasts, one: tuple[int, int], other: tuple[int, int]) -> tuple[str, ...]:
    """What two lines say contrary to one another, first → second, from their `sides`."""
    forward, backward = one[0] & other[1], one[1] & other[0]
    if not forward | backward:
        return ()
    return tuple(
        ahead if forward >> at & 1 else back
        for at, (_, _, ahead, back) in enumerate(pairs)
        if (forward | backward) >> at & 1
    )
