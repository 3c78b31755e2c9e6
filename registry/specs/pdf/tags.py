"""The structure tree of a drawn unit, for PDF/UA-1 (ISO 14289-1).

WeasyPrint's own tree gives one element a line of text, one table a page and header references
whose names collide once units are merged. This one has a node for each HTML element that means
something, however many pages it is spread over; headings of tables carry Scope; a table head
repeated on a later page is an artifact; a link says in words where it leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import pydyf
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

ROLES = {
    "section": "Sect",
    "h1": "H1",
    "h2": "H2",
    "h3": "H3",
    "p": "P",
    "table": "Table",
    "caption": "Caption",
    "thead": "THead",
    "tbody": "TBody",
    "tr": "TR",
    "th": "TH",
    "td": "TD",
    "a": "Link",
    "{http://www.w3.org/2000/svg}svg": "Figure",
}
# Elements that hold other elements only; text straight inside them gets a paragraph.
GROUPING = frozenset(("Document", "Sect", "Table", "THead", "TBody", "TR", "TOC", "TOCI"))
SCOPES = {"col": "/Column", "row": "/Row"}
SVG_TITLE = "{http://www.w3.org/2000/svg}title"
ACROSS = "x-kaizu:"
POINTS = 0.75
# Annotation flag of ISO 32000-1 table 165: shown in print as well.
PRINT = 4


class Node:
    """One structure element; `kids` are nodes, (page, mcid) pairs and (page, annotation) links."""

    __slots__ = ("attributes", "extra", "kids", "page", "role")

    def __init__(self, role: str, page: int) -> None:
        self.role = role
        self.page = page
        self.kids: list[Any] = []
        self.attributes: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}


class Link:
    """A link annotation on a page."""

    __slots__ = ("annotation", "page")

    def __init__(self, page: int, annotation: Any) -> None:
        self.page = page
        self.annotation = annotation


class Builder:
    """Walks the boxes of all pages and remembers which element became which node."""

    def __init__(self, heights: Sequence[float]) -> None:
        self.heights = heights
        self.root = Node("Document", 0)
        self.nodes: dict[Any, Node] = {}
        # Marked content of this page that turned out to be a repeated table head.
        self.repeated: list[int] = []

    def walk(self, box: Any, parent: Node, page: int, marks: dict[Any, Any]) -> None:
        """Add `box` and what is inside it below `parent`."""
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if isinstance(box, boxes.TextBox):
            self._text(parent, page, marks.pop(box)["mcid"])
            return
        node = self._node(box, parent, page)
        if node is None:
            self._drop(box, marks)
            return
        if isinstance(box, boxes.ReplacedBox):
            node.kids.append((page, marks.pop(box)["mcid"]))
            return
        if isinstance(box, boxes.ParentBox):
            for child in box.children:
                self.walk(child, node, page, marks)

    def _node(self, box: Any, parent: Node, page: int) -> Node | None:
        """The node that `box` belongs to; None when it must not be read out again."""
        element = box.element
        if element is None or isinstance(box, boxes.LineBox):
            return parent
        role = element.get("data-tag") or ROLES.get(box.element_tag)
        if role is None:
            return parent
        node = self.nodes.get(element)
        if node is None:
            node = self.nodes[element] = Node(role, page)
            parent.kids.append(node)
            self._describe(node, box, page)
        elif role == "THead" and node.page != page:
            return None
        if box.link_annotation:
            node.kids.append(Link(page, self._link(box)))
        return node

    def _describe(self, node: Node, box: Any, page: int) -> None:
        element = box.element
        if node.role in ("TH", "TD"):
            if node.role == "TH":
                node.attributes["Scope"] = SCOPES[element.get("scope", "col")]
            if box.colspan != 1:
                node.attributes["ColSpan"] = box.colspan
        elif node.role == "Figure":
            title = element.find(SVG_TITLE)
            node.extra["Alt"] = pydyf.String(title.text)
            left, top = box.content_box_x() * POINTS, box.content_box_y() * POINTS
            right, bottom = left + box.width * POINTS, top + box.height * POINTS
            height = self.heights[page]
            node.attributes["BBox"] = pydyf.Array((left, height - bottom, right, height - top))
            node.attributes["Placement"] = "/Block"

    def _text(self, parent: Node, page: int, mcid: int) -> None:
        if parent.role in GROUPING:
            paragraph = Node("P", page)
            parent.kids.append(paragraph)
            parent = paragraph
        parent.kids.append((page, mcid))

    def _drop(self, box: Any, marks: dict[Any, Any]) -> None:
        """Take the marks of a repeated table head out of the tree."""
        for inner in box.descendants():
            if inner in marks:
                self.repeated.append(marks.pop(inner)["mcid"])

    @staticmethod
    def _link(box: Any) -> Any:
        """Make the annotation point to a named place of the merged document."""
        annotation = box.link_annotation
        address = annotation.pop("A")["URI"].string
        if not address.startswith(ACROSS):
            raise ValueError("A spec links to its own places only.")
        annotation["Dest"] = pydyf.String(unquote(address.removeprefix(ACROSS)))
        words = box.element.get("data-words") or "".join(box.element.itertext()).strip()
        annotation["Contents"] = pydyf.String(f"{words}へ移動")
        annotation["F"] = PRINT
        return annotation


def add_tags(pdf: Any, document: Any, pdf_version: object, page_streams: Sequence[Any]) -> None:
    """Write the structure tree; takes the place of WeasyPrint's function of the same name."""
    builder = Builder([page.height * POINTS for page in document.pages])
    for number, (page, stream) in enumerate(zip(document.pages, page_streams, strict=True)):
        builder.walk(page._page_box, builder.root, number, stream._tags)
        if builder.repeated:
            _unmark(stream, builder.repeated)
            builder.repeated = []
    Writer(pdf, len(document.pages)).write(builder.root)


def _unmark(stream: Any, mcids: Sequence[int]) -> None:
    """Turn marked content into artifacts, in the operators of a page not yet written."""
    wanted = set(mcids)
    items = stream.stream
    for index, item in enumerate(items):
        if isinstance(item, pydyf.Dictionary) and item.get("MCID") in wanted:
            items[index - 1 : index + 2] = ["/Artifact", b"", b"BMC"]
            wanted.discard(item["MCID"])
    if wanted:
        raise ValueError("Marked content of a repeated table head is not in its page.")


class Writer:
    """Turns nodes into PDF objects."""

    def __init__(self, pdf: Any, pages: int) -> None:
        self.pdf = pdf
        self.pages = pages
        self.references: tuple[bytes, ...] = pdf.page_references
        self.by_page: list[dict[int, bytes]] = [{} for _ in range(pages)]
        self.annotations: list[tuple[Any, bytes]] = []

    def write(self, root: Node) -> None:
        tree = pydyf.Dictionary({"Type": "/StructTreeRoot"})
        self.pdf.add_object(tree)
        tree["K"] = self._element(root, tree.reference)
        numbers = pydyf.Array()
        for page, parents in enumerate(self.by_page):
            last = max(parents, default=-1)
            numbers.append(page)
            numbers.append(pydyf.Array(parents.get(mcid, "null") for mcid in range(last + 1)))
        for number, (annotation, parent) in enumerate(self.annotations, start=self.pages):
            annotation["StructParent"] = number
            numbers.append(number)
            numbers.append(parent)
        nums = pydyf.Dictionary({"Nums": numbers})
        self.pdf.add_object(nums)
        tree["ParentTree"] = nums.reference
        self.pdf.catalog["StructTreeRoot"] = tree.reference
        # The merged document names all places itself.
        self.pdf.catalog.pop("Names", None)

    def _element(self, node: Node, parent: bytes) -> bytes:
        element = pydyf.Dictionary({"S": f"/{node.role}", "P": parent})
        self.pdf.add_object(element)
        reference: bytes = element.reference
        if node.attributes:
            owner = "/Layout" if node.role == "Figure" else "/Table"
            element["A"] = pydyf.Dictionary({"O": owner, **node.attributes})
        element.update(node.extra)
        if node.role == "Table":
            element["Pg"] = self.references[node.page]
        kids = pydyf.Array()
        for kid in node.kids:
            if isinstance(kid, Node):
                kids.append(self._element(kid, reference))
            elif isinstance(kid, Link):
                self.annotations.append((kid.annotation, reference))
                kids.append(
                    pydyf.Dictionary(
                        {
                            "Type": "/OBJR",
                            "Obj": kid.annotation.reference,
                            "Pg": self.references[kid.page],
                        }
                    )
                )
            else:
                kids.append(self._content(node, element, *kid))
                self.by_page[kid[0]][kid[1]] = reference
        if kids:
            element["K"] = kids[0] if len(kids) == 1 else kids
        return reference

    def _content(self, node: Node, element: Any, page: int, mcid: int) -> Any:
        here = self.references[page]
        if "Pg" not in element:
            element["Pg"] = here
            node.page = page
        if node.page == page:
            return mcid
        return pydyf.Dictionary({"Type": "/MCR", "Pg": here, "MCID": mcid})
