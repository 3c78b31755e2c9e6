"""A frozen edition as a row of units: pieces of HTML that are each drawn alone.

A unit knows nothing of where it will stand: no page number, no running head. That is what lets
units be drawn by several processes, kept in a cache by their text, and put together in any state
of that cache to the same bytes. A unit starts on a fresh page; the parts of the document and the
大分類 of the function list do so anyway, and only a 大分類 of more than `ROWS` lines is cut further,
between its 中分類 if that is possible.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from registry.specs import words
from registry.specs.pdf import engine, goals, towns
from registry.specs.pdf.glyphs import lacking_in, printed

Spec = Mapping[str, Any]

# About seven pages of A4 landscape: half a page of white in seven, and half a second of drawing.
ROWS = 60
# Lines of 団体別適用 are short: about five pages.
TOWN_ROWS = 120

# Links between units: `merge` finds their place by name once all pages are known.
ACROSS = "x-kaizu:"
WITHIN = "#"


@dataclass(frozen=True)
class Heading:
    """One line of the contents and of the bookmarks; `anchor` is a named destination."""

    level: int
    label: str
    anchor: str


@dataclass(frozen=True)
class Unit:
    """HTML drawn alone; `running` is the chapter named in its running heads."""

    name: str
    running: str
    html: str
    wide: bool
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Piece:
    """A run of lines of one 中分類, with what is printed above it."""

    chapter: Mapping[str, Any]
    section: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    opens_chapter: bool
    opens_section: bool
    closes_section: bool


@functools.cache
def environment() -> Environment:
    """Jinja with escaping on; `printed` also marks the glyph variants."""
    made = Environment(
        loader=FileSystemLoader(engine.TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printed(value) if type(value) is str else value,
    )
    made.filters["japanese_date"] = words.japanese_date
    made.filters["western_date"] = words.western_date
    made.globals["words"] = words
    return made


def part_titles(spec: Spec) -> dict[str, str]:
    """Titles of the parts that this edition has, in printed order."""
    titles: dict[str, str] = {}
    number = 0
    for key, title in (
        ("goals", "目的・目標"),
        ("business", "業務要件"),
        ("legend", "凡例"),
        ("functions", "機能要件一覧"),
        ("towns", "団体別適用"),
        ("terms", "用語"),
        ("imprint", "奥付"),
    ):
        if (key == "towns" and not spec["municipalities"]) or (
            key == "terms" and not spec["terms"]
        ):
            continue
        if key in ("legend", "imprint"):
            titles[key] = title
        else:
            number += 1
            titles[key] = f"第{number}章　{title}"
    return titles


def units(spec: Spec, sha256: str, *, scheme: str = ACROSS) -> list[Unit]:
    """All units after the contents, in printed order; `scheme` is how links name their target."""
    titles = part_titles(spec)
    made = [
        _part("goals", spec, titles, scheme, figures=goals.figures(spec["goals"])),
        _part("business", spec, titles, scheme, scope=_scope(spec)),
        _part("legend", spec, titles, scheme),
        *_functions(spec, titles, scheme),
    ]
    if "towns" in titles:
        made.extend(_towns(spec, titles, scheme))
    if "terms" in titles:
        made.append(_part("terms", spec, titles, scheme))
    made.append(_part("imprint", spec, titles, scheme, sha256=sha256, lacking=lacking_in(spec)))
    return made


def front(
    spec: Spec,
    headings: Sequence[Heading],
    pages: Mapping[str, int] | None,
    *,
    draft: bool,
    scheme: str = ACROSS,
) -> str:
    """HTML of cover, 改定履歴 and contents.

    `pages` maps anchors to page numbers; None leaves the numbers to the stylesheet.
    """
    return document(
        fragment("front", spec, scheme, headings=headings, pages=pages, draft=draft),
        spec["edition"]["title"],
    )


def document(body: str, title: str) -> str:
    """A whole HTML document around fragments."""
    return environment().get_template("specs/pdf/document.html").render(body=body, title=title)


def fragment(name: str, spec: Spec, scheme: str, **values: object) -> str:
    """One template's HTML, wrapped in the section that carries its paper."""

    def to(anchor: str) -> str:
        return scheme + quote(anchor, safe="-._~")

    return environment().get_template(f"specs/pdf/{name}.html").render(spec=spec, to=to, **values)


def pieces(chapter: Mapping[str, Any], most: int) -> list[list[Piece]]:
    """The lines of one 大分類, cut into units of at most about `most` lines.

    Whole 中分類 stay together as long as they fit; a longer one is cut into equal runs.
    """
    found: list[list[Piece]] = [[]]
    count = 0
    for section in chapter["sections"]:
        rows = section["requirements"]
        runs = max(1, -(-len(rows) // most))
        size = -(-len(rows) // runs)
        for run in range(runs):
            part = rows[run * size : (run + 1) * size]
            if found[-1] and (count + len(part) > most or run):
                found.append([])
                count = 0
            found[-1].append(
                Piece(
                    chapter=chapter,
                    section=section,
                    rows=part,
                    opens_chapter=section is chapter["sections"][0] and run == 0,
                    opens_section=run == 0,
                    closes_section=run == runs - 1,
                )
            )
            count += len(part)
    return [unit for unit in found if unit]


def _part(name: str, spec: Spec, titles: Mapping[str, str], scheme: str, **values: object) -> Unit:
    title = titles[name]
    body = fragment(name, spec, scheme, title=title, **values)
    return Unit(
        name=name,
        running=title,
        html=document(body, spec["edition"]["title"]),
        wide=False,
        headings=(Heading(1, title, f"part-{name}"),),
    )


def _chapter_label(chapter: Mapping[str, Any]) -> str:
    return f"{chapter['number']}　{chapter['title']}"


def _functions(spec: Spec, titles: Mapping[str, str], scheme: str) -> Iterator[Unit]:
    title = titles["functions"]
    known = {goal["code"] for goal in spec["goals"]}
    runs = [run for chapter in spec["chapters"] for run in pieces(chapter, ROWS)] or [[]]
    for index, run in enumerate(runs):
        body = fragment(
            "functions", spec, scheme, title=title, run=run, first=index == 0, known=known
        )
        headings = [Heading(1, title, "part-functions")] if index == 0 else []
        for piece in run:
            if piece.opens_chapter:
                number = piece.chapter["number"]
                headings.append(Heading(2, _chapter_label(piece.chapter), f"chapter-{number}"))
            if piece.opens_section:
                number = piece.section["number"]
                headings.append(Heading(3, _chapter_label(piece.section), f"section-{number}"))
        yield Unit(
            name=f"functions-{index + 1}",
            running=f"{title}　{_chapter_label(run[0].chapter)}" if run else title,
            html=document(body, spec["edition"]["title"]),
            wide=True,
            headings=tuple(headings),
        )


def _towns(spec: Spec, titles: Mapping[str, str], scheme: str) -> Iterator[Unit]:
    title = titles["towns"]
    first = True
    for columns in towns.column_groups(spec["municipalities"]):
        for run in towns.runs(spec["chapters"], TOWN_ROWS):
            body = fragment(
                "towns",
                spec,
                scheme,
                title=title,
                table=towns.table(run, columns),
                columns=columns,
                first=first,
            )
            yield Unit(
                name=f"towns-{columns[0]['code']}-{run[0].chapter['number']}-{run[0].first}",
                running=title,
                html=document(body, spec["edition"]["title"]),
                wide=True,
                headings=(Heading(1, title, "part-towns"),) if first else (),
            )
            first = False


def _scope(spec: Spec) -> list[dict[str, Any]]:
    """Counts a 大分類, for 情報システム化の範囲."""
    table = []
    for chapter in spec["chapters"]:
        rows = [row for section in chapter["sections"] for row in section["requirements"]]
        counts = {key: sum(row["obligation"] == key for row in rows) for key in words.OBLIGATION}
        table.append({"chapter": chapter, "counts": counts, "total": len(rows)})
    return table
