"""Reads the official text of a national standard: outline, obligation blocks, cross references.

The form is the one in which the ministry's resident-record standard circulates: an outline
(`index.md`: `### 1.1.1. 表題 (j10.txt)`) and one text an item, or everything in one text. Nothing of
the text is changed; what looks like a slip of the people who cut the text out of the printed
document is kept, and reported beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypedDict

from rapidfuzz.distance import Indel

from registry.errors import Invalid
from registry.labels import Labelled
from registry.requirements.models import Obligation
from registry.text.normalise import clean_input, search_key

INDEX: Final = "index.md"

# First edition, and the names used since the common rules of 2022.
_BLOCKS: Final = {
    "実装すべき機能": Obligation.MANDATORY,
    "実装してもしなくても良い機能": Obligation.OPTIONAL,
    "実装しない機能": Obligation.PROHIBITED,
    "実装必須機能": Obligation.MANDATORY,
    "標準オプション機能": Obligation.OPTIONAL,
    "実装不可機能": Obligation.PROHIBITED,
}
_BLOCK_NAMES: Final = {search_key(name): obligation for name, obligation in _BLOCKS.items()} | {
    search_key("実装してもしなくてもよい機能"): Obligation.OPTIONAL
}
_MISSPELT: Final = 0.9
"""Least likeness of a heading to a block's name for it to be that name with a slip."""


class SlipKind(Labelled):
    """What was found odd in the source; the label is the sentence for the reader."""

    PAGE_NUMBER = (
        "page_number",
        "ページ番号とみられる行です。行数には数え、業務を作るときは使いません。",
    )
    MISSPELT_BLOCK = "misspelt_block", "区分の見出しの誤字とみて、正しい区分として読みました。"
    REPEATED_BLOCK = "repeated_block", "同じ区分がもう一度現れたので、続きとして読みました。"
    MISSING_BLOCK = "missing_block", "この区分がありません。中身のない区分として扱いました。"
    OUTSIDE = "outside", "どの区分にも入っていない行です。前書きとして残し、行数には数えません。"
    TITLE = "title", "本文の表題が目次と違います。目次の表題を使いました。"
    NO_TITLE = "no_title", "本文に表題の行がありません。目次の表題を使いました。"
    NO_HEADING = "no_heading", "目次に見出しがない章・節です。番号だけの見出しを補いました。"
    UNLISTED_FILE = "unlisted_file", "目次にないファイルなので、読みませんでした。"
    INDEX_LINE = "index_line", "目次の行として読めないので、使いませんでした。"


@dataclass(frozen=True, slots=True)
class Slip:
    """An oddity of the source: file, its line number from 1 (0: the whole file), the line."""

    kind: SlipKind
    file: str
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class TextChapter:
    """A heading without a text of its own; `level` is 1 for 1., 2 for 1.1."""

    number: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """A non-empty line of an obligation block, as printed.

    `position` counts from 1 over all blocks of the item, `row` is the line in the source file.
    `heading` marks an inner heading (【住民票のその他の項目】), `slip` a page number.
    """

    obligation: Obligation
    position: int
    text: str
    row: int
    heading: bool
    slip: bool


@dataclass(frozen=True, slots=True)
class TextItem:
    """A numbered item with its lines in the printed order; `preamble` stands before any block."""

    number: str
    title: str
    level: int
    file: str
    preamble: tuple[str, ...]
    lines: tuple[TextLine, ...]


class Target(Labelled):
    ITEM = "item", "項目"
    GROUP = "group", "項目のまとまり"


@dataclass(frozen=True, slots=True)
class Reference:
    """One outline number written in a line, `text[start:end]` of it.

    `to` is the number; `target` says what of the loaded text it is, None while that chapter is not
    loaded. `reaches` are the items meant: the item, all items under the group, or, for the second
    number of 4.1.1～4.1.3, the items behind `range_from` up to it.
    """

    source: str
    position: int
    start: int
    end: int
    to: str
    range_from: str | None
    target: Target | None
    reaches: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class NationalText:
    """The whole text; chapters and items in the order of their outline numbers."""

    chapters: tuple[TextChapter, ...]
    items: tuple[TextItem, ...]
    references: tuple[Reference, ...]
    slips: tuple[Slip, ...]


Unresolved = TypedDict("Unresolved", {"from": str, "to": str, "text": str})


class References(TypedDict):
    resolved: int
    unresolved: list[Unresolved]


class SlipRow(TypedDict):
    file: str
    row: int
    text: str
    reason: str


class Report(TypedDict):
    items: int
    lines: dict[str, int]
    references: References
    slips: list[SlipRow]


def read_national(source: Path | Mapping[str, str]) -> NationalText:
    """Read a folder with `index.md`, one file holding everything, or texts by file name.

    Raises `Invalid` with a Japanese message naming file and line: no outline, a listed file
    missing, not UTF-8, control characters, an unknown obligation block, an item read twice or
    under another number. Nothing is read in part.
    """
    texts = _read_files(source) if isinstance(source, Path) else dict(source)
    for name, text in texts.items():
        _refuse_control_characters(name, text)
    if INDEX in texts:
        parts = _parts_by_index(texts)
    elif len(texts) == 1:
        parts = _parts_of_document(*next(iter(texts.items())))
    else:
        raise Invalid(
            f"目次のファイル {INDEX} がないため、読み込めません。何も登録していません。"
            f"{INDEX} と本文のファイルを同じフォルダーに置いて、やり直してください。"
        )
    if not parts.items:
        raise Invalid(
            "項目が一つも見つからないため、読み込めません。何も登録していません。"
            "「1.1.1. 表題」の形の見出しがあるか確かめてください。"
        )
    return _assemble(parts)


def report(text: NationalText) -> Report:
    """Counts of what was read, as plain data for the command line and the import page.

    Lines are all non-empty lines of the blocks, inner headings and page numbers among them.
    """
    counts = Counter(line.obligation for item in text.items for line in item.lines)
    open_ones = [found for found in text.references if found.target is None]
    return {
        "items": len(text.items),
        "lines": {obligation.value: counts[obligation] for obligation in Obligation},
        "references": {
            "resolved": len(text.references) - len(open_ones),
            "unresolved": [
                {"from": found.source, "to": found.to, "text": found.text} for found in open_ones
            ],
        },
        "slips": [
            {"file": slip.file, "row": slip.row, "text": slip.text, "reason": slip.kind.label}
            for slip in text.slips
        ],
    }


def is_page_number(text: str) -> bool:
    """Whether a line is the page number of the printed document, left in by who cut the text."""
    return _PAGE.match(text) is not None


# ---- files and outline ----------------------------------------------------------------------


@dataclass
class _Part:
    """The lines of one item as (row, text), still uncut."""

    number: str
    title: str
    file: str
    rows: list[tuple[int, str]]


@dataclass
class _Parts:
    chapters: dict[str, str] = field(default_factory=dict)
    items: dict[str, _Part] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)


_OUTLINE: Final = re.compile(
    r"^(?P<marks>#{1,6})\s+(?P<number>[0-9０-９]+(?:[.．][0-9０-９]+)*)[.．]?\s+"
    r"(?P<title>\S.*?)(?:\s*[(（](?P<file>[^()（）]+\.txt)[)）])?\s*$"
)
_TITLE: Final = re.compile(
    r"^\s*(?P<number>[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2})*)(?:[.．]\s*(?![0-9０-９])|\s+)(?P<title>\S.*?)\s*$"
)
_HALF_WIDTH: Final = str.maketrans("０１２３４５６７８９．（）", "0123456789.()")


def _read_files(source: Path) -> dict[str, str]:
    if source.is_dir():
        if not (source / INDEX).is_file():
            raise Invalid(
                f"フォルダー {source.name} に目次のファイル {INDEX} がないため、読み込めません。"
                "何も登録していません。目次を置いて、やり直してください。"
            )
        paths = sorted(path for path in source.iterdir() if path.suffix == ".txt")
        return {path.name: _read_file(path) for path in (source / INDEX, *paths)}
    if source.name == INDEX and source.is_file():
        return _read_files(source.parent)
    if not source.is_file():
        raise Invalid(
            f"{source.name} が見つからないため、読み込めません。何も登録していません。"
            "フォルダーかファイルの場所を確かめてください。"
        )
    return {source.name: _read_file(source)}


def _read_file(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path.name} は UTF-8 の文字として読めません（先頭から{error.start}バイト目）。"
            "何も登録していません。UTF-8 で保存し直して、やり直してください。"
        ) from error
    except OSError as error:
        raise Invalid(
            f"{path.name} を開けませんでした。何も登録していません。"
            "ファイルの場所と読み取りの権限を確かめてください。"
        ) from error


def _refuse_control_characters(name: str, text: str) -> None:
    cleaned = clean_input(text.replace("\f", "\n"))
    if cleaned.refused:
        row = cleaned.text.count("\n", 0, cleaned.refused[0]) + 1
        raise Invalid(
            f"{name} の{row}行目に、文字でないデータ（制御文字）があります。何も登録していません。"
            "テキストとして保存し直して、やり直してください。"
        )


def _rows(text: str) -> list[tuple[int, str]]:
    lines = text.replace("\f", "\n").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(row, line) for row, line in enumerate(lines, 1) if line.strip()]


def _parts_by_index(texts: Mapping[str, str]) -> _Parts:
    parts = _Parts()
    for row, line in _rows(texts[INDEX]):
        found = _OUTLINE.match(line)
        if found is None:
            parts.slips.append(Slip(SlipKind.INDEX_LINE, INDEX, row, line))
            continue
        number = found["number"].translate(_HALF_WIDTH)
        _refuse_twice(parts, number, INDEX, row)
        if found["file"] is None:
            parts.chapters[number] = found["title"]
            continue
        name = found["file"].strip()
        if name not in texts:
            raise Invalid(
                f"{INDEX} の{row}行目にあるファイル {name}（{number} {found['title']}）が"
                "見つかりません。何も登録していません。ファイルを置くか、目次を直してください。"
            )
        parts.items[number] = _titled_part(parts, number, found["title"], name, texts[name])
    listed = {INDEX, *(part.file for part in parts.items.values())}
    parts.slips += [
        Slip(SlipKind.UNLISTED_FILE, name, 0, "") for name in sorted(texts) if name not in listed
    ]
    return parts


def _refuse_twice(parts: _Parts, number: str, file: str, row: int) -> None:
    if number in parts.items or number in parts.chapters:
        raise Invalid(
            f"{file} の{row}行目の番号 {number} は、すでに使われています。何も登録していません。"
            "番号が重ならないように直して、やり直してください。"
        )


def _titled_part(parts: _Parts, number: str, title: str, file: str, text: str) -> _Part:
    """The rows of an item's file behind its title, which has to bear the item's number."""
    rows = _rows(text)
    found = _TITLE.match(rows[0][1]) if rows else None
    if found is None:
        parts.slips.append(Slip(SlipKind.NO_TITLE, file, 0, ""))
        return _Part(number, title, file, rows)
    if found["number"].translate(_HALF_WIDTH) != number:
        raise Invalid(
            f"{file} の表題「{rows[0][1].strip()}」は、目次の番号 {number} と違います。"
            "何も登録していません。目次のファイル名か、本文の番号を直してください。"
        )
    if search_key(found["title"]) != search_key(title):
        parts.slips.append(Slip(SlipKind.TITLE, file, rows[0][0], rows[0][1]))
    return _Part(number, title, file, rows[1:])


def _parts_of_document(name: str, text: str) -> _Parts:
    """Everything in one text. A numbered line is a title only where a new item can begin.

    That is: its number comes after the last one, what follows is a block, at once or behind titles
    under this one, and the item before already has that block (or there is none before). So a
    numbered list inside a block stays lines of the block.
    """
    parts = _Parts()
    rows = _rows(text)
    current: _Part | None = None
    last: tuple[int, ...] = ()
    seen: set[Obligation] = set()
    for at, (row, line) in enumerate(rows):
        found = _TITLE.match(line.lstrip("# "))
        number = found["number"].translate(_HALF_WIDTH) if found else ""
        opened = _opened_by(number, rows[at + 1 :], name) if number else None
        if found is None or opened is None or (current and opened not in seen):
            block = _block_of(line, name, row)
            if block is not None:
                seen.add(block.obligation)
            if current is None:
                parts.slips.append(Slip(SlipKind.OUTSIDE, name, row, line))
            else:
                current.rows.append((row, line))
            continue
        if _order(number) <= last:
            _refuse_twice(parts, number, name, row)
        last = _order(number)
        if _block_of(rows[at + 1][1], name, rows[at + 1][0]) is None:
            parts.chapters[number] = found["title"]
            continue
        current, seen = _Part(number, found["title"], name, []), set()
        parts.items[number] = current
    return parts


def _opened_by(number: str, following: Sequence[tuple[int, str]], file: str) -> Obligation | None:
    """The first block behind a title, when only titles under `number` stand between."""
    for row, line in following:
        block = _block_of(line, file, row)
        if block is not None:
            return block.obligation
        found = _TITLE.match(line.lstrip("# "))
        below = found["number"].translate(_HALF_WIDTH) if found else ""
        if not below.startswith(number + "."):
            return None
        number = below
    return None


# ---- blocks ---------------------------------------------------------------------------------

_BRACKETED: Final = re.compile(r"^\s*【\s*(?P<name>[^【】]+?)\s*】\s*(?P<rest>.*)$")
_PARTICLE: Final = re.compile(r"[にのでをはがと、。）」]|及び|又は|以外")
_PAGE: Final = re.compile(
    r"^\s*(?:[0-9０-９]{1,4}\s*[/／]\s*[0-9０-９]{1,4}|[-－]\s*[0-9０-９]{1,4}\s*[-－])\s*$"
)


@dataclass(frozen=True, slots=True)
class _Block:
    obligation: Obligation
    misspelt: bool
    rest: str


def _block_of(line: str, file: str, row: int) -> _Block | None:
    """The obligation block a line opens, or None for any other line.

    A bracketed heading that is built like an obligation (実装…機能) but is none we know is refused:
    its lines would otherwise be counted under the block before it.
    """
    found = _BRACKETED.match(line)
    if found is None or _PARTICLE.match(found["rest"]):
        return None
    name = search_key(found["name"])
    if name in _BLOCK_NAMES:
        return _Block(_BLOCK_NAMES[name], misspelt=False, rest=found["rest"])
    likeness, nearest = max(
        (Indel.normalized_similarity(name, known), known) for known in sorted(_BLOCK_NAMES)
    )
    if likeness >= _MISSPELT:
        return _Block(_BLOCK_NAMES[nearest], misspelt=True, rest=found["rest"])
    if re.fullmatch(
        r"(?:実装|標準オプション|標準実装).*(?:機能|事項|項目)|.*実装(?:区分|類型)", name
    ):
        known_names = "、".join(f"【{known}】" for known in _BLOCKS)
        raise Invalid(
            f"{file} の{row}行目の区分【{found['name']}】は、知らない区分です。何も登録していません。"
            f"読める区分は {known_names} です。見出しを直して、やり直してください。"
        )
    return None


def _item(part: _Part, slips: list[Slip]) -> TextItem:
    current: Obligation | None = None
    seen: list[Obligation] = []
    preamble: list[str] = []
    lines: list[TextLine] = []
    for row, line in part.rows:
        text = line
        block = _block_of(line, part.file, row)
        if block is not None:
            if block.misspelt:
                slips.append(Slip(SlipKind.MISSPELT_BLOCK, part.file, row, line))
            if block.obligation in seen:
                slips.append(Slip(SlipKind.REPEATED_BLOCK, part.file, row, line))
            current = block.obligation
            seen.append(current)
            text = block.rest
            if not text:
                continue
        page = is_page_number(text)
        if page:
            slips.append(Slip(SlipKind.PAGE_NUMBER, part.file, row, line))
        if current is None:
            if not page:
                slips.append(Slip(SlipKind.OUTSIDE, part.file, row, line))
            preamble.append(text)
            continue
        heading = (found := _BRACKETED.match(text)) is not None and not found["rest"]
        lines.append(TextLine(current, len(lines) + 1, text, row, heading=heading, slip=page))
    slips.extend(
        Slip(SlipKind.MISSING_BLOCK, part.file, 0, f"{part.number} 【{obligation.label}】")
        for obligation in Obligation
        if obligation not in seen
    )
    level = part.number.count(".") + 1
    return TextItem(part.number, part.title, level, part.file, tuple(preamble), tuple(lines))


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(segment) for segment in number.split("."))


def _assemble(parts: _Parts) -> NationalText:
    slips = list(parts.slips)
    items = [_item(parts.items[number], slips) for number in sorted(parts.items, key=_order)]
    chapters = dict(parts.chapters)
    for item in items:
        segments = item.number.split(".")
        for depth in range(1, len(segments)):
            number = ".".join(segments[:depth])
            if number not in chapters and number not in parts.items:
                chapters[number] = number
                slips.append(Slip(SlipKind.NO_HEADING, item.file, 0, number))
    outline = _Outline([item.number for item in items])
    references = [
        found for item in items for line in item.lines for found in _references(item, line, outline)
    ]
    return NationalText(
        chapters=tuple(
            TextChapter(number, chapters[number], number.count(".") + 1)
            for number in sorted(chapters, key=_order)
        ),
        items=tuple(items),
        references=tuple(references),
        slips=tuple(slips),
    )


# ---- cross references -----------------------------------------------------------------------

_SEGMENT: Final = r"(?:0|[1-9]\d?)"
_ABBREVIATED: Final = rf"(?:[~～〜](?P<until>{_SEGMENT})(?=参照|[)]|を参照|に規定|まで))?"
_NUMBER: Final = re.compile(
    rf"(?<![\d.A-Za-z_/:-])(?P<number>{_SEGMENT}(?:\.{_SEGMENT})+)(?![\d]|\.\d){_ABBREVIATED}"
    r"|(?<![法令則例])第(?P<chapter>[1-9]\d?)章(?=(?:\([^()]*\))?を?参照)"
    r"|(?:(?<=[(「、])|(?<=及び)|(?<=又は))(?P<bare>[1-9]\d?)(?:章|\.)?(?=を?参照)"
)
# 平成15.1.7, バージョン1.2, TLS 1.2: a number, but not of the outline.
_NOT_OUTLINE_BEFORE: Final = re.compile(
    r"(?:平成|令和|昭和|大正|明治|西暦|バージョン|[Vv]er\.?|[A-Za-z]|第|約|最大|最小)\s?$"
)
_NOT_OUTLINE_AFTER: Final = re.compile(
    r"\s?(?:[%％‰倍秒分円歳年月日時個件名人割度版×]|か月|以上|以下|未満|以内|程度|ポイント|[A-Za-z])"
)
_RANGE: Final = re.compile(r"\s?(?:\([^()]*\))?\s?(?:[~～〜]|から)\s?")
_CONTEXT: Final = 20


class _Outline:
    """The loaded item numbers, asked for items, groups and ranges."""

    def __init__(self, numbers: Sequence[str]) -> None:
        self._numbers = tuple(numbers)
        self._items = frozenset(numbers)

    def find(self, number: str) -> tuple[Target | None, tuple[str, ...]]:
        if number in self._items:
            return Target.ITEM, (number,)
        under = tuple(item for item in self._numbers if item.startswith(number + "."))
        return (Target.GROUP, under) if under else (None, ())

    def between(self, first: str, last: str) -> tuple[str, ...]:
        """Items behind `first` up to `last` and what is under it, in order."""
        low, high = _order(first), _order(last)
        return tuple(
            item
            for item in self._numbers
            if low < _order(item) and (_order(item) <= high or item.startswith(last + "."))
        )


def _references(item: TextItem, line: TextLine, outline: _Outline) -> Iterator[Reference]:
    """Every outline number of a line in order; 4.1.1～3 gives 4.1.1 and 4.1.3."""
    if line.slip:
        return
    plain = line.text.translate(_HALF_WIDTH)  # as long as the line, so positions hold
    before: tuple[str, int] | None = None
    for found in _NUMBER.finditer(plain):
        if found["number"] and (
            _NOT_OUTLINE_BEFORE.search(plain, max(0, found.start() - 8), found.start())
            or _NOT_OUTLINE_AFTER.match(plain, found.end())
        ):
            continue
        group = next(name for name in ("number", "chapter", "bare") if found[name])
        number, (start, end) = found[group], found.span(group)
        ranged = before is not None and _RANGE.fullmatch(plain, before[1], start) is not None
        range_from = before[0] if before is not None and ranged else None
        yield _reference(item, line, (start, end), number, range_from, outline)
        before = number, end
        if found["until"]:
            last = number.rpartition(".")[0] + "." + found["until"]
            yield _reference(item, line, found.span("until"), last, number, outline)
            before = None


def _reference(
    item: TextItem,
    line: TextLine,
    span: tuple[int, int],
    number: str,
    range_from: str | None,
    outline: _Outline,
) -> Reference:
    target, reaches = outline.find(number)
    if range_from is not None and target is not None:
        reaches = outline.between(range_from, number)
    start, end = span
    low, high = max(0, start - _CONTEXT), min(len(line.text), end + _CONTEXT)
    excerpt = line.text[low:high]
    return Reference(
        source=item.number,
        position=line.position,
        start=start,
        end=end,
        to=number,
        range_from=range_from,
        target=target,
        reaches=reaches,
        text=("…" if low else "") + excerpt + ("…" if high < len(line.text) else ""),
    )
