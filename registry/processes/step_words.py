"""Words of the office that mean the same in the name of a step, a lane or a condition.

Step names are short, so one other verb is half of what they say. Each class is a row of readable
data; the first word stands for all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

VERBS: Final[tuple[tuple[str, ...], ...]] = (
    ("交付", "手渡す", "手渡し", "渡す", "引き渡す", "発行して渡す", "お渡し"),
    ("提出", "差し出す", "出す"),
    ("受付", "受け付ける", "受付ける", "受け取る", "受取る", "受理", "受領", "収受"),
    ("収納", "領収", "徴収", "受け入れる", "集金", "支払いを受ける"),
    ("納付", "支払う", "支払い", "払う", "納める", "支払"),
    ("返却", "返す", "返納", "戻す"),
    ("貸出", "貸し出す", "貸出し", "貸す", "貸与"),
    ("記入", "記載", "書き込む", "書く", "記録", "転記", "記帳"),
    ("登録", "入力", "入れる"),
    ("確認", "確かめる", "調べる", "照合", "点検", "チェック", "見る", "検査"),
    ("審査", "判定", "判断"),
    ("決裁", "決定", "承認", "決める"),
    ("通知", "知らせる", "連絡", "伝える", "お知らせ", "案内"),
    ("問い合わせ", "問い合わせる", "問合せ", "照会", "尋ねる", "聞く"),
    ("申請", "申し込む", "申込み", "申込", "申し込み", "願い出る"),
    ("作成", "作る", "起案", "こしらえる"),
    ("発行", "印刷", "出力", "打ち出す"),
    ("保管", "保存", "綴じる", "つづる", "ファイリング", "編てつ"),
    ("取消", "取り消す", "取消し", "キャンセル"),
    ("変更", "変える", "直す", "修正", "訂正"),
    ("送付", "送る", "発送", "郵送"),
    ("使用", "利用", "使う"),
    ("集計", "まとめる", "とりまとめる", "取りまとめる"),
    ("検索", "探す"),
)  # fmt: skip
NOUNS: Final[tuple[tuple[str, ...], ...]] = (
    ("使用料", "利用料金", "利用料", "料金"),
    ("許可書", "使用許可書", "利用許可書", "許可証", "承認書"),
    ("申請書", "使用申請書", "利用申請書", "申込書", "利用申込書", "使用申込書"),
    ("空き状況", "空き", "空室状況", "予約状況"),
    ("台帳", "予約台帳", "受付簿", "帳簿"),
)
ROLES: Final[Mapping[str, re.Pattern[str]]] = {
    "resident": re.compile(
        r"利用者|申請者|申込者|届出人|請求者|住民|市民|町民|村民|区民|本人|来庁者|団体$|保護者"
    ),
    "system": re.compile(r"システム|RPA|AI|ロボット|サーバ|サイト|アプリ", re.I),
    "decider": re.compile(r"課長|部長|係長|館長|所長|室長|次長|市長|町長|村長|副市長|決裁"),
    "outside": re.compile(
        r"事業者|業者|委託|指定管理|警備|銀行|金融機関|会社|国$|県$|保健所|警察|消防|社協"
    ),
    "office": re.compile(r"窓口|課|係|室$|局|センター|館|担当|職員|支所|出張所|公民館|事務"),
}
"""Who a lane stands for; the first that fits. Towns call the same office by different names."""
_FILLERS: Final = re.compile(
    r"の内容|内容|についての|について|に関する|を行う|を行なう|を実施する|をする|する$|します$|こと$|業務|作業|処理$"
)
_CONDITION_ENDS: Final = re.compile(
    r"(である)?(の)?(場合|とき|時|なら(ば)?|もの)(は)?$|です$|だ$|[。.]$"
)
_NEGATIVE: Final = re.compile(
    r"なし$|無し$|無$|ない$|ません$|不可|否$|否決|いいえ|^no$|^ng$|×|却下|不許可|不承認|未|不足|対象外|以外$|非",
    re.I,
)


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A step's name with every word of a class replaced by the first one, endings left out."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"\s+|[()「」『』。]", "", text)
    for pattern, word in _REPLACED:
        text = pattern.sub(word, text)
    return _FILLERS.sub("", text)


def role(lane: str) -> str:
    """resident, system, decider, outside, office, or "" for a lane that says none of them."""
    return next((name for name, pattern in ROLES.items() if pattern.search(lane)), "")


@lru_cache(maxsize=4096)
def plain_condition(condition: str) -> tuple[str, bool]:
    """(what a condition is about, whether it holds): 「空きがない場合」 → ("空き", False)."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", condition)).lower()
    text = _CONDITION_ENDS.sub("", text)
    holds = _NEGATIVE.search(text) is None
    subject = re.sub(
        r"(が|は|で)?(あり|ある|有り|有|なし|ない|無し|無|可能|不可|可|否|はい|いいえ|yes|no|ok|ng|[○×])$",
        "",
        text,
    )
    return subject, holds


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Longest first; 〜する and the inflections before を行う fall away with the word."""
    stems = sorted(words, key=len, reverse=True)
    return re.compile("|".join(re.escape(word) for word in stems))


_REPLACED: Final = tuple((_pattern(words), words[0]) for words in (*NOUNS, *VERBS))
