"""Questions a requirement line gives one answer to: how it rounds, when it runs, by which way.

Readable data, extended by hand; the guards hold the answers of two lines against one another.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import Final

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
加算|上乗せ|加える|を加え|足す|プラス 減算|差し引|差引|控除|減じ|引き算|マイナス
増額 減額
増やす|増加 減らす|減少
引き上げ 引き下げ
延長 短縮
拡大|大きく 縮小|小さく
繰り上げ|前倒し 繰り下げ|後ろ倒し|先送り
税込 税抜
全員|全ての職員|すべての職員|全職員 一部の職員|代表者|希望者|担当者のみ
全額 半額 一部の額|一部負担
全部|全件|すべて|全て|全体 一部|抜粋|半分|一件ずつ|個別
一括|まとめて|一度に 個別|別々|1件ずつ|一件ずつ|都度
同時に|並行して|並行で|一緒に|と併せて|とあわせて と別に|とは別に|別々に|順番に|交互に|順次|一人ずつ
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
今年度|当年度|本年度 翌年度|次年度|来年度|次の年 前年度|昨年度|前の年
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
自宅|在宅|家から|来庁せず|来館せず|来なくて|行かず|行かなくて|出向かず|運ばず 窓口で|窓口のみ|窓口に来て|役場に行って|役場へ行って|窓口に行って|窓口へ行って|出向いて|来庁して|来館して
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
加入|資格取得|保険に入 脱退|喪失|保険をやめ
入居 退去|退居
収入|歳入|入金 支出|歳出|出金
支給|給付 返還|徴収
購入|買う 売却|売る
発注 受注
貸出|貸し付け 返却
送信|発信 受信
取込|インポート|読み込 出力|エクスポート|書き出
開始|始め|始ま 終了|満了|やめ|終え|終わ
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
    # Put together by their first characters, which spares most places the choice among all words.
    first = "".join(sorted({re.escape(word[0]) for word in places}))
    groups = "|".join(
        f"{re.escape(start)}(?:{'|'.join(re.escape(word[1:]) for word in words)})"
        for start, words in groupby(sorted(longest_first, key=itemgetter(0)), itemgetter(0))
    )
    pattern = re.compile(f"(?=[{first}])(?=({groups}))")
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
