"""Which characters the spec fonts can draw, and how variant glyphs (IVS) are asked for.

A character that neither font has is refused before anything is drawn: a box in a published
specification cannot be taken back, while the place and the character in a message can be mended in
a minute. Only a rare ideograph is printed as 〓 with its code point and named in the imprint: it
may stand in an official text that nobody here can change. What is refused for a character holds for a variation sequence that no font has, because the base character
would be printed in its stead without anybody noticing, and for the characters that turn the
direction of writing, because the printed line would not read as the stored one.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import uharfbuzz
from markupsafe import Markup, escape

from registry.errors import Invalid
from registry.specs.pdf import fonts

SELECTORS = "\ufe00-\ufe0d\U000e0100-\U000e01ef"
SEQUENCE = re.compile(f"(.)([{SELECTORS}])", re.DOTALL)
# Marks of breaking, joining and text style: nothing is drawn for them in any font.
INVISIBLE = frozenset("\n\r\t\u00ad\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff")
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
REPORTED = 20
VARIANT = Markup('<span class="variant">{}</span>')
SUBSTITUTE = Markup('〓<span class="code-point">（{}）</span>')

FIELDS = {
    "region": "圏域",
    "business": "業務",
    "edition": "版",
    "history": "改定履歴",
    "municipalities": "団体",
    "goals": "目標",
    "chapters": "大分類",
    "sections": "中分類",
    "requirements": "要件",
    "terms": "用語",
    "title": "名称",
    "text": "本文",
    "reason": "理由・考え方",
    "applications": "団体別適用",
    "statement": "目標",
    "indicator": "指標",
    "meaning": "意味",
    "term": "用語",
    "name": "名称",
    "summary": "概要",
}


@functools.cache
def covered() -> frozenset[int]:
    """Code points that at least one font draws in both weights."""
    return frozenset(
        code
        for family in (fonts.BODY, fonts.FALLBACK)
        for code in set(fonts.hb_face(family, False).unicodes)
        & set(fonts.hb_face(family, True).unicodes)
    )


@functools.cache
def sequence_family(base: str, selector: str) -> str | None:
    """The first font that draws this variation sequence in both weights, or None."""
    for family in (fonts.BODY, fonts.FALLBACK):
        if all(
            ord(base) in fonts.hb_face(family, bold).variation_unicodes(ord(selector))
            for bold in (False, True)
        ):
            return family
    return None


def printed(text: str) -> Markup:
    """HTML of a text as typed; sequences the body font lacks ask for the font that has them, and
    an ideograph that no font has is printed as 〓 with its code point."""
    absent = lacking(text)
    if absent:
        pieces = re.split(f"([{''.join(absent)}])", text)
        return Markup("").join(
            SUBSTITUTE.format(_code(piece)) if piece in absent else printed(piece)
            for piece in pieces
        )
    if not SEQUENCE.search(text):
        return escape(text)
    parts: list[Markup] = []
    end = 0
    for match in SEQUENCE.finditer(text):
        parts.append(escape(text[end : match.start()]))
        family = sequence_family(match[1], match[2])
        parts.append(VARIANT.format(match[0]) if family == fonts.FALLBACK else escape(match[0]))
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def told(family: str, bold: bool, glyph: int, text: str) -> str:
    """What a reader copies from a glyph that was drawn for `text`.

    Where a sequence is drawn by the base character's own glyph, the base alone: else every other
    occurrence of that character would be found only together with a selector nobody typed there.
    """
    if not SEQUENCE.fullmatch(text):
        return text
    own = uharfbuzz.Font(fonts.hb_face(family, bold)).get_nominal_glyph(ord(text[0]))
    return text[0] if own == glyph else text


def lacking(text: str) -> list[str]:
    """The ideographs of `text` that no font draws, each once, in order."""
    if _drawable().issuperset(text):
        return []
    return [char for char in unprintable(text) if _is_ideograph(char)]


def lacking_in(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(place, code point) of every ideograph that is printed as 〓, for the imprint."""
    if _drawable() >= _characters(spec):
        return []
    return [(place, _code(char)) for place, text in _strings(spec, "") for char in lacking(text)]


def _is_ideograph(char: str) -> bool:
    return unicodedata.name(char[0], "").startswith("CJK ") and len(char) == 1


@functools.cache
def _drawable() -> frozenset[str]:
    return frozenset(map(chr, covered())) | INVISIBLE


def unprintable(text: str) -> list[str]:
    """The characters and sequences of `text` that cannot be drawn, each once, in order."""
    found = dict.fromkeys(
        match[0] for match in SEQUENCE.finditer(text) if not sequence_family(match[1], match[2])
    )
    fonts_have = covered()
    for char in SEQUENCE.sub(r"\1", text):
        if char in INVISIBLE:
            continue
        if char in TURNING or unicodedata.category(char) == "Cc" or ord(char) not in fonts_have:
            found.setdefault(char)
    return list(found)


def check_printable(spec: Mapping[str, Any]) -> None:
    """Raise Invalid naming place and character when `spec` (spec.json) cannot be drawn fully.

    Ideographs are let through (see `printed`). Call it before an edition is frozen: a frozen text can no longer be mended.
    """
    # One look at the set of all characters spares the walk with places in the usual case.
    everything = _characters(spec)
    selectors = any(SEQUENCE.fullmatch(f"x{char}") for char in everything)
    if not selectors and not unprintable("".join(sorted(everything))):
        return
    faults = [
        f"{place}：「{_shown(char)}」（{_code(char)}）"
        for place, text in _strings(spec, "")
        for char in unprintable(text)
        if not _is_ideograph(char)
    ]
    if faults:
        more = f"、ほか{len(faults) - REPORTED}か所" if len(faults) > REPORTED else ""
        raise Invalid(
            "仕様書の書体にない文字があるため、PDFを作成しませんでした。"
            "登録済みの内容は変わっていません。次の文字を別の文字に直してください。"
            f"{'、'.join(faults[:REPORTED])}{more}",
            {"characters": faults},
        )


def _characters(spec: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    left: list[object] = [spec]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.update(value)
        elif isinstance(value, Mapping):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return found


def _strings(value: object, place: str) -> Iterator[tuple[str, str]]:
    """Every text below `value` with a Japanese description of where it stands."""
    if isinstance(value, str):
        yield place or "仕様書", value
    elif isinstance(value, Mapping):
        code = value.get("code") or value.get("number") or value.get("term")
        own = f"{place} {code}" if isinstance(code, str) and code not in place else place
        for key, item in value.items():
            label = FIELDS.get(str(key), "")
            nested = isinstance(item, list) and bool(label)
            yield from _strings(item, label if nested else f"{own} {label}".strip())
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, place)


def _shown(char: str) -> str:
    base = char[0]
    drawable = ord(base) in covered() and base not in TURNING
    return base if drawable else "〓"


def _code(char: str) -> str:
    return " ".join(f"U+{ord(part):04X}" for part in char)
