"""From a frozen edition to the bytes of spec.pdf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from registry.specs.pdf import content, fonts, glyphs, merge
from registry.specs.pdf.cache import ChapterCache, key
from registry.specs.pdf.draw import Drawing, collector_off, draw_all, read

# Lines of the contents that fit a page, and the lines the heading takes.
CONTENTS_LINES = 36


def build_pdf(
    spec: Mapping[str, Any],
    data: bytes,
    *,
    draft: bool = False,
    cache: ChapterCache | None = None,
    processes: int = 2,
) -> bytes:
    """The PDF of an edition: `data` is spec.json, `spec` its content.

    Equal `data` and `draft` give equal bytes, whatever `cache` holds and however many `processes`
    draw. Raises Invalid when a character cannot be drawn and FontsMissing when a font file is not
    installed; nothing is read but the fonts and templates, and nothing is fetched.
    """
    fonts.require_fonts()
    glyphs.check_printable(spec)
    held = cache or ChapterCache()
    units = content.units(spec, hashlib.sha256(data).hexdigest())
    with collector_off():
        drawings = _drawn([unit.html for unit in units], held, processes)
        headings = [heading for unit in units for heading in unit.headings]
        front = _front(spec, headings, drawings, held, draft=draft)
        held.trim()
        parts = [
            merge.Part(front, "改定履歴・目次", cover=True),
            *(
                merge.Part(drawing, unit.running)
                for drawing, unit in zip(drawings, units, strict=True)
            ),
        ]
        contents = content.Heading(1, "目次", "part-contents")
        return merge.merge(spec, data, parts, [contents, *headings], draft=draft)


def _drawn(pages: Sequence[str], cache: ChapterCache, processes: int) -> list[Drawing]:
    """Drawings of HTML documents, from the cache where it has them."""
    keys = [key(html) for html in pages]
    drawings = {name: read(stored) for name in keys if (stored := cache.get(name)) is not None}
    missing = {name: html for name, html in zip(keys, pages, strict=True) if name not in drawings}
    # The longest first: at the end no worker is left alone with a big one.
    order = sorted(missing, key=lambda name: (-len(missing[name]), name))
    drawn_in_order = draw_all([missing[name] for name in order], processes)
    for name, drawn in zip(order, drawn_in_order, strict=True):
        cache.put(name, drawn)
        drawings[name] = read(drawn)
    return [drawings[name] for name in keys]


def _front(
    spec: Mapping[str, Any],
    headings: Sequence[content.Heading],
    drawings: Sequence[Drawing],
    cache: ChapterCache,
    *,
    draft: bool,
) -> Drawing:
    """Cover, 改定履歴 and contents; drawn again only when the guess of its length was wrong."""
    places = merge.places(drawings)
    length = 2 + max(1, -(-(len(headings) + 2) // CONTENTS_LINES))
    while True:
        numbers = {heading.anchor: length + places[heading.anchor].page + 1 for heading in headings}
        html = content.front(spec, headings, numbers, draft=draft)
        (front,) = _drawn([html], cache, 1)
        if front.pages == length:
            return front
        # The length does not depend on the numbers, so the second drawing is right.
        length = front.pages
