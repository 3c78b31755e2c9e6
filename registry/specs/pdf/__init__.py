"""spec.pdf: an edition's frozen data drawn as a tagged PDF/UA-1 document."""

from __future__ import annotations

# First of all: it hides the machine's fonts before WeasyPrint looks for them.
from registry.specs.pdf import engine as engine  # isort: skip
from registry.specs.pdf.build import build_pdf
from registry.specs.pdf.cache import ChapterCache
from registry.specs.pdf.glyphs import check_printable

__all__ = ["ChapterCache", "build_pdf", "check_printable"]
