"""Drawn units to one PDF: pages, fonts, running heads, structure, bookmarks, links, attachment.

Everything is written in printed order and nothing depends on the clock or on where a unit came
from, so equal units give equal bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from registry.specs import words
from registry.specs.pdf import stamp
from registry.specs.pdf.content import Heading
from registry.specs.pdf.draw import Drawing
from registry.specs.pdf.embed import FontTable

ATTACHMENT = "spec.json"
PRODUCER = f"Kaizu template {words.TEMPLATE_VERSION}"


@dataclass(frozen=True)
class Part:
    """A drawn unit in its place; `running` is the chapter in the running head."""

    drawing: Drawing
    running: str
    cover: bool = False


@dataclass(frozen=True)
class Place:
    """Where an anchor lies in the merged document: 0-based page and point."""

    page: int
    x: float
    y: float


def places(drawings: Sequence[Drawing]) -> dict[str, Place]:
    """All anchors by name; of two equal names the first counts."""
    found: dict[str, Place] = {}
    start = 0
    for drawing in drawings:
        for anchor in drawing.anchors:
            found.setdefault(anchor.name, Place(start + anchor.page, anchor.x, anchor.y))
        start += drawing.pages
    return found


def merge(
    spec: Mapping[str, Any],
    data: bytes,
    parts: Sequence[Part],
    headings: Sequence[Heading],
    *,
    draft: bool,
) -> bytes:
    """The finished PDF; `data` becomes its only attachment."""
    pdf = Pdf.new()
    tree = _Tree(pdf, sum(part.drawing.pages for part in parts))
    for part in parts:
        with Pdf.open(io.BytesIO(part.drawing.pdf)) as source:
            tree.add(source)
    tree.close()
    fonts = FontTable()
    for part in parts:
        fonts.add(part.drawing.fonts)
    _stamp(pdf, spec, parts, fonts, draft=draft)
    _give_fonts(pdf, fonts)
    where = places([part.drawing for part in parts])
    _bookmarks(pdf, headings, where)
    _names(pdf, where)
    _attach(pdf, data, spec["edition"]["issued_on"])
    _describe(pdf, spec, draft=draft)
    out = io.BytesIO()
    pdf.save(
        out,
        min_version="1.7",
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


class _Tree:
    """The structure trees of the units below one Document element."""

    def __init__(self, pdf: Pdf, pages: int) -> None:
        self.pdf = pdf
        self.pages = pages
        self.root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.document = pdf.make_indirect(Dictionary(S=Name.Document, P=self.root))
        self.kids: list[pikepdf.Object] = []
        # Owners of the marked content of each page, and of each link (ISO 32000-1 14.7.4.4).
        self.page_parents: list[pikepdf.Object] = []
        self.link_parents: list[pikepdf.Object] = []

    def add(self, source: Pdf) -> None:
        """Take over the pages of a unit with their part of the tree."""
        pages = len(source.pages)
        for drawn in source.pages:
            self.pdf.pages.append(drawn)
        # Copied after the pages, so that its references to them lead to the copies.
        tree = self.pdf.copy_foreign(source.Root.StructTreeRoot)
        for kid in _list(tree.K.get("/K")):
            kid.P = self.document
            self.kids.append(kid)
        numbers = tree.ParentTree.Nums
        parents = [numbers[index] for index in range(1, len(numbers), 2)]
        links = self.pages + len(self.link_parents) - pages
        for number in range(len(self.page_parents), len(self.page_parents) + pages):
            page = self.pdf.pages[number].obj
            page.StructParents = number
            for link in page.get("/Annots", []):
                link.StructParent = links + int(link.StructParent)
        self.page_parents.extend(parents[:pages])
        self.link_parents.extend(parents[pages:])

    def close(self) -> None:
        """Write the tree and the table from content to its elements."""
        numbers = Array()
        for number, parent in enumerate((*self.page_parents, *self.link_parents)):
            numbers.append(number)
            numbers.append(parent)
        self.document.K = Array(self.kids)
        self.root.K = self.document
        self.root.ParentTree = self.pdf.make_indirect(Dictionary(Nums=numbers))
        self.root.ParentTreeNextKey = self.pages + len(self.link_parents)
        self.pdf.Root.StructTreeRoot = self.root


def _list(value: pikepdf.Object | None) -> list[pikepdf.Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _stamp(
    pdf: Pdf, spec: Mapping[str, Any], parts: Sequence[Part], fonts: FontTable, *, draft: bool
) -> None:
    """Write heads and numbers over every page, and the ground of a draft under it."""
    edition = spec["edition"]
    mark = f"（{stamp.DRAFT_MARK}）" if draft else ""
    left = f"{edition['title']}　第{edition['number']}版{mark}"
    total = len(pdf.pages)
    grounds: dict[tuple[float, float], pikepdf.Object] = {}
    number = 0
    for part in parts:
        for own in range(part.drawing.pages):
            page = pdf.pages[number].obj
            number += 1
            paper = (float(page.MediaBox[2]), float(page.MediaBox[3]))
            if paper not in grounds:
                ground = stamp.draft_ground(paper, fonts.use) if draft else b""
                # WeasyPrint leaves its own coordinates behind: q and Q keep them to itself.
                grounds[paper] = pdf.make_stream(ground + b"q\n")
            over = stamp.running(
                paper,
                left,
                part.running,
                f"{number} / {total}",
                cover=part.cover and own == 0,
                use=fonts.use,
            )
            page.Contents = Array([grounds[paper], page.Contents, pdf.make_stream(b"Q\n" + over)])


def _give_fonts(pdf: Pdf, fonts: FontTable) -> None:
    written = fonts.write(pdf)
    for page in pdf.pages:
        page.obj.Resources.Font = written


def _destination(pdf: Pdf, place: Place) -> pikepdf.Array:
    return Array([pdf.pages[place.page].obj, Name.XYZ, place.x, place.y, 0])


def _bookmarks(pdf: Pdf, headings: Sequence[Heading], where: Mapping[str, Place]) -> None:
    """Bookmarks as deep as the contents, the parts of the document closed."""
    root = pdf.make_indirect(Dictionary(Type=Name.Outlines))
    # The open branch: (level, item, its children so far).
    branch: list[tuple[int, pikepdf.Object, list[pikepdf.Object]]] = [(0, root, [])]

    def close() -> None:
        level, item, kids = branch.pop()
        if kids:
            item.First, item.Last = kids[0], kids[-1]
            item.Count = len(kids) if level == 0 else -len(kids)
            for before, after in pairwise(kids):
                before.Next, after.Prev = after, before

    for heading in headings:
        while branch[-1][0] >= heading.level:
            close()
        item = pdf.make_indirect(
            Dictionary(
                Title=String(heading.label),
                Parent=branch[-1][1],
                Dest=_destination(pdf, where[heading.anchor]),
            )
        )
        branch[-1][2].append(item)
        branch.append((heading.level, item, []))
    while branch:
        close()
    pdf.Root.Outlines = root
    pdf.Root.PageMode = Name.UseOutlines


def _names(pdf: Pdf, where: Mapping[str, Place]) -> None:
    """A named destination for every anchor, requirement codes included."""
    named = sorted((bytes(String(name)), name) for name in where)
    pairs = Array()
    for _, name in named:
        pairs.append(String(name))
        pairs.append(_destination(pdf, where[name]))
    pdf.Root.Names = pdf.make_indirect(Dictionary(Dests=pdf.make_indirect(Dictionary(Names=pairs))))


def _attach(pdf: Pdf, data: bytes, issued_on: str) -> None:
    """Embed spec.json with its sum and the day of issue as its dates."""
    file = pdf.make_stream(data)
    file.Type = Name.EmbeddedFile
    file.Subtype = Name("/application/json")
    stamped = String(_pdf_date(issued_on))
    file.Params = Dictionary(
        Size=len(data),
        # The format asks for MD5 here; what proves the content is the printed SHA-256.
        CheckSum=String(hashlib.md5(data, usedforsecurity=False).digest()),
        CreationDate=stamped,
        ModDate=stamped,
    )
    attached = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(ATTACHMENT),
            UF=String(ATTACHMENT),
            Desc=String("この仕様書のもとになったデータ"),
            AFRelationship=Name.Source,
            EF=Dictionary(F=file, UF=file),
        )
    )
    pdf.Root.Names.EmbeddedFiles = Dictionary(Names=[String(ATTACHMENT), attached])
    pdf.Root.AF = Array([attached])


def _describe(pdf: Pdf, spec: Mapping[str, Any], *, draft: bool) -> None:
    """Language, title and the claim of PDF/UA-1, in the catalogue and in XMP."""
    edition = spec["edition"]
    mark = f"（{stamp.DRAFT_MARK}）" if draft else ""
    title = f"{edition['title']} 第{edition['number']}版{mark}"
    root = pdf.Root
    root.Lang = String("ja")
    root.MarkInfo = Dictionary(Marked=True)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.docinfo[Name.Title] = String(title)
    pdf.docinfo[Name.Author] = String(spec["region"]["issuer"])
    pdf.docinfo[Name.Producer] = String(PRODUCER)
    pdf.docinfo[Name.CreationDate] = String(_pdf_date(edition["issued_on"]))
    pdf.docinfo[Name.ModDate] = String(_pdf_date(edition["issued_on"]))
    packet = pdf.make_stream(_xmp(title, spec["region"]["issuer"], edition["issued_on"]))
    packet.Type = Name.Metadata
    packet.Subtype = Name.XML
    root.Metadata = packet


def _pdf_date(day: str) -> str:
    return f"D:{date.fromisoformat(day):%Y%m%d}000000Z"


def _xmp(title: str, author: str, day: str) -> bytes:
    moment = f"{date.fromisoformat(day).isoformat()}T00:00:00Z"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>ja</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{escape(PRODUCER)}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
<xmp:CreateDate>{moment}</xmp:CreateDate>
<xmp:ModifyDate>{moment}</xmp:ModifyDate>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
