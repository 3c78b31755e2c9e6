"""Which lines hold several requirements, and what the separate lines would be.

A requirement is a statement with a predicate of its own. A sentence is read as segments between
commas; each segment ends in something that carries on (topic, condition, purpose, means) or in a
predicate that stands beside the next one (検索でき、／登録し、／行わなければならず、). Only predicates
of the second sort, with an object of their own behind them, make a line compound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from registry.text.clarity.anatomy import FILLER, Line, Sentence
from registry.text.clarity.verbs import (
    ACT,
    SAHEN,
    SAHEN_END,
    Ending,
    completed,
    ending_of,
    is_means,
    is_noun_like,
)

# ---- sentences that are requirements of their own -----------------------------------------------

_ASIDE: Final = re.compile(
    r"\s*(?:ただし|但し|なお|※|＊|\*|（?例|注[）)：:]|備考|具体的には|例えば|たとえば|すなわち|つまり|その際の|この場合の|理由は|目的は|背景)"
)
_STATES: Final = re.compile(
    r"(?:をいう|をさす|を指す|とは限らない|は除く|を除く|に限る|のとおり|次の通り|も同様|とみなす|は対象外|は不要|以下同じ|を含む|を含まない|である|であった|だった|でした)(?:。|$|である|とする|であること)?$"
)
_NOW: Final = re.compile(r"(?:て|で)(?:いる|いない|います|いません|おり|いた|いました)$")
_PREDICATE: Final = re.compile(
    r"(?:こと|もの|とする|[うくぐすつぬぶむる]|ます|ません|です|ない|たい|よい|良い|ましい|とし)(?:と(?:する|します))?$"
)
_NOT_ASKED: Final = re.compile(
    r"(?:思う|思います|考える|考えます|ほしい|欲しい|もらいたい|いただきたい|困る|困っている|困っています|ますか|ですか|でしょうか|か|たい|よい)$"
)


def _is_requirement(text: str) -> bool:
    plain = text.strip().rstrip("。．.!！?？\u3000 \n")
    return bool(
        len(plain) >= 5
        and not _ASIDE.match(plain)
        and _PREDICATE.search(plain)
        and not _STATES.search(plain)
        and not _NOW.search(plain)
        and not _NOT_ASKED.search(plain)
    )


# ---- segments -----------------------------------------------------------------------------------


class _Part(Enum):
    GOES_ON = 1
    CONDITION = 2
    PURPOSE = 3
    WEAK = 4
    """A predicate that may be a step or means of the next one (登録し、)."""
    STRONG = 5
    """A predicate that stands for itself (登録でき、／するとともに／すること、)."""


_CONDITION: Final = re.compile(
    r"(?:場合|とき|際|時|折|度|たび|後|のち|前|うえ|上|以降|以前|間|うち|限り|ごと|結果|中)(?:に|で|は|には|においては|については|も|でも|にも|のみ|のみに|に限り|から|まで|までに)?$"
    r"|(?:たら|れば|なら|ても|でも|れど|ものの|のに|から|ので|ながら|つつ)(?:は|も)?$"
    r"|(?:ある|する|した|ない|いる|れる|できる|なる|できた|いた)と$|か否か$|かどうか$|を問わず$"
)
_PURPOSE: Final = re.compile(r"(?:ため|よう|べく|目的で|目的とし|ように|ために)(?:に|にも|、)?$")
_STRONG: Final = re.compile(
    r"(?:でき|出来|可能(?:であり|で|とし|なほか)|なければならず|ねばならず|てはならず|必要があり|(?:こと|もの)とし|[るいうくすつぶむぐ]ことが?(?:でき)"
    r"|(?:行え|残せ|示せ|送れ|戻せ|消せ|直せ|出せ|使え|選べ|呼べ|書け|開け|読め|取り込め|絞り込め|書き込め|申し込め|読み取れ|作れ|配れ|貼れ|取れ|見られ|付けられ|並べられ|求められ|備えられ|変えられ|分けられ|載せられ|届けられ|受けられ|受け付けられ|切り替えられ|確かめられ|重ねられ|まとめられ|調べられ|納められ|伝えられ|知らせられ|進められ|決められ|定められ|打ち出せ|取り出せ|呼び出せ|書き出せ|払え|支払え|行なえ|印せ))$"
)
_LIST_OF_KOTO: Final = re.compile(
    r"(?:[うくぐすつぬぶむる]|ない)こと(?:(?:、)?(?:及び|並びに|と|かつ|も|また))?$"
)
_ALTHOUGH: Final = re.compile(
    r"(?:でき|す|れ|あ|い|う|ならない|ない|す)(?:る|)(?:もの)?(?:とするが|が|けれども|一方(?:で)?|一方では)$"
)
_TOGETHER: Final = re.compile(
    r"(?:でき|す|れ|られ|行|え|う|く|む|ぶ|つ|り|ない|け|め|べ|せ)(?:る|う|)(?:こと(?:及び|並びに|、?かつ)|と(?:とも|共)に|と同時に|と併せて|とあわせて|ほか(?!の|に)|他(?=、)|だけ(?:で)?(?:は)?なく|のみならず|のみでなく|に加え(?:て)?|のに加え(?:て)?|ことに加え(?:て)?|一方(?:で)?(?=、)|ばかり(?:で)?なく|上に(?=、)|うえに(?=、))"
)
_REQUIRED_BESIDE: Final = re.compile(
    r"(?:必須|必要|義務|前提|標準)(?:と(?:し|する(?:が|ものの)?)|であ(?:り|るが)|だが|で)$"
)
_RELATIVE: Final = re.compile(
    r"^(?:又は|または|若しくは|もしくは|及び|かつ|あるいは)?[^をがにはでへ]{1,12}"
    r"(?:した|する|された|される|しない|していない|している|しようとする|った|いた|んだ|ている|てい|した者|れた|る)(?=[一-龥ァ-ヺも])(?!場合|とき|際|時|後|前|間)"
)
_RELATIVE_TAIL: Final = re.compile(
    r"^[^、]{1,26}?(?:した|された|っている|していない|している|を受けた|った|んだ)(?:者|もの|世帯|人|方|団体|施設|職員|児童|土地|家屋|世帯主|法人|事業者)(?:のうち|について|に対し|で|であって|が|は|に|を|の)"
)
_UNTIL: Final = re.compile(
    r"^[^、]{1,26}?(?:する|れる|した|った)(?:まで|間|前|期間)(?:の|に|は|も|で)"
)
_OWN: Final = re.compile(r"を|が(?!で)|は|も|へ|に(?!より|よって|よる)|から|で(?!き)")
_OBJECT: Final = re.compile(r"を|が(?!でき)|は|も")
_TO_WHOM: Final = re.compile(
    r"(?<!ごと)(?<!とも)(?<!ため)[^別順的毎時日際内前後](?:に|へ)(?:は|も)?[^、]{0,20}?(?:通知|連絡|送[るりっ付信]|知らせ|配布|配信|報告|交付|提出|引き渡|引渡|反映|表示|連携|転送|登録|記録|保存|印字|印刷|出力|公開|掲載|載せ)"
)
_STEM_ONLY: Final = re.compile(r"を[^をがは、]{0,16}$")


@dataclass(frozen=True, slots=True)
class Part:
    """One statement of a compound line: `text` stands alone, `start`/`end` its place as typed."""

    text: str
    start: int
    end: int


def parts(line: Line) -> tuple[Part, ...]:
    """The separate statements of a compound line; empty when the line is one requirement."""
    pieces: list[Part] = []
    for sentence in line.sentences:
        if _is_requirement(line.bare[sentence.start : sentence.end]):
            pieces.extend(_split(line, sentence))
    return tuple(pieces) if len(pieces) >= 2 else ()


def _split(line: Line, sentence: Sentence) -> list[Part]:
    cuts = _cuts(line, sentence)
    final_end = sentence.end
    while final_end > sentence.start and line.bare[final_end - 1] in "。．.\n \u3000!！":
        final_end -= 1
    tail = ending_of(line.bare[sentence.start : final_end])
    found: list[Part] = []
    start = sentence.start
    subject = _subject(line, sentence)
    for end, after, what in cuts:
        found.append(
            Part(_statement(line, start, end, what, tail, subject if found else ""), start, after)
        )
        start = after
    found.append(
        Part(_clean(line.text[start : sentence.end], subject if found else ""), start, sentence.end)
    )
    return found


def _subject(line: Line, sentence: Sentence) -> str:
    """The topic that holds for every statement: 受託者は、"""
    start, end = sentence.segments[0]
    first = line.text[start:end]
    if len(sentence.segments) > 1 and len(first) <= 12 and first.endswith(("は", "が")):
        return first + "、"
    return ""


_LEAD: Final = re.compile(
    r"^[\s\u3000、]*(?:(?:また|なお|さらに|更に|加えて|あわせて|併せて|かつ|且つ|および|及び|並びに|ならびに|そして|その後|その上で|そのうえで|次に)、?)?[\s\u3000]*"
)


def _clean(text: str, subject: str) -> str:
    body = _LEAD.sub("", text).strip()
    if subject and not body.startswith(subject) and "は、" not in body[:14]:
        body = subject + body
    return body


def _statement(line: Line, start: int, end: int, what: str, tail: Ending, subject: str) -> str:
    return _clean(completed(line.text[start:end], what, tail), subject)


# ---- where a sentence is cut --------------------------------------------------------------------


def _cuts(line: Line, sentence: Sentence) -> list[tuple[int, int, str]]:
    """(end of the statement, start of the next, how its predicate ends) for each cut."""
    bare = line.bare
    found: list[tuple[int, int, str]] = []
    segments = sentence.segments
    last = 0
    for index, (start, end) in enumerate(segments):
        mid = _TOGETHER.search(bare, start, end)
        while mid:
            statement = "こと" in mid.group() or _worth(
                bare, mid.end(), _chunk_end(bare, sentence, index), strong=True
            )
            if statement and _is_verb_before(bare, start, mid.start()):
                found.append((_verb_end(mid), mid.end(), "final"))
                last = index
            mid = _TOGETHER.search(bare, mid.end(), end)
        if index == len(segments) - 1:
            break
        segment = bare[start:end].rstrip(" \u3000")
        part = _part(segment)
        if part not in (_Part.WEAK, _Part.STRONG):
            continue
        following = segments[index + 1 :]
        next_end = _chunk_end(bare, sentence, index + 1)
        if part is _Part.WEAK and _belongs_to_next(bare, segment, following):
            continue
        if _REQUIRED_BESIDE.search(segment):
            if not _new_act(bare[segments[last][0] : end], bare[end:next_end]):
                continue
        elif not _worth(bare, end, next_end, strong=part is _Part.STRONG):
            continue
        found.append((end, end + 1, "comma"))
        last = index + 1
    return sorted(found)


def _verb_end(found: re.Match[str]) -> int:
    """Where the verb before とともに, ほか, だけでなく ends."""
    joint = re.search(
        r"こと(?:及び|並びに|、?かつ)|と(?:とも|共)に|と同時に|と併せて|とあわせて|ほか|他|だけ|のみ|のに加え|ことに加え|に加え|一方|ばかり|上に|うえに",
        found.group(),
    )
    return found.start() + (joint.start() if joint else len(found.group()))


def _is_verb_before(bare: str, start: int, at: int) -> bool:
    """Whether the words before とともに are a predicate and not a noun (有効期間とともに)."""
    return at > start and bool(re.search(r"[をがにはもで]", bare[max(start, at - 40) : at + 1]))


def _chunk_end(bare: str, sentence: Sentence, index: int) -> int:
    """End of the next predicate at or behind segment `index`, else of the sentence."""
    for start, end in sentence.segments[index:]:
        if _part(bare[start:end].rstrip(" \u3000")) in (_Part.WEAK, _Part.STRONG):
            return end
    return sentence.end


def _part(segment: str) -> _Part:
    segment = segment.rstrip("にて") if segment.endswith("際にて") else segment
    if _PURPOSE.search(segment):
        return _Part.PURPOSE
    if _STRONG.search(segment) or _LIST_OF_KOTO.search(segment):
        return _Part.STRONG
    if _REQUIRED_BESIDE.search(segment):
        return _Part.STRONG
    if _CONDITION.search(segment):
        return _Part.CONDITION
    if _ALTHOUGH.search(segment):
        return _Part.STRONG
    found = ACT.search(segment)
    if found and not is_noun_like(segment, found) and not is_means(segment):
        return _Part.WEAK
    if (
        _STEM_ONLY.search(segment)
        and re.search(r"[一-龥]{2}$|[ァ-ヺー]{2}$", segment)
        and _sahen(segment)
    ):
        return _Part.WEAK
    return _Part.GOES_ON


def _sahen(segment: str) -> bool:
    return bool(SAHEN_END.search(segment)) and not is_means(segment + "し")


def _belongs_to_next(bare: str, segment: str, following: tuple[tuple[int, int], ...]) -> bool:
    """Whether the predicate stands inside a condition, purpose or description that comes next."""
    next_start, next_end = following[0]
    behind = bare[next_start:next_end]
    if _RELATIVE.match(behind) or _RELATIVE_TAIL.match(behind):
        return not re.match(r"(?:その|当該|これ|それ)", behind) and not _same_stem(segment, behind)
    if _UNTIL.match(behind):
        return True
    for start, end in following:
        text = bare[start:end].rstrip(" \u3000")
        part = _part(text)
        if part is _Part.PURPOSE:
            return "を" not in segment or "を" in text
        if part is _Part.CONDITION:
            event = "を" not in segment or len(text) <= 6
            return event or bool(
                re.search(r"を[^を]{1,12}(?:た|だ|る|う|く|す|し)(?:場合|とき|際|後|上|うえ)", text)
            )
        if part in (_Part.WEAK, _Part.STRONG):
            return False
    return False


def _same_stem(segment: str, behind: str) -> bool:
    """抽出し、抽出した者に…: the description takes up the act before it, as a result of it."""
    stem = re.search(r"([一-龥々ァ-ヺー]{1,4})[ぁ-ん]{0,3}$", segment)
    return bool(stem and behind.startswith(stem.group(1)))


def _worth(bare: str, start: int, end: int, *, strong: bool) -> bool:
    """Whether what follows has something of its own that is acted on, or a receiver of its own."""
    behind = re.sub(
        r"^[、\s\u3000]*(?:また|かつ|且つ|さらに|更に|及び|並びに|その後|あわせて|併せて|加えて)?、?",
        "",
        bare[start:end],
    ).rstrip("。．. \u3000、")
    if len(behind.replace(FILLER, "")) < 5:
        return False
    if _OBJECT.search(behind) or _TO_WHOM.search(behind):
        return True
    return strong and bool(_OWN.search(behind)) and len(behind) >= 8


def _new_act(before: str, behind: str) -> bool:
    """必須とし、…望ましい: whether the wish is about another act than the duty."""
    acts = {
        found.group()
        for found in SAHEN.finditer(behind)
        if re.match(r"[がをもす]|でき|の(?:自動化)?[がをも]", behind[found.end() :])
        and found.group() not in ("対応", "可能", "実施")
    }
    return bool(acts) and not any(word in before for word in acts)
