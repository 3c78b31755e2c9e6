"""Circumstances in which a tempting word is innocent.

Each guard looks at a match in its line and answers whether nothing should be found there. The
rules name them under `unless`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from registry.text.clarity.anatomy import FILLER, Line

Guard = Callable[[Line, int, int], bool]

_UNIT: Final = (
    r"(?:秒|分|時間|時|日|週|[かヶヵカケ箇]月|月|年|件|人|名|回|%|％|割|文字|字|桁|円|枚|台|個|冊|ポイント|"
    r"pt|px|dpi|[kKＫmMＭgGＧtTＴ][bB]|メートル|キロ|センチ|ミリ|℃|度|倍|クリック|画面|項目|種類|段階|枠|ページ|"
    r"世代|戸|世帯|団体|営業日|開庁日|開館日|平方|m|ヘクタール)"
)
_NUMBER: Final = rf"[0-9０-９一二三四五六七八九十百千]+(?:[,，.．][0-9０-９]+)*[千万億]?{_UNIT}"
_AMOUNT: Final = re.compile(_NUMBER)
_LIMIT: Final = re.compile(
    rf"{_NUMBER}(?:間|前|後|目)?(?:以内|以下|以上|未満|まで|を超え|ごと|毎|前|後|おき|につき|から)|午[前後][0-9０-９]|"
    r"遅くとも|その日のうち|当日|翌(?:日|開庁日|営業日|月|朝)|即日|同日|年度(?:内|末)|月(?:内|末)|99[.．]?"
)
_TIME: Final = re.compile(
    r"[0-9０-９一二三四五六七八九十]+(?:[.．][0-9０-９]+)?(?:秒|分|時間|日|週間?|[かヶヵカケ箇]月|営業日|開庁日)(?:間)?"
    r"(?:以内|以下|未満|まで|後)|遅くとも|当日中|即日|(?:翌|同|当)(?:日|開庁日|営業日)(?:まで|中|の)|その日のうち"
)
_CONDITION: Final = re.compile(
    r"(?:場合|とき|際|時点?|ときに限|たび|都度|後)(?:に|は|には|、|で|のみ|だけ|に限)|(?:たら|れば|ければ)、|ときは|場合は"
)
_NEED_CONDITION: Final = re.compile(
    r"(?<!必要な)(?<!必要がある)(?<!必要の)(?<!求めがある)(?:場合|とき|際)(?:に|は|には|、|のみ|だけ|に限|で)|(?<!あ)(?:たら|れば|ると)、"
)
_LISTED: Final = re.compile(r"[、・,，]|及び|又は|または|および|と|「")
_DEFINED: Final = re.compile(
    r"をいう|をさす|を指す|とは|とする|に限|のこと|すなわち|具体的|例[:：えは]|[0-9０-９一二三四五六七八九十]+[^0-9]|のうち|以上|以下|以内|[、・]|等$"
)
_PURPOSE: Final = re.compile(
    r"(?:ため|目的で|よう|べく|観点から|見地から|趣旨から)(?:に|にも)?[\u3000\s]*$"
)
_NEXT_NOUN: Final = re.compile(r"[一-龥々ァ-ヺ]")


def _name(line: Line, start: int, end: int) -> bool:
    """Part of a title in quotation marks, or of a longer proper name (柔軟性測定)."""
    found = line.text[start:end]
    after = line.open[end : end + 1]
    if FILLER in line.open[start:end] and FILLER not in found:
        return True
    if found[-1:] in "性化" and _NEXT_NOUN.match(after):
        return True
    # 不十分な, 非効率的な say something else than the word they hold.
    return line.open[max(0, start - 1) : start] in _TURNED and start > 0


_TURNED: Final = frozenset("不非未無")


def _measured(line: Line, start: int, end: int) -> bool:
    """A number says how much: in the note behind, after a purpose, or as 遅くとも ….

    Numbers elsewhere in the sentence measure something else (毎月5日までに十分な内容の報告).
    """
    if _AMOUNT.search(line.note_after(end)):
        return True
    sentence = line.sentence_at(start)
    segment = line.segment_at(start)
    rest = line.open[end : sentence.end]
    if "遅くとも" in rest and _LIMIT.search(rest):
        return True
    if _PURPOSE.search(line.bare[segment[0] : segment[1]]):
        return bool(_AMOUNT.search(line.open[segment[1] : sentence.end]))
    return bool(re.match(r"(?:よう|ように)?[:：(（]", rest) and _AMOUNT.search(rest))


def _timed(line: Line, start: int, end: int) -> bool:
    """A limit of time stands in the same sentence."""
    sentence = line.sentence_at(start)
    first = max((s for s, e in sentence.segments if s <= start), default=sentence.start)
    last = min((e for s, e in sentence.segments if e >= end), default=sentence.end)
    near = line.text[first:last]
    return bool(
        _TIME.search(near)
        or _TIME.search(line.note_after(end))
        or (_TIME.match(line.text[last + 1 : sentence.end].lstrip()) is not None)
    )


def _defined(line: Line, start: int, end: int) -> bool:
    """The note right behind says what is meant."""
    note = line.note_after(end)
    return bool(note and _DEFINED.search(note))


_TO_FILL: Final = re.compile("〔[^〔〕]*〕")


def _listed(line: Line, start: int, end: int) -> bool:
    """What is meant is listed: in the note behind, behind a colon, or before (A、B及びC等の各種…)."""
    note = line.note_after(end)
    if note and _LISTED.search(note):
        return True
    rest = _TO_FILL.sub("", line.open[end:])
    colon = re.search(r"[:：]", rest)
    if colon and _LISTED.search(rest[colon.end() :]):
        return True
    if "\n" in rest or re.search(r"[①-⑳]", rest):
        return True
    before = line.open[:start]
    if re.search(r"(?:次の|以下の|下記の|次に掲げる|以下に掲げる)$", before) and len(rest) > 20:
        return True
    listed = before[-40:]
    return bool(
        re.search(r"(?:など|等|といった|その他|ほか|のような|から成る|からなる)の?$", listed)
        and re.search(r"[、・]|及び|又は|や|と", listed)
    )


def _class(line: Line, start: int, end: int) -> bool:
    """A named class (各種学校, 一般的な意味) or words standing for a fixed thing."""
    return bool(re.match(r"各種(?:の)?(?:学校|団体$)", line.open[start:end]))


def _condition(line: Line, start: int, end: int) -> bool:
    """The line says when: a condition stands in the same sentence."""
    sentence = line.sentence_at(start)
    rest = line.text[sentence.start : start] + "、" + line.text[end : sentence.end]
    if (
        line.text[start:end].startswith(("必要な", "必要の", "必要と"))
        and "必要に応" not in (line.text[start:end])
    ):
        return bool(
            re.search(r"、", rest) and _NEED_CONDITION.search(line.text[sentence.start : start])
        )
    return bool(_NEED_CONDITION.search(rest) or re.search(r"に限る", line.note_after(end)))


def _stated_need(line: Line, start: int, end: int) -> bool:
    """必要な… where the need is stated: 計算に必要な, 申請に必要な書類, 必要な項目を選択."""
    found = line.text[start:end]
    if not found.startswith("必要な"):
        return False
    before = line.open[max(0, start - 12) : start]
    after = line.open[end : end + 14]
    return bool(
        re.search(r"(?:に|のに|で|上|が)$", before)
        or re.search(r"(?:を|に)?(?:選択|選べ|選ん|選び|指定|設定)", after)
        or re.match(r"必要な(?:い|く|ら|時|場合|もの(?:は|に限))", found)
    )


def _quantity_after(line: Line, start: int, end: int) -> bool:
    """A number follows at once: 一定額（10万円）以上, 上限（5件）, 高額な（100万円以上の）."""
    return bool(_AMOUNT.match(line.open[end : end + 12].lstrip("の（( ")))


def _quantity_before(line: Line, start: int, end: int) -> bool:
    """The number is in or right before or behind the phrase: 30日前, 更新日の30日前, 期限前（7日前）."""
    segment = line.segment_at(start)
    after = line.text[end : min(segment[1], end + 12)]
    before = line.text[max(segment[0], start - 8) : start]
    return bool(
        _AMOUNT.search(line.text[start:end]) or _AMOUNT.match(after) or _LIMIT.search(before)
    )


_SCHEDULE: Final = re.compile(
    r"毎(?:日|週|月|年|朝|晩|時|年度|開庁日|営業日)|[年月週日]に?[0-9０-９一二三四五六七八九十]+回|[年月週日][0-9０-９一二三四五六七八九十]+回|"
    r"[0-9０-９一二三四五六七八九十]+(?:分|時間|日|週間?|[かヶヵカケ箇]月|年)(?:に|ごと|毎|おき|間隔|単位)|四半期|半年|隔[週月日]|日次|週次|月次|年次|ごとに|曜日"
)


def _scheduled(line: Line, start: int, end: int) -> bool:
    """The sentence says how often."""
    sentence = line.sentence_at(start)
    rest = line.text[sentence.start : start] + "、" + line.text[end : sentence.end]
    return "定期" in line.text[start:end] and bool(_SCHEDULE.search(rest))


def _scheduled_period(line: Line, start: int, end: int) -> bool:
    """長期間, 数… that belong to a named measure or stand beside the number."""
    after = line.text[end : end + 10]
    return bool(re.match(r"[（(]?[0-9０-９]", after))


def _chosen(line: Line, start: int, end: int) -> bool:
    """The user sets it: 職員が設定した一定の期間, 一定期間を画面から設定できる."""
    sentence = line.sentence_at(start)
    before = line.open[max(sentence.start, start - 16) : start]
    after = line.open[end : min(sentence.end, end + 22)]
    return bool(
        re.search(
            r"(?:指定|設定|選択|登録|入力)(?:した|された|する|できる|可能な)(?:[一-龥の]{0,6})$",
            before,
        )
        or re.search(
            r"(?:規定|条例|規則|要綱|法|規程)(?:で|に|により)?(?:定める|定められた|規定する)(?:[一-龥の]{0,6})$",
            before,
        )
        or re.match(
            r"(?:[^、。]{0,8})(?:を|は|の)(?:[^、。]{0,10})(?:指定|設定|変更|選択)(?:し|で|する|可)",
            after,
        )
    )


def _named_actor(line: Line, start: int, end: int) -> bool:
    """Who it is stands before: 税務課の…権限を持つ職員, 課長又は係長の権限のある者."""
    segment = line.segment_at(start)
    before = line.open[max(0, start - 24) : start]
    return bool(
        re.search(
            r"[一-龥]{1,8}(?:課|係|室|部|局|署|長|士|師|委員|主任|係員|管理者|責任者)(?:の|で|が|に|と|及び|又は|、)?(?:[^、。]{0,10})$",
            before,
        )
        or _LIMIT.search(line.text[segment[0] : start])
        or _AMOUNT.search(line.note_after(end))
    )


def _reference_inside(line: Line, start: int, end: int) -> bool:
    """次の条件を満たす者 with the conditions in the line."""
    before = line.open[:start]
    if re.search(r"(?:上記|前述|前記|別紙|別表|別途定める|次|以下)の$", before):
        # What they refer to is asked for, if at all, by the rules on references.
        return not before.endswith(("次の", "以下の")) or len(line.text) - end > 20
    return False


def _purpose(line: Line, start: int, end: int) -> bool:
    """Only the purpose of an act that is named: 負担を軽減するため、自動で印字する."""
    sentence = line.sentence_at(start)
    segment = line.segment_at(start)
    bare = line.bare
    if _PURPOSE.search(bare[end : segment[1]] or bare[segment[0] : segment[1]]):
        return bool(re.search(r"[をがにで]", bare[segment[1] : sentence.end]))
    inner = re.match(
        r"[^、。]{0,8}?(?:ため|よう(?!に(?:な[るり]|する|し)))(?:に)?(?=.{6,})",
        bare[end : sentence.end],
    )
    return bool(inner)


def _modifier(line: Line, start: int, end: int) -> bool:
    """The words describe a noun, as in 効率化の取組の一覧, 負担軽減計画, 軽減した金額を表示."""
    after = line.bare[end : end + 10]
    if re.match(
        r"(?:の|した|する|された|される|に関する|のための|に係る|についての|に向けた|に資する)(?:[一-龥]{1,8}|取組|取り組み)(?:を|の|に|が|は|で|と)",
        after,
    ):
        return not re.match(
            r"(?:する|した|に資する)(?:こと|もの|仕組|仕様|機能|サービス|画面|構成|設計|システム|環境|体制)",
            after,
        )
    found = line.text[start:end]
    return bool(
        found[-1:] not in "こるたしせすてきめげ、"
        and re.match(r"[一-龥]", after)
        and not re.match(r"(?:図|可能|実現|推進|促進|支援|効果|等)", after)
    )


_CLOSES: Final = re.compile(
    r"[ぁ-ん]{0,12}(?:[一-龥ァ-ヺー]{1,12}(?:と|で|に|を|が)(?:する|ある|なる|なって|し|構築|提供|実現|行|目指|備え|でき)"
    r"[ぁ-ん]{0,8})?(?:こと|もの)?[ぁ-ん]{0,8}[。．\u3000\s]*$|[ぁ-ん]{0,6}、"
)
_GOES_ON: Final = re.compile(
    r"[ぁ-ん]{0,6}(?:れば|たら|なら|ので|から|ても|でも|のに|とき|けれど|が|と|より)、|[ぁ-ん]{0,4}か(?:どうか|否か)?[をが、一-龥]"
)


def _inside(line: Line, start: int, end: int) -> bool:
    """Not what the statement asks for, but a part of it: 漏れがないか確認, 混乱が生じた件数."""
    rest = line.bare[end : line.sentence_at(start).end]
    return _GOES_ON.match(rest) is not None or _CLOSES.match(rest) is None


def _measured_result(line: Line, start: int, end: int) -> bool:
    """The hoped-for result is given in numbers: 待ち時間を10分以内に短縮."""
    segment = line.segment_at(start)
    return bool(
        _AMOUNT.search(line.open[segment[0] : segment[1]])
        and (
            _LIMIT.search(line.open[segment[0] : segment[1]])
            or re.search(r"[%％割倍]", line.open[segment[0] : segment[1]])
        )
    )


def _exchange_format(line: Line, start: int, end: int) -> bool:
    """A format of exchange, or the name of what is managed: Excel形式で出力, Word形式, Excelファイル."""
    after = line.open[end : end + 10]
    found = line.text[start:end]
    if re.match(r"\s*(?:形式|ファイル|データ|フォーマット|文書|の?形式|版|互換)", after):
        return True
    if re.fullmatch(r"(?i)(?:excel|エクセル|word|ワード|表計算ソフト)(?:で|を.*|上で|に.*)", found):
        return bool(
            re.match(
                r"(?:出力|読み込|取り込|取込|開|編集|加工|集計できる形|保存|書き出|ダウンロード|添付)",
                after,
            )
        ) or ("を" in found and not re.search(r"用い|使|利用|活用", found))
    return False


def _subject_matter(line: Line, start: int, end: int) -> bool:
    """The thing itself is what the record is about: センサーの設置場所を登録, 端末を配布した児童."""
    after = line.bare[end : end + 14]
    found = line.text[start:end]
    return bool(
        re.search(r"した$|された$", line.text[start : end + 1])
        or re.match(
            r"(?:た|ている|された|した|する|してある)(?:[一-龥]{1,8})(?:を|の|に|が|は|ごと|別)",
            after,
        )
        or re.match(
            r"(?:場所|位置|数|日|年度|台数|状況|履歴|記録|図|者|先|業者|費|台帳|届|申請|許可|依頼|計画)",
            after,
        )
        or (
            found.endswith(("する", "すること"))
            and re.match(r"(?:場合|とき|際|者|施設|団体|前|場所)", after)
        )
    )


def _identified(line: Line, start: int, end: int) -> bool:
    """The reference names its target by number or title: 別紙3「帳票一覧」, 別表第二."""
    around = line.text[start : end + 4]
    after = line.text[end : end + 12].lstrip()
    if re.match(
        r"(?:別紙|別添|別表|別記|別図|別冊)\s*(?:第|[-－]|様式)?[0-9０-９一二三四五六七八九十A-ZＡ-Ｚ①-⑳]",
        around,
    ):
        return True
    if re.match(r"(?:の|、)?[「『]", after):
        return True
    before = line.text[max(0, start - 2) : start]
    return before.endswith(("」", "』")) or bool(
        re.search(r"[0-9０-９一二三四五六七八九十]$", line.text[:start])
        and re.match(r"(?:要領|要綱|規程|仕様書|内規)", line.text[start:end])
    )


def _reference_defined(line: Line, start: int, end: int) -> bool:
    """内規, マニュアル… with their name in front: 財務会計事務取扱要領のとおり, 会津町公印規程により."""
    found = line.open[start:end]
    before = line.open[max(0, start - 1) : start]
    if re.match(
        r"(?:内規|要領|要綱|規程|マニュアル|手引|仕様書|設計書|手順書|基準書|ガイドライン|資料|通知|通達)",
        found,
    ):
        return bool(re.match(r"[一-龥々ァ-ヺA-Za-z\u3000・ー」』）]", before))
    return bool(re.search(r"[をいう0-9０-９]", line.note_after(end)))


def _antecedent(line: Line, start: int, end: int) -> bool:
    """What is referred to stands earlier in the same text: …申請書… 前述の申請書."""
    found = line.open[start : end + 12]
    noun = re.search(r"(?:の|した|記)([一-龥々ァ-ヺー]{2,8})", found)
    before = line.open[: line.sentence_at(start).start]
    return bool(noun and noun.group(1)[:6] in before)


def _antecedent_same(line: Line, start: int, end: int) -> bool:
    """同様 after a statement of its own in the same text, or 同じ… compared with something named."""
    found = line.text[start:end]
    if not found.startswith("同様"):
        return False
    return len(line.open[:start].strip()) > 12


def _expanded(line: Line, start: int, end: int) -> bool:
    """The full name stands behind in brackets, or the abbreviation stands in them behind its name."""
    note = line.note_after(end, 6)
    if note and len(note) >= 4:
        return True
    before = line.text[max(0, start - 1) : start]
    return before in "(（「『[" and line.text[end : end + 1] in ")）」』]、（(" and bool(before)


def _fact(line: Line, start: int, end: int) -> bool:
    """〜やすい as a property of a thing: 燃えやすいごみ, 浸水しやすい道路."""
    return bool(
        re.match(
            r".{0,2}(?:燃え|壊れ|割れ|浸水し|冠水し|滑り|凍り|凍結し|腐り|傷み|崩れ|起こり|起き|倒れ|かかり|感染し|折れ|漏れ|"
            r"滞納し|間違え|誤り|間違い|忘れ)(?:やす|易)",
            line.text[max(0, start - 2) : end],
        )
    )


GUARDS: Final[Mapping[str, Guard]] = MappingProxyType(
    {
        "name": _name,
        "measured": _measured,
        "timed": _timed,
        "defined": _defined,
        "listed": _listed,
        "class": _class,
        "condition": _condition,
        "stated_need": _stated_need,
        "quantity_after": _quantity_after,
        "quantity_before": _quantity_before,
        "scheduled": _scheduled,
        "scheduled_period": _scheduled_period,
        "chosen": _chosen,
        "named_actor": _named_actor,
        "reference_inside": _reference_inside,
        "purpose": _purpose,
        "modifier": _modifier,
        "measured_result": _measured_result,
        "inside": _inside,
        "exchange_format": _exchange_format,
        "subject_matter": _subject_matter,
        "identified": _identified,
        "reference_defined": _reference_defined,
        "antecedent": _antecedent,
        "antecedent_same": _antecedent_same,
        "expanded": _expanded,
        "fact": _fact,
    }
)
