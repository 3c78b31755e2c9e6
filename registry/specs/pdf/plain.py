"""The whole spec as one WeasyPrint document: the oracle the merged PDF is compared with.

Slow and hungry for memory, but every line is placed by WeasyPrint alone, page numbers of the
contents included. Nothing here is used to build what is published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from registry.specs.pdf import content, engine, fonts, glyphs

PLAIN_STYLE = engine.TEMPLATES / "specs" / "pdf" / "plain.css"


def build_plain(spec: Mapping[str, Any], data: bytes, *, draft: bool = False) -> bytes:
    """PDF of `spec` drawn in one piece, without attachment; running heads by WeasyPrint."""
    fonts.require_fonts()
    glyphs.check_printable(spec)
    sha256 = hashlib.sha256(data).hexdigest()
    units = content.units(spec, sha256, scheme=content.WITHIN)
    headings = [heading for unit in units for heading in unit.headings]
    bodies = [
        content.front(spec, headings, None, draft=draft, scheme=content.WITHIN),
        *(unit.html for unit in units),
    ]
    inner = "".join(html.partition("<body>")[2].rpartition("</body>")[0] for html in bodies)
    whole = content.document(inner, spec["edition"]["title"])
    rendered = engine.render_plainly(whole, PLAIN_STYLE.read_text(encoding="utf-8"))
    written: bytes = rendered.write_pdf(pdf_variant="pdf/ua-1")
    return written
