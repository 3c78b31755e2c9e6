"""One unit of HTML to a piece of PDF: pages with tags, without fonts.

The fonts are left out because the merge embeds one subset for all units; what was used of them
travels beside the pages, like the places that links may point to.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pydyf
import weasyprint
import weasyprint.pdf
from weasyprint.urls import FatalURLFetchingError

from registry.specs.pdf import engine, glyphs, tags

# 72 PDF points to 96 CSS pixels.
POINTS = 0.75
HEAD = struct.Struct(">I")

# Glyphs used of one font: glyph id to (width in thousandths of an em, text).
Glyphs = dict[int, tuple[int, str]]


class DrawingFailed(RuntimeError):
    """WeasyPrint asked for something outside or met a glyph that the check let through."""


@dataclass(frozen=True)
class Anchor:
    """A place to link to: 0-based page of its unit, point in PDF units from the bottom left."""

    name: str
    page: int
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """A drawn unit: `fonts` maps (resource name, family, bold) to the glyphs used."""

    pdf: bytes
    pages: int
    anchors: tuple[Anchor, ...]
    fonts: Mapping[tuple[str, str, bool], Glyphs]


def draw(html: str) -> bytes:
    """Draw one HTML document; the bytes are what `read` takes and the cache keeps."""
    used: list[Any] = []

    def no_fonts(
        pdf: Any, fonts: Mapping[Any, Any], compress: bool, subset: bool, options: object
    ) -> pydyf.Dictionary:
        used.extend(fonts.values())
        return pydyf.Dictionary()

    try:
        document = engine.render(html)
        for page in document.pages:
            # A box inside a link would bring a second link over the same place.
            page.links = [link for link in page.links if link[3].element_tag == "a"]
        with _written_by_us(no_fonts):
            pdf = document.write_pdf(pdf_tags=True)
    except FatalURLFetchingError as error:
        raise DrawingFailed(str(error)) from error
    return _packed(pdf, document, used)


def read(stored: bytes) -> Drawing:
    """The opposite of `draw`'s packing."""
    (length,) = HEAD.unpack_from(stored)
    start = HEAD.size + length
    head = json.loads(stored[HEAD.size : start])
    return Drawing(
        pdf=stored[start:],
        pages=head["pages"],
        anchors=tuple(Anchor(*anchor) for anchor in head["anchors"]),
        fonts={
            (name, family, bold): {glyph: (width, text) for glyph, width, text in used}
            for name, family, bold, used in head["fonts"]
        },
    )


def draw_all(pages: Sequence[str], processes: int) -> Iterator[bytes]:
    """Draw several documents, in order; more than one is shared out to forked workers."""
    workers = min(processes, len(pages))
    engine.warm()
    if workers <= 1:
        with collector_off():
            for html in pages:
                yield draw(html)
                gc.collect()
        return
    gc.collect()
    gc.freeze()
    try:
        # Forked, not spawned: the workers inherit the parsed stylesheet and the font map.
        with multiprocessing.get_context("fork").Pool(workers, _start_worker) as pool:
            yield from pool.imap(_draw_in_worker, pages)
    finally:
        gc.unfreeze()


@contextmanager
def collector_off() -> Iterator[None]:
    """Layout makes millions of objects that stay alive: looking through them costs a third."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _start_worker() -> None:
    gc.disable()


def _draw_in_worker(html: str) -> bytes:
    drawn = draw(html)
    gc.collect()
    return drawn


@contextmanager
def _written_by_us(no_fonts: Any) -> Iterator[None]:
    """Let WeasyPrint's writer leave out fonts and use our structure tree.

    These two names are not public. The lock file pins the version, and the tests of this package
    read the result back.
    """
    module = weasyprint.pdf
    before = module.build_fonts_dictionary, module.add_tags
    module.build_fonts_dictionary, module.add_tags = no_fonts, tags.add_tags
    try:
        yield
    finally:
        module.build_fonts_dictionary, module.add_tags = before


def _packed(pdf: bytes, document: weasyprint.Document, fonts: Sequence[Any]) -> bytes:
    anchors = [
        (name, number, round(x * POINTS, 2), round((page.height - y) * POINTS, 2))
        for number, page in enumerate(document.pages)
        for name, (x, y, _, _) in page.anchors.items()
    ]
    used: dict[tuple[str, str, bool], Glyphs] = {}
    for font in fonts:
        if font.missing:
            codes = "、".join(f"U+{code:04X}" for code in font.missing)
            raise DrawingFailed(f"書体にない文字がありました：{codes}")
        bold = font.weight >= 600
        found = used.setdefault((font.hash, font.family, bold), {})
        for glyph, text in font.to_unicode.items():
            told = glyphs.told(font.family, bold, glyph, text)
            found.setdefault(glyph, (font.widths[glyph], told))
    head = json.dumps(
        {
            "pages": len(document.pages),
            "anchors": anchors,
            "fonts": [
                [*name, [[glyph, *what] for glyph, what in sorted(found.items())]]
                for name, found in sorted(used.items())
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return HEAD.pack(len(head)) + head + pdf
