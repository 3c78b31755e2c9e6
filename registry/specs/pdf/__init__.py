"""spec.pdf: an edition's frozen data drawn as a tagged PDF/UA-1 document."""

from __future__ import annotations

from registry.specs.pdf.build import build_pdf
from registry.specs.pdf.glyphs import check_printable

__all__ = ["build_pdf", "check_printable"]
