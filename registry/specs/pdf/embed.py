"""One subset of each font for the whole document.

Units name their fonts alike and keep the glyph ids of the whole font, so the union of what they
used is enough to draw all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pikepdf
import uharfbuzz
from pikepdf import Array, Dictionary, Name, Pdf, String

from registry.specs.pdf import fonts
from registry.specs.pdf.draw import Glyphs
from registry.specs.pdf.stamp import Glyph

# Tables that place text or name things: done by the time glyphs are drawn.
DROPPED = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "JSTF", "VORG", "kern", "vhea", "vmtx", "gasp")
FLAGS = uharfbuzz.SubsetFlags
# ISO 32000-1 table 123: a font with characters outside the Latin set.
SYMBOLIC = 4


class FontTable:
    """The glyphs used by all units and stamps, by resource name."""

    def __init__(self) -> None:
        self.faces: dict[str, tuple[str, bool]] = {}
        self.glyphs: dict[str, Glyphs] = {}

    def add(self, used: Mapping[tuple[str, str, bool], Glyphs]) -> None:
        """Add what one unit used; where two units differ in a width the earlier one counts."""
        for (name, family, bold), glyphs in used.items():
            self.faces[name] = (family, bold)
            known = self.glyphs.setdefault(name, {})
            for glyph, what in glyphs.items():
                known.setdefault(glyph, what)

    def use(self, glyph: Glyph) -> str:
        """Add a stamped glyph; return the resource name of its font."""
        face = (glyph.family, glyph.bold)
        name = next((name for name, known in self.faces.items() if known == face), None)
        if name is None:
            name = f"S{len(self.faces)}"
            self.faces[name] = face
            self.glyphs[name] = {}
        self.glyphs[name].setdefault(glyph.gid, (glyph.width, glyph.text))
        return name

    def write(self, pdf: Pdf) -> pikepdf.Object:
        """The font resource dictionary, as an indirect object of `pdf`."""
        written = {
            f"/{name}": _font(pdf, *self.faces[name], glyphs)
            for name, glyphs in sorted(self.glyphs.items())
        }
        return pdf.make_indirect(Dictionary(written))


def _subset(family: str, bold: bool, gids: set[int]) -> tuple[bytes, str]:
    """Font file with only these glyphs, ids kept; and its PostScript name."""
    face = fonts.hb_face(family, bold)
    for flags in (FLAGS.RETAIN_GIDS, FLAGS.DEFAULT):
        # The second pass drops the empty glyphs behind the last one used.
        wanted = uharfbuzz.SubsetInput()
        keep = gids if flags == FLAGS.RETAIN_GIDS else range(max(gids) + 1)
        wanted.glyph_set.update(keep)
        wanted.flags = flags | FLAGS.NO_HINTING | FLAGS.DESUBROUTINIZE
        wanted.drop_table_tag_set.update(
            int.from_bytes(tag.encode("ascii"), "big") for tag in DROPPED
        )
        face = uharfbuzz.subset(face, wanted)
    return face.blob.data, f"{family.replace(' ', '')}-{'Bold' if bold else 'Regular'}"


def _prefix(family: str, bold: bool, glyphs: Glyphs) -> str:
    told = f"{family}{bold}{sorted(glyphs)}"
    return "".join(chr(65 + byte % 26) for byte in hashlib.sha256(told.encode()).digest()[:6])


def _font(pdf: Pdf, family: str, bold: bool, glyphs: Glyphs) -> pikepdf.Object:
    data, postscript = _subset(family, bold, {0, *glyphs})
    name = Name(f"/{_prefix(family, bold, glyphs)}+{postscript}")
    opentype = data[:4] == b"OTTO"
    file = pdf.make_stream(data)
    if opentype:
        file.Subtype = Name.OpenType
    else:
        file.Length1 = len(data)
    whole = uharfbuzz.Font(fonts.hb_face(family, bold))
    scale = 1000 / fonts.hb_face(family, bold).upem
    extents = whole.get_font_extents("ltr")
    ascent, descent = round(extents.ascender * scale), round(extents.descender * scale)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        FontFamily=String(family),
        Flags=SYMBOLIC,
        FontBBox=[0, descent, 1000, ascent],
        ItalicAngle=0,
        Ascent=ascent,
        Descent=descent,
        CapHeight=ascent,
        StemV=140 if bold else 80,
    )
    descriptor[Name.FontFile3 if opentype else Name.FontFile2] = file
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0 if opentype else Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
        ),
        DW=1000,
        W=_widths(glyphs),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    if not opentype:
        descendant.CIDToGIDMap = Name.Identity
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(descendant)],
            ToUnicode=pdf.make_stream(_to_unicode(glyphs)),
        )
    )


def _widths(glyphs: Glyphs) -> pikepdf.Array:
    """The W array: runs of consecutive glyph ids with their widths."""
    runs: list[int | list[int]] = []
    last = -2
    for gid in sorted(glyphs):
        if gid != last + 1:
            runs.extend((gid, []))
        run = runs[-1]
        if isinstance(run, list):
            run.append(glyphs[gid][0])
        last = gid
    return Array([Array(run) if isinstance(run, list) else run for run in runs])


def _to_unicode(glyphs: Glyphs) -> bytes:
    """CMap from glyph ids to text (ISO 32000-1 9.10.3), in blocks of at most 100."""
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <ffff>",
        "endcodespacerange",
    ]
    pairs = [(gid, text) for gid, (_, text) in sorted(glyphs.items()) if text]
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines.append(f"{len(block)} beginbfchar")
        lines.extend(f"<{gid:04x}> <{text.encode('utf-16-be').hex()}>" for gid, text in block)
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")
