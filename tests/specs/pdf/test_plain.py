from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from benchmarks.spec_pdf import frozen, made_spec
from registry.specs.pdf import build_pdf
from registry.specs.pdf.plain import build_plain
from tests.specs.pdf import pdfread

# Millimetres (left and right, top, bottom) of the two papers in spec.css.
TALL = (15, 22, 20)
WIDE = (15, 20, 17)
RESOLUTION = 100


def _inside(path: Path) -> Image.Image:
    picture = Image.open(path)
    side, top, bottom = (
        round(millimetres / 25.4 * RESOLUTION)
        for millimetres in (WIDE if picture.width > picture.height else TALL)
    )
    # Two pixels more at the sides: the outer rules of tables are drawn on the margin's edge.
    return picture.crop((side - 2, top, picture.width - side + 2, picture.height - bottom))


@pytest.mark.slow
def test_merged_units_look_like_one_document(tmp_path: Path) -> None:
    spec = made_spec(300)
    data = frozen(spec)
    pages = []
    for name, pdf in (("merged", build_pdf(spec, data)), ("plain", build_plain(spec, data))):
        folder = tmp_path / name
        folder.mkdir()
        pages.append(pdfread.images(pdf, folder, RESOLUTION))

    assert len(pages[0]) == len(pages[1]) > 60
    for merged, plain in zip(*pages, strict=True):
        difference = ImageChops.difference(_inside(merged), _inside(plain))
        assert difference.getbbox() is None, merged.name
