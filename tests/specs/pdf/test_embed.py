from __future__ import annotations

import io

import pikepdf
from fontTools.ttLib import TTFont

from registry.specs.pdf import embed, fonts, stamp


def _used(text: str) -> dict[tuple[str, str, bool], dict[int, tuple[int, str]]]:
    found: dict[tuple[str, str, bool], dict[int, tuple[int, str]]] = {}
    for glyph in stamp.line(text):
        key = (f"F{glyph.family[0]}", glyph.family, glyph.bold)
        found.setdefault(key, {})[glyph.gid] = (glyph.width, glyph.text)
    return found


def test_one_font_holds_what_all_units_used() -> None:
    table = embed.FontTable()
    table.add(_used("海図"))
    table.add(_used("海流𠮷"))
    pdf = pikepdf.Pdf.new()

    written = table.write(pdf)

    assert sorted(written.keys()) == ["/FB", "/FN"]
    body = written["/FB"]
    descendant = body.DescendantFonts[0]
    file = TTFont(io.BytesIO(descendant.FontDescriptor.FontFile2.read_bytes()))
    order = file.getGlyphOrder()
    drawn = {n for n, name in enumerate(order) if file["glyf"][name].numberOfContours}
    gids = {glyph.gid for glyph in stamp.line("海図流")}
    assert drawn - {0} == gids
    assert len(order) == max(gids) + 1
    cmap = body.ToUnicode.read_bytes().decode()
    assert all(f"<{char.encode('utf-16-be').hex()}>" in cmap for char in "海図流")


def test_widths_stand_at_their_glyphs() -> None:
    table = embed.FontTable()
    table.add({("F", fonts.BODY, False): {5: (500, "a"), 6: (600, "b"), 9: (900, "c")}})

    pdf = pikepdf.Pdf.new()
    widths = table.write(pdf)["/F"].DescendantFonts[0].W

    assert [list(w) if isinstance(w, pikepdf.Array) else int(w) for w in widths] == [
        5,
        [500, 600],
        9,
        [900],
    ]


def test_the_earlier_unit_decides_a_width() -> None:
    table = embed.FontTable()
    table.add({("F", fonts.BODY, False): {5: (500, "a")}})
    table.add({("F", fonts.BODY, False): {5: (501, "a")}})

    assert table.glyphs["F"][5] == (500, "a")


def test_a_stamp_uses_the_font_of_the_units_or_brings_its_own() -> None:
    table = embed.FontTable()
    table.add(_used("海"))
    plain, bold = stamp.line("海")[0], stamp.line("案", bold=True)[0]

    assert table.use(plain) == "FB"
    assert table.use(bold) == table.use(bold) != "FB"


def test_the_fallback_is_embedded_as_opentype() -> None:
    table = embed.FontTable()
    table.add(_used("𠮷"))

    pdf = pikepdf.Pdf.new()
    descendant = table.write(pdf)["/FN"].DescendantFonts[0]

    assert descendant.Subtype == "/CIDFontType0"
    assert descendant.FontDescriptor.FontFile3.read_bytes()[:4] == b"OTTO"
