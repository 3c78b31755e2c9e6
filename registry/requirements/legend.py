"""What the columns and marks of one list mean: the legend every import carries.

The same ○ is a town's wish in one list, a vendor's answer in the next and a price band in a
third, so no meaning is taken for granted; only words that say it themselves are proposed.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from registry.errors import Invalid
from registry.labels import Labelled
from registry.requirements.obligation import Obligation
from registry.requirements.table import Row, Table, letter

MAX_SIGNS = 30


class Axis(Labelled):
    """What a list's marks speak about; only `obligation` says what is required."""

    OBLIGATION = "obligation", "実装区分"
    IMPORTANCE = "importance", "重要度"
    ANSWER = "answer", "事業者の回答"
    COST = "cost", "費用"
    NONE = "none", "意味を持たない"


class Field(Labelled):
    """What a column can hold; several columns may make up the section."""

    ID = "id", "ID"
    VERSION = "version", "版"
    SECTION = "section", "分類"
    NUMBER = "number", "番号"
    TEXT = "text", "要件"
    MARK = "mark", "区分の印"
    GOAL = "goal", "目標"
    KIND = "kind", "種別"
    STEP = "step", "手順"
    NOTE = "note", "備考"


_AXES = {one.value: one for one in Axis}
_FIELDS = {one.value: one for one in Field}


@dataclass(frozen=True, slots=True)
class Mark:
    """The meaning of a sign; `value` is an obligation on that axis, free text on the others."""

    axis: Axis
    value: str | None = None

    def to_data(self) -> dict[str, str | None]:
        return {"axis": self.axis.value, "value": self.value}


@dataclass(frozen=True, slots=True)
class Legend:
    """How to read one list.

    `columns` maps a heading to a field. `marks` maps a sign to its meaning; None means that
    nobody has said it yet, and rejects its rows as an unlisted sign does. `blank` is what an
    empty mark means. `head_row` counts as Excel does; 0 means no headings, columns are then named
    「A列」. With `carry_down` a section left blank is the one above it.
    """

    columns: Mapping[str, Field]
    marks: Mapping[str, Mark | None] = field(default_factory=dict)
    blank: Mark | None = None
    name: str = ""
    sheet: str | None = None
    head_row: int = 1
    carry_down: bool = False

    def to_data(self) -> dict[str, Any]:
        """JSON-able form; `from_data` reads it."""
        return {
            "name": self.name,
            "sheet": self.sheet,
            "head_row": self.head_row,
            "carry_down": self.carry_down,
            "columns": {heading: one.value for heading, one in self.columns.items()},
            "marks": {sign: mark and mark.to_data() for sign, mark in self.marks.items()},
            "blank": self.blank and self.blank.to_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Legend:
        """The legend of `to_data` or of a form; raises Invalid in Japanese, by field."""
        problems: dict[str, list[str]] = {}
        head_row = data.get("head_row", 1)
        if isinstance(head_row, bool) or not isinstance(head_row, int) or head_row < 0:
            problems["head_row"] = ["見出しの行は0以上の整数で書いてください（0は見出しなし）。"]
        columns = _columns(_section(data, "columns"), problems)
        marks = {
            sign: _mark(meaning, f"印「{sign}」", problems)
            for sign, meaning in _section(data, "marks").items()
        }
        legend = cls(
            columns=columns,
            marks=marks,
            blank=_mark(data.get("blank"), "空欄（blank）", problems),
            name=str(data.get("name") or ""),
            sheet=str(data["sheet"]) if data.get("sheet") else None,
            head_row=head_row,
            carry_down=data.get("carry_down", False) is True,
        )
        if problems:
            first = next(iter(problems.values()))[0]
            raise Invalid(f"凡例を読めませんでした。{first}", problems)
        return legend


def parse_legend(toml_text: str) -> Legend:
    """The legend written as TOML: `[list]`, `[columns]`, `[marks."sign"]`, `blank`.

    Other tables are left to their readers. Raises Invalid with what is wrong and where.
    """
    try:
        written = tomllib.loads(toml_text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:  # also numbers or tables beyond all measure
        where = re.search(r"line (\d+)", str(error))
        place = f"{where[1]}行目あたり" if where else "終わりのあたり"
        raise Invalid(
            f"凡例をTOMLとして読めませんでした（{place}）。書き方を確かめてください。"
        ) from error
    known = ("list", "columns", "marks", "blank")
    for key in written:
        close = [] if key in known else get_close_matches(key, known, n=1, cutoff=0.7)
        if close:
            raise Invalid(
                f"凡例の「{key}」は「{close[0]}」の書き間違いではありませんか。直してください。"
            )
    head = _section(written, "list")
    return Legend.from_data(
        {key: head[key] for key in ("name", "sheet", "head_row", "carry_down") if key in head}
        | {"blank": head.get("blank")}
        | {key: written[key] for key in ("columns", "marks", "blank") if key in written}
    )


def normal(heading: str) -> str:
    """A heading as it is compared: without width, case, spaces and line breaks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading)).casefold()


# Signs that look alike and are typed for one another.
_ALIKE = str.maketrans({"〇": "○", "◯": "○", "⭕": "○", "✕": "×", "✖": "×", "╳": "×", "⦿": "◎"})


def sign_key(sign: str) -> str:
    """A sign as it is compared when it is not listed exactly as typed."""
    return normal(sign.translate(_ALIKE))


def _section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise Invalid(f"凡例の「{key}」は表（[{key}]）として書いてください。")
    return value


def _columns(written: Mapping[str, Any], problems: dict[str, list[str]]) -> dict[str, Field]:
    columns: dict[str, Field] = {}
    messages = []
    for heading, name in written.items():
        if not isinstance(name, str) or name not in _FIELDS:
            allowed = " ".join(Field.values())
            messages.append(
                f"見出し「{heading}」の「{name}」は使えません。使えるのは {allowed} です。"
            )
            continue
        taken = [other for other, one in columns.items() if one == name]
        if taken and name != Field.SECTION:
            messages.append(
                f"見出し「{taken[0]}」と「{heading}」がどちらも{_FIELDS[name].label}（{name}）です。一つにしてください。"
            )
        columns[heading] = _FIELDS[name]
    if Field.TEXT not in columns.values():
        messages.append(
            "要件の本文（text）になる見出しがありません。[columns]に一つ書いてください。"
        )
    if messages:
        problems["columns"] = messages
    return columns


def _mark(written: Any, what: str, problems: dict[str, list[str]]) -> Mark | None:
    if written is None:
        return None

    def refuse(message: str) -> None:
        problems.setdefault("marks", []).append(f"{what}：{message}")

    if not isinstance(written, Mapping):
        refuse('{axis = "…", value = "…"} の形で書いてください。')
        return None
    if extra := sorted(set(written) - {"axis", "value"}):
        refuse(f"「{extra[0]}」は使えません。blankは一番上か[list]の中に書いてください。")
        return None
    axis, value = written.get("axis"), written.get("value")
    if not axis:
        return None
    if axis not in _AXES:
        refuse(f"axisの「{axis}」は使えません。使えるのは {' '.join(Axis.values())} です。")
        return None
    if axis == Axis.OBLIGATION and value not in Obligation.values():
        refuse(f"valueの「{value}」は使えません。使えるのは {' '.join(Obligation.values())} です。")
        return None
    return Mark(_AXES[axis], None if value is None or axis == Axis.NONE else str(value))


# Usual headings, the surest first: of two candidates for a field the earlier word wins.
_HEADINGS: dict[Field, tuple[str, ...]] = {
    Field.ID: ("id", "要件id", "機能id", "識別id", "識別子", "行id", "管理id"),
    Field.VERSION: ("版", "版番号", "version"),
    Field.NUMBER: (
        *("番号", "項番", "no", "no.", "#", "要件番号", "項目番号", "要求番号", "通番", "連番"),
        *("整理番号", "通し番号", "number"),
    ),
    Field.TEXT: (
        *("機能要件", "要件", "要件内容", "要件の内容", "requirementtext", "requirement", "本文"),
        *("要求事項", "要求仕様", "要求内容", "要件定義", "仕様内容", "仕様", "機能内容", "内容"),
        *("機能概要", "必要な機能", "求める機能", "機能", "説明", "text"),
    ),
    Field.MARK: (
        *("必須/任意", "必須・任意", "必須任意", "必須・任意の別", "必須/任意の別", "実装区分"),
        *("必須区分", "必須", "要否", "必要度", "重要度", "優先度", "評価", "区分", "判定", "mark"),
    ),
    Field.KIND: ("種別", "要件種別", "要件の種類", "種類", "kind"),
    Field.GOAL: ("目標id", "目標コード", "目標番号", "目標", "goal"),
    Field.STEP: ("手順", "業務手順", "工程", "業務の流れ", "step"),
    Field.NOTE: ("備考", "備考欄", "補足", "特記事項", "摘要", "コメント", "note", "remarks"),
}
_SECTION = re.compile(
    r"[大中小細第\d]*(?:項目|分類|区分)名?[\d１-９]?|カテゴリー?|分野|章|節|機能名称?|業務名?称?|サブシステム名?|section"
)

# Words that say themselves what they mean.
_EVIDENT = {
    **dict.fromkeys(
        ("必須", "実装必須", "実装必須機能", "必須要件", "必須機能"), Obligation.MANDATORY
    ),
    **dict.fromkeys(
        ("任意", "標準オプション", "標準オプション機能", "任意要件"), Obligation.OPTIONAL
    ),
    **dict.fromkeys(("実装不可", "実装不可機能", "実装しない"), Obligation.PROHIBITED),
    **{one.value: one for one in Obligation},
}


def headings(row: Row | None, width: int) -> list[str]:
    """The name of each column: its heading, or 「A列」 where there is none."""
    cells = row.cells if row is not None else ()
    named = [cells[index].strip() if index < len(cells) else "" for index in range(width)]
    return [name or f"{letter(index)}列" for index, name in enumerate(named)]


def guess_legend(table: Table) -> Legend:
    """A legend to start from: usual headings mapped, the signs found, sure meanings filled in.

    Signs that could mean several things are listed with None, for a person to decide.
    """
    head = _head_row(table)
    body = [row for row in table.rows if head is None or row.number > head.number]
    width = max((len(row.cells) for row in (*body, *([head] if head else []))), default=0)
    names = headings(head, width)
    chosen = _guess_columns(names, body)
    marks: dict[str, Mark | None] = {}
    for index in [index for index, one in chosen.items() if one == Field.MARK]:
        signs = list(dict.fromkeys(sign for row in body if (sign := _cell(row, index))))
        if len(signs) > MAX_SIGNS:
            del chosen[index]
            continue
        marks = {sign: _evident(sign) for sign in signs}
    sections = [index for index, one in chosen.items() if one == Field.SECTION]
    return Legend(
        columns={names[index]: one for index, one in sorted(chosen.items())},
        marks=marks,
        name=table.name,
        sheet=table.sheet,
        head_row=head.number if head else 0,
        carry_down=bool(sections) and _has_gap(body, min(sections)),
    )


def _cell(row: Row, index: int) -> str:
    return row.cells[index].strip() if index < len(row.cells) else ""


def _evident(sign: str) -> Mark | None:
    value = _EVIDENT.get(normal(sign))
    return Mark(Axis.OBLIGATION, value.value) if value else None


def _head_row(table: Table) -> Row | None:
    """Of the first rows the one with the most known headings, the topmost when equal."""

    def known(row: Row) -> int:
        return sum(_rank(normal(cell)) is not None for cell in row.cells if cell.strip())

    best = max(table.rows[:20], key=known, default=None)
    if best is not None and known(best):
        return best
    wide = any(len(row.cells) > 1 for row in table.rows)
    return table.rows[0] if wide else None


def _rank(heading: str) -> tuple[Field, int] | None:
    """The field a heading names and how far down its list of words it stands."""
    plain = re.sub(r"[(\[【「].*", "", heading)
    for one in (heading, plain):
        for named, words in _HEADINGS.items():
            if one in words:
                return named, words.index(one)
        if _SECTION.fullmatch(one):
            return Field.SECTION, 0
    if "必須" in heading:
        return Field.MARK, 50
    if plain.endswith(("要件", "要求")):
        return Field.TEXT, 50
    return None


def _guess_columns(names: list[str], body: list[Row]) -> dict[int, Field]:
    ranked: dict[Field, list[tuple[int, int]]] = {}
    for index, name in enumerate(names):
        # Two columns of one name could not be told apart in the legend.
        if names.count(name) == 1 and (rank := _rank(normal(name))) is not None:
            ranked.setdefault(rank[0], []).append((rank[1], index))
    chosen: dict[int, Field] = {}
    for named, found in ranked.items():
        kept = sorted(found) if named == Field.SECTION else [min(found)]
        chosen |= {index: named for _, index in kept}
    if Field.TEXT not in chosen.values():
        free = [
            index
            for index, name in enumerate(names)
            if names.count(name) == 1 and chosen.get(index, Field.SECTION) == Field.SECTION
        ]
        lengths = {index: sum(len(_cell(row, index)) for row in body) for index in free}
        if lengths:
            chosen[max(lengths, key=lengths.__getitem__)] = Field.TEXT
    return chosen


def _has_gap(body: list[Row], index: int) -> bool:
    """Whether a blank cell of the first section column follows a filled one."""

    def filled() -> Iterator[bool]:
        for row in body:
            yield bool(_cell(row, index))

    seen = False
    for is_filled in filled():
        if seen and not is_filled:
            return True
        seen = seen or is_filled
    return False
