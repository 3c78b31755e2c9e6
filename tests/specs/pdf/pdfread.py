"""What the tests read back out of a PDF, with pikepdf and poppler only."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf

# "BT", a font, a string: enough of the operators to follow marked content.
MARKED = ("BMC", "BDC", "EMC")


@dataclass(frozen=True)
class Element:
    """A structure element with its role and depth."""

    obj: Object
    role: str
    depth: int


def kids(element: Object) -> list[Object]:
    found = element.get("/K")
    if found is None:
        return []
    return list(found) if isinstance(found, Array) else [found]


def elements(pdf: Pdf) -> Iterator[Element]:
    """The structure elements in reading order."""

    def walk(obj: Object, depth: int) -> Iterator[Element]:
        yield Element(obj, str(obj.S)[1:], depth)
        for kid in kids(obj):
            if isinstance(kid, Dictionary) and "/S" in kid:
                yield from walk(kid, depth + 1)

    yield from walk(pdf.Root.StructTreeRoot.K, 0)


def contents(element: Object) -> Iterator[tuple[Object, int]]:
    """(page, mcid) of the marked content directly inside an element."""
    for kid in kids(element):
        if isinstance(kid, int):
            yield element.Pg, int(kid)
        elif isinstance(kid, Dictionary) and kid.get("/Type") == "/MCR":
            yield kid.Pg, int(kid.MCID)


def marked(page: Object) -> tuple[list[int], int, int]:
    """(mcids in painting order, artifacts, text shown outside any mark) of a page."""
    mcids: list[int] = []
    artifacts = loose = 0
    stack: list[str] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BMC", "BDC"):
            stack.append(str(operands[0]))
            if str(operands[0]) == "/Artifact":
                artifacts += 1
            elif name == "BDC":
                mcids.append(int(operands[1].MCID))
        elif name == "EMC":
            stack.pop()
        elif name in ("Tj", "TJ", "'", '"') and not stack:
            loose += 1
    assert stack == []
    return mcids, artifacts, loose


def text(pdf: bytes, *options: str) -> str:
    """What pdftotext reads."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        done = subprocess.run(
            ["pdftotext", "-enc", "UTF-8", *options, file.name, "-"],
            check=True,
            capture_output=True,
        )
    return done.stdout.decode()


def flat(told: str) -> str:
    """Without the spaces and line ends that a reader puts between words."""
    return re.sub(r"\s+", "", told)


def images(pdf: bytes, folder: Path, resolution: int) -> list[Path]:
    """Grey pictures of all pages, in order."""
    file = folder / "in.pdf"
    file.write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-gray", "-r", str(resolution), str(file), str(folder / "page")], check=True
    )
    return sorted(folder.glob("page-*.pgm"))
