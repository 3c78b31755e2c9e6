"""What goes wrong in AsIs/ToBe sheets (あるべき姿シート): five fields read against each other.

現状 (as_is), あるべき姿 (to_be), 目的 (purpose), 問題 (problem: the gap), 課題 (challenge: what has to be
done to close it). The vocabulary is in `sheets.toml`.
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

from registry.text.clarity.rules import DEFAULT, Kind, Settings
from registry.text.severity import Severity

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
    with (Path(__file__).parent / "sheets.toml").open("rb") as file:
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
    there, lacked, wanted = words["there"], words["lacked"], words["wanted"]
    yield from _tool(sheet, "to_be", words, (there, lacked, wanted), named=True)
    yield from _tool(sheet, "problem", words, (lacked, wanted), named=False)
    yield from _tool(sheet, "purpose", words, (words["aimed"],), named=True)
    yield from _tool(sheet, "as_is", words, (lacked,), named=False)


def _tool(
    sheet: Sheet, field: str, words: Words, roles: tuple[re.Pattern[str], ...], *, named: bool
) -> Iterator[Hit]:
    """The tools in a field that are the answer there, by what is said behind them (`roles`).

    `named`: to name a tool is enough in this field; a machine or a site is an answer by its role
    only. What 現状 tells of using is a fact of today and no answer.
    """
    text: str = getattr(sheet, field)
    used = _in_use(sheet, words) if field != "as_is" else frozenset()
    for kind in ("tool", "thing"):
        for found in words[kind].finditer(text):
            end = found.end()
            if _used(found.group(), used) or (kind == "thing" and _not_the_answer(text, end)):
                continue
            if named and words["innocent"].match(text, end):
                continue
            behind = next((said for role in roles if (said := role.match(text, end))), None)
            if behind:
                yield field, found.start(), _word_end(text, behind.end()), ""
            elif named and kind == "tool":
                yield field, found.start(), end, ""


_LIMIT: Final = re.compile(r"以内|までに|以下|未満|以上")
_SHORT: Final = re.compile(r"(?:が|は|も|の)?[^。、がは]{0,4}(?:足り|不足)")


def _not_the_answer(text: str, end: int) -> bool:
    """Too few of a machine the work is done with is a lack; one that arrives in time a result."""
    return bool(_SHORT.match(text, end) or _LIMIT.search(text))


def _in_use(sheet: Sheet, words: Words) -> frozenset[str]:
    """The tools 現状 tells of using: facts of today already."""
    return frozenset(
        found.group()
        for kind in ("tool", "thing")
        for found in words[kind].finditer(sheet.as_is)
        if not words["lacked"].match(sheet.as_is, found.end())
    )


_BARE: Final = frozenset({"システム", "アプリ", "ソフト", "ツール", "機器", "機材", "装置", "設備"})


def _used(name: str, used: frozenset[str]) -> bool:
    """Whether `name` is in use under this name, a longer or a shorter one."""
    return any(name in other or (other in name and other not in _BARE) for other in used)


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


def _restated(sheet: Sheet, words: Words) -> Iterator[Hit]:
    text = sheet.purpose.strip(_STOP)
    found = _means(text, words)
    if found is None:
        return
    start = sheet.purpose.find(text)
    helped = words["person"].search(text)
    # Who is helped, and with what, makes it a purpose even when a means is named.
    if helped and words["gain"].search(text[helped.end() :].replace(found.group(), "", 1)):
        return
    subject = helped and helped.start() < found.start() and helped.group().endswith("が")
    if subject and (words["gain"].search(text) or _BY_WIRE.match(found.group())):
        return
    # A means first, and what it is good for behind it (台帳を電子化し、災害のときに取り出せるように).
    last = text.rsplit("、", 1)[-1]
    if last != text and len(last) >= 8 and not _means(last, words):
        return
    yield "purpose", start, start + len(text), ""


_BY_WIRE: Final = re.compile(
    r"オンライン|インターネット|ネット|Web|ウェブ|スマートフォン|スマホ|パソコン"
)


def _means(text: str, words: Words) -> re.Match[str] | None:
    """The first means named in a purpose: a way of working, or a tool."""
    found = words["means"].search(text)
    if found:
        return found
    tool = sheet_rules()[Kind.TOOL_BEFORE_CHALLENGE].words
    for named in tool["tool"].finditer(text):
        if not tool["innocent"].match(text, named.end()):
            return named
    for named in tool["thing"].finditer(text):
        if tool["aimed"].match(text, named.end()):
            return named
    return None


_CHECKS: Final = (
    (Kind.MIRRORED_TO_BE, _mirrored),
    (Kind.PROBLEM_CHALLENGE_CONFUSION, _confused),
    (Kind.TOOL_BEFORE_CHALLENGE, _tools),
    (Kind.GOAL_AS_ACTIVITY, _activity),
    (Kind.PURPOSE_RESTATES_MEANS, _restated),
)
