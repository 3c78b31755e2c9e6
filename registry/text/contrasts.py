"""Words by which two otherwise alike lines say different things; readable data, extended by hand.

`similarity` holds these against a pair before it may call the lines the same.
"""

from __future__ import annotations

import re
from typing import Final

# (one, other): one line has the first and the next line the second.
OPPOSITES: Final = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (r"許可|許容|認める", r"禁止|拒否", "許可", "禁止"),
        (r"有効", r"無効", "有効", "無効"),
        (r"(?<!非)表示", r"非表示|(?<!非)表示(?:さ|し)ない", "表示", "非表示"),
        (r"(?<!非)公開", r"非公開", "公開", "非公開"),
        (r"含[むめま]", r"除[くきい]|除外", "含む", "除く"),
        (r"有料", r"無料", "有料", "無料"),
        (r"必要|要する", r"不要", "必要", "不要"),
        (r"(?:必須|必ず)", r"不可(?!欠|能)|禁止", "必須", "不可"),
    )
)

CONTRASTS: Final = tuple(
    (re.compile(one), re.compile(other), f"{shown_one}→{shown_other}", f"{shown_other}→{shown_one}")
    for one, other, shown_one, shown_other in (
        (r"自動", r"手動|手作業", "自動", "手動"),
        (r"自動", r"職員が", "自動", "職員"),
        (r"事前|前払", r"事後|後払", "事前", "事後"),
        (r"先着", r"抽選", "先着", "抽選"),
        (r"昇順", r"降順", "昇順", "降順"),
        (r"上限|最大", r"下限|最小|最低", "上限", "下限"),
        (r"開始", r"終了|満了", "開始", "終了"),
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
    )
)

# What a line asks to be done with its object. Words of one class are used for one another.
_ACTION_CLASSES: Final = (
    ("登録", "入力", "記録", "追加", "作成", "設定", "登録管理"),
    ("表示", "閲覧", "確認", "参照", "照会", "把握", "見"),
    ("出力", "印刷", "発行", "帳票出力", "印字", "エクスポート", "ダウンロード", "書出", "抽出"),
    ("検索", "絞込", "探"),
    ("変更", "修正", "更新", "編集", "訂正"),
    ("取消", "解除", "撤回"),
    ("削除", "廃棄", "消去", "破棄", "抹消"),
    ("通知", "送信", "連絡", "知", "送付", "配信", "周知", "案内"),
    ("申込", "申請", "予約", "応募", "仮予約", "届出"),
    ("集計", "統計", "分析"),
    ("承認", "審査", "許可", "決裁", "認"),
    ("取込", "読込", "インポート"),
    ("支払", "納付", "決済", "収納", "徴収", "払"),
    ("還付", "払戻", "返金"),
    ("計算", "算出", "算定"),
    ("管理", "保持", "保存", "保管", "蓄積"),
    ("連携", "接続", "連動"),
    ("抽選",),
    ("制限", "制御", "抑止"),
    ("認証", "ログイン", "本人確認"),
    ("複写", "コピー", "流用", "複製"),
    ("貸出",),
    ("返却",),
    ("開錠", "解錠"),
    ("施錠",),
    ("減免", "割引", "免除"),
    ("並替", "ソート"),
)
ACTIONS: Final = {word: number for number, words in enumerate(_ACTION_CLASSES) for word in words}

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
