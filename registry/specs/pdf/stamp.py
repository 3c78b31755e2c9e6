"""Running heads, page numbers and the mark of a draft, written over finished pages.

All of it is marked as an artifact: a screen reader must not read it between two sentences.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import uharfbuzz

from registry.specs.pdf import fonts, glyphs

MM = 72 / 25.4
SIZE = 8.0
MARGIN = 15 * MM
DRAFT_MARK = "案"
DRAFT_SIZE = 300.0
DRAFT_GREY = 0.93


@dataclass(frozen=True)
class Glyph:
    """One glyph of the stamp: its face, id, width in thousandths of an em, and text."""

    family: str
    bold: bool
    gid: int
    width: int
    text: str


# Registers a glyph for embedding and returns the resource name of its font.
Use = Callable[[Glyph], str]


@functools.cache
def _font(family: str, bold: bool) -> uharfbuzz.Font:
    return uharfbuzz.Font(fonts.hb_face(family, bold))


@functools.lru_cache(maxsize=8192)
def _glyph(cluster: str, bold: bool) -> Glyph | None:
    """The glyph of a character, or of a character with its variation selector."""
    for family in (fonts.BODY, fonts.FALLBACK):
        font = _font(family, bold)
        if len(cluster) == 2:
            gid = (
                font.get_variation_glyph(ord(cluster[0]), ord(cluster[1]))
                if glyphs.sequence_family(*cluster) == family
                else None
            )
        else:
            gid = font.get_nominal_glyph(ord(cluster))
        if gid:
            upem = fonts.hb_face(family, bold).upem
            width = round(font.get_glyph_h_advance(gid) * 1000 / upem)
            return Glyph(family, bold, gid, width, cluster)
    return None


def line(
    text: str, *, bold: bool = False, most: float | None = None, size: float = SIZE
) -> list[Glyph]:
    """`text` on one line, ended by 「…」 where it would be wider than `most` points."""
    found = [glyph for cluster in _clusters(text) if (glyph := _glyph(cluster, bold))]
    if most is None or width(found, size) <= most:
        return found
    dots = _glyph("…", bold)
    tail = [dots] if dots else []
    while found and width(found + tail, size) > most:
        found.pop()
    return found + tail


def _clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for char in " ".join(text.split()):
        if clusters and glyphs.SEQUENCE.fullmatch(clusters[-1][-1] + char):
            clusters[-1] += char
        elif char not in glyphs.INVISIBLE:
            clusters.append(char)
    return clusters


def width(found: Sequence[Glyph], size: float) -> float:
    """Width in points."""
    return sum(glyph.width for glyph in found) * size / 1000


def _show(found: Sequence[Glyph], x: float, y: float, size: float, use: Use) -> bytes:
    """Operators that show the glyphs with their baseline at (x, y)."""
    parts = [f"BT {x:.2f} {y:.2f} Td"]
    current = ""
    run: list[str] = []

    def flush() -> None:
        if run:
            parts.append(f"<{''.join(run)}> Tj")
            run.clear()

    for glyph in found:
        name = use(glyph)
        if name != current:
            flush()
            parts.append(f"/{name} {size:g} Tf")
            current = name
        run.append(f"{glyph.gid:04x}")
    flush()
    parts.append("ET")
    return "\n".join(parts).encode("ascii")


def _artifact(kind: str, side: str, content: bytes) -> bytes:
    head = f"/Artifact <</Type /Pagination /Subtype /{kind} /Attached [/{side}]>> BDC\n"
    return head.encode("ascii") + content + b"\nEMC\n"


def draft_ground(paper: tuple[float, float], use: Use) -> bytes:
    """A pale 「案」 under the text, as large as the page bears."""
    mark = line(DRAFT_MARK, bold=True)
    x = (paper[0] - width(mark, DRAFT_SIZE)) / 2
    y = paper[1] / 2 - DRAFT_SIZE * 0.38
    shown = _show(mark, x, y, DRAFT_SIZE, use)
    return (
        b"/Artifact <</Type /Pagination /Subtype /Watermark>> BDC\nq\n"
        + f"{DRAFT_GREY} g\n".encode("ascii")
        + shown
        + b"\nQ\nEMC\n"
    )


def running(
    paper: tuple[float, float], left: str, right: str, number: str, *, cover: bool, use: Use
) -> bytes:
    """Head (document left, chapter right, a rule below) and page number; a cover has no head."""
    wide, tall = paper
    content = b"0 g 0 G\n"
    if not cover:
        y = tall - 12 * MM
        half = (wide - 2 * MARGIN - 12) / 2
        title, chapter = line(left, most=half), line(right, most=half)
        rule = f"0.4 w {MARGIN:.2f} {y - 4:.2f} m {wide - MARGIN:.2f} {y - 4:.2f} l S\n"
        content += _artifact(
            "Header",
            "Top",
            rule.encode("ascii")
            + _show(title, MARGIN, y, SIZE, use)
            + b"\n"
            + _show(chapter, wide - MARGIN - width(chapter, SIZE), y, SIZE, use),
        )
    digits = line(number)
    foot = _show(digits, (wide - width(digits, SIZE)) / 2, 9 * MM, SIZE, use)
    return content + _artifact("Footer", "Bottom", foot)
