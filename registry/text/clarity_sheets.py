"""What goes wrong in AsIs/ToBe sheets (あるべき姿シート): five fields read against each other.

現状 (as_is), あるべき姿 (to_be), 目的 (purpose), 問題 (problem: the gap), 課題 (challenge: what has to be
done to close it). The vocabulary is in `clarity_sheets.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from registry.text.clarity_rules import DEFAULT, Kind, Settings, Severity

FIELDS: Final = MappingProxyType(
    {
        "as_is": "現状",
        "to_be": "あるべき姿",
        "purpose": "目的",
        "problem": "問題",
        "challenge": "課題",
    }
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The five fields as typed; empty where nothing was written yet."""

    as_is: str = ""
    to_be: str = ""
    purpose: str = ""
    problem: str = ""
    challenge: str = ""

    @property
    def text(self) -> str:
        """The fields in their order, joined by tabs; findings of the command line point into it."""
        return "\t".join(asdict(self).values())


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """One point in `field`: `getattr(sheet, field)[start:end] == phrase`."""

    kind: Kind
    rule: str
    severity: Severity
    field: str
    start: int
    end: int
    phrase: str
    why: str
    rewrite: str
    question: str

    def as_json(self, sheet: Sheet) -> dict[str, Any]:
        """As the command line gives it; start and end count in `sheet.text`, phrase is its slice."""
        names = [item.name for item in fields(Sheet)]
        offset = sum(len(getattr(sheet, name)) + 1 for name in names[: names.index(self.field)])
        return {
            "kind": self.kind.value,
            "field": self.field,
            "start": self.start + offset,
            "end": self.end + offset,
            "phrase": self.phrase,
            "severity": self.severity.label,
            "why": self.why,
            "rewrite": self.rewrite,
            "question": self.question,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class SheetRule:
    """One rule as written in the file; `words` by the part they play in it."""

    id: str
    kind: Kind
    severity: Severity
    why: str
    rewrite: str
    ask: str
    example: Sheet
    counter: Sheet
    words: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def sheet_rules() -> Mapping[Kind, SheetRule]:
    """The rules by kind, in the order of the file."""
    with (Path(__file__).parent / "clarity_sheets.toml").open("rb") as file:
        document = tomllib.load(file)
    found = {}
    for table in document["rule"]:
        kind = Kind(table["kind"])
        found[kind] = SheetRule(
            table["id"],
            kind,
            Severity(table["severity"]),
            table["why"],
            table["rewrite"],
            table["ask"],
            Sheet(*table["example"]),
            Sheet(*table["counter"]),
            {part: re.compile("|".join(words)) for part, words in table["words"].items()},
        )
    return MappingProxyType(found)


Hit = tuple[str, int, int, str]
"""Field, start, end, and a sentence of its own for {detail} ("" when the rule has none)."""


@lru_cache(maxsize=4096)
def lint_sheet(sheet: Sheet, settings: Settings = DEFAULT) -> tuple[SheetFinding, ...]:
    """The findings in one sheet, at most one a kind, in the order of the rules."""
    found = []
    for kind, look in _CHECKS:
        rule = sheet_rules()[kind]
        if rule.id in settings.off:
            continue
        hit = next(look(sheet, rule.words), None)
        if hit is None:
            continue
        field, start, end, detail = hit
        phrase = getattr(sheet, field)[start:end]
        if phrase in settings.allowed:
            continue
        words = {"phrase": phrase, "detail": detail.replace("{phrase}", phrase)}
        found.append(
            SheetFinding(
                kind,
                rule.id,
                rule.severity,
                field,
                start,
                end,
                phrase,
                rule.why.format_map(words),
                rule.rewrite,
                rule.ask.format_map(words),
            )
        )
    return tuple(found)


Words = Mapping[str, re.Pattern[str]]
_STOP: Final = "。．. \u3000\n!！"


def _last(text: str) -> tuple[int, str]:
    """The last sentence of a field without its full stop, and where it begins."""
    plain = text.rstrip(_STOP)
    start = max(plain.rfind("。"), plain.rfind("\n")) + 1
    return start, plain[start:]


def _ends(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    """The match that reaches the end of the sentence, if there is one."""
    return next(
        (found for found in pattern.finditer(sentence) if found.end() == len(sentence)), None
    )


# ---- mirrored -----------------------------------------------------------------------------------

_CONTENT: Final = re.compile(r"[一-龥々]|[ァ-ヺー]{2,}|[A-Za-zＡ-Ｚａ-ｚ]+|[0-9０-９]+")
_EMPTY: Final = frozenset(
    "入方法状態作業使用行事無今必要全者人現在姿必要場合中上下日時等的化不其処理続継業務手間様式"
)
_GONE: Final = re.compile(
    r"な[いくし]|無[いく]|やめ|廃止|撤廃|解消|脱却|ゼロ|不要|終了|済[むんま]|要らな|いらな"
)
# 記入, 記載 and 筆記 deny 書く as well as 書く itself does.
_SAME: Final = MappingProxyType({"記": "書", "筆": "書", "載": "書", "字": "書"})
_MIRRORED: Final = 0.6
"""Least share of the words of あるべき姿 that 現状 holds already, for it to be a mere negation."""


def _mirrored(sheet: Sheet, words: Words) -> Iterator[Hit]:
    start, sentence = _last(sheet.to_be)
    found = _ends(words["ends"], sentence)
    if not found or not sheet.as_is.strip():
        return
    told = _content(_GONE.sub("", sentence))
    now = _content(sheet.as_is)
    new_numbers = {word for word in told - now if word.isdigit()}
    meant = {word for word in told if word not in _EMPTY}
    if not meant or new_numbers:
        return
    if len(meant & now) / len(meant) >= _MIRRORED:
        yield "to_be", start, start + len(sentence), ""


def _content(text: str) -> set[str]:
    return {_SAME.get(word, word) for word in _CONTENT.findall(text)}


# ---- problem and challenge ----------------------------------------------------------------------

_NO_ACTION: Final = re.compile(
    r"(?:できない|ていない|ている|おらず|なくなった|(?<!なら)ない|かかる|遅れる|足りない|要する|困る|招く|及ぶ|上る)$"
)
_BECOMING_DUE: Final = re.compile(
    r"(?:求められ|必要とされ|必要とな|急務とな|課題とな|迫られ|必要性が高ま|必要が生じ|必要が出)(?:って|て)(?:きて)?いる$"
)
_TO_DO: Final = re.compile(
    r"必要(?:が(?:ある|あります)|である|です|だ|となる)$|(?:べき|こと)(?:である|だ|です)$|なければならない$|(?:ように|ことと)(?:する|します)$|"
    r"(?:急務|課題|重要|不可欠|大切|肝要|先決|必須|望ましい)(?:である|だ|です)?$|求められ(?:る|ている)$|余地がある$"
)


def _confused(sheet: Sheet, words: Words) -> Iterator[Hit]:
    start, sentence = _last(sheet.problem)
    found = _ends(words["action"], sentence)
    if found and (not _NO_ACTION.search(sentence) or _BECOMING_DUE.search(sentence)):
        yield (
            "problem",
            start,
            start + len(sentence),
            "問題の欄に、することが書かれています(「{phrase}」)。問題は、あるべき姿と今との差です。",
        )
    start, sentence = _last(sheet.challenge)
    if sentence and not _TO_DO.search(sentence) and _ends(words["state"], sentence):
        yield (
            "challenge",
            start,
            start + len(sentence),
            "課題の欄に、困った状態が書かれています(「{phrase}」)。課題は、差を埋めるためにすることです。",
        )


# ---- tools --------------------------------------------------------------------------------------


def _tools(sheet: Sheet, words: Words) -> Iterator[Hit]:
    yield from _tool(
        sheet, "to_be", words["tool"], (words["had"], words["lacked"], words["wanted"])
    )
    yield from _tool(sheet, "problem", words["tool"], (words["lacked"], words["wanted"]))
    yield from _tool(sheet, "purpose", words["tool"], (words["wanted"], words["had"]))
    yield from _tool(sheet, "as_is", words["tool"], (words["lacked"],))


def _tool(
    sheet: Sheet, field: str, tool: re.Pattern[str], roles: tuple[re.Pattern[str], ...]
) -> Iterator[Hit]:
    text: str = getattr(sheet, field)
    for found in tool.finditer(text):
        if field != "as_is" and _in_use(sheet.as_is, found.group()):
            continue
        for role in roles:
            behind = role.match(text, found.end())
            if behind:
                yield field, found.start(), _word_end(text, behind.end()), ""
                return


def _in_use(as_is: str, name: str) -> bool:
    """Whether the tool is a fact of today already (現状 tells of using it)."""
    at = as_is.find(name)
    return at >= 0 and not re.match(
        r"[^。、]{0,14}(?:な[いく]|未|されて(?:い|お)(?:な|ら))", as_is[at + len(name) :]
    )


def _word_end(text: str, end: int) -> int:
    rest = re.match(r"[ぁ-ん]{0,8}", text[end:])
    return end + (rest.end() if rest else 0)


# ---- goals --------------------------------------------------------------------------------------

_REACHED: Final = re.compile(
    r"(?:でき|れ|られ|なっ|終わっ|届い|済ん|決まっ|そろっ|揃っ|整っ|収まっ|減っ|増え|得|受け取っ|分かっ|わかっ|知っ|保たれ|上がっ|下がっ|高まっ|広がっ|始まっ|つながっ|暮らせ|持て|使え|行え|選べ|学べ|通え|過ごせ|戻っ|超え|達し|残っ|空い)て(?:いる|います)$"
)


def _activity(sheet: Sheet, words: Words) -> Iterator[Hit]:
    start, sentence = _last(sheet.to_be)
    if not sentence:
        return
    found = _ends(words["activity"], sentence)
    if found and not re.search(
        r"(?:でき|れ|られ|なっ)て(?:いる|います)$|な[くい]", sentence[found.start() :]
    ):
        yield "to_be", start + found.start(), start + len(sentence), ""
        return
    if _REACHED.search(sentence):
        return
    found = _ends(words["plain"], sentence)
    if found and not re.search(
        r"(?:できる|れる|なる|ある|いる|足りる|届く|終わる|済む)$", sentence
    ):
        yield "to_be", start + found.start(), start + len(sentence), ""


# ---- purposes -----------------------------------------------------------------------------------

_BENEFIT: Final = re.compile(
    r"(?:守|届け|確か|知[りるっ]|伝え|助け|救|受け(?:られ|取)|選べ|選び|暮らせ|暮らし|過ごせ|過ごす|学べ|通え|使える|済む|済ませ|減ら|増や|待たせ|迷わ|慣れ|早く|速く|正しく|安全|安心|公平|公正|確実|負担|機会|命|健康|けが|被害|引き継|誤り|困ら|防ぐ|防ぎ|生かす|生かせ|活かす|保つ|支え|応え|楽しむ|楽しめ|親しむ|参加|相談|納得|役立|結び付け|資金|景観|時間|資源)"
)


def _restated(sheet: Sheet, words: Words) -> Iterator[Hit]:
    text = sheet.purpose.strip(_STOP)
    if not text:
        return
    start = sheet.purpose.find(text)
    found = next(words["means"].finditer(text), None)
    if found is None:
        tool = sheet_rules()[Kind.TOOL_BEFORE_CHALLENGE].words
        for named in tool["tool"].finditer(text):
            behind = tool["wanted"].match(text, named.end()) or re.match(
                r"(?:で|に|を|の|によ[りる]|によって)[^。]{0,24}(?:できる|表示|行える|自動|管理|処理|見られる|使う|使える|つなぐ|つなげる|移す|変える|替える|する)",
                text[named.end() :],
            )
            if behind:
                found = named
                break
    if found is None:
        return
    helped = words["person"].search(text)
    # Who is helped, and with what, makes it a purpose even when a means is named.
    if helped and _BENEFIT.search(text[helped.end() :].replace(found.group(), "", 1)):
        return
    subject = helped and helped.start() < found.start() and helped.group().endswith("が")
    if subject and (_BENEFIT.search(text) or _BY_WIRE.match(found.group())):
        return
    # A means first, and what it is good for behind it (台帳を電子化し、災害のときに取り出せるように).
    last = text.rsplit("、", 1)[-1]
    if last != text and len(last) >= 8 and not _names_means(last, words):
        return
    yield "purpose", start, start + len(text), ""


_BY_WIRE: Final = re.compile(
    r"オンライン|インターネット|ネット|Web|ウェブ|スマートフォン|スマホ|パソコン"
)


def _names_means(text: str, words: Words) -> bool:
    tool = sheet_rules()[Kind.TOOL_BEFORE_CHALLENGE].words["tool"]
    return bool(words["means"].search(text) or tool.search(text))


_CHECKS: Final = (
    (Kind.MIRRORED_TO_BE, _mirrored),
    (Kind.PROBLEM_CHALLENGE_CONFUSION, _confused),
    (Kind.TOOL_BEFORE_CHALLENGE, _tools),
    (Kind.GOAL_AS_ACTIVITY, _activity),
    (Kind.PURPOSE_RESTATES_MEANS, _restated),
)
