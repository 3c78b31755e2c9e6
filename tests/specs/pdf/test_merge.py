from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest

from registry.specs.pdf import content, draw, merge
from tests.specs.pdf import pdfread


def _drawing(body: str) -> draw.Drawing:
    return draw.read(draw.draw(content.document(f"<section>{body}</section>", "試験")))


@pytest.fixture(scope="module")
def merged() -> pikepdf.Pdf:
    spec: dict[str, Any] = {
        "edition": {"title": "試験 <&> 仕様書", "number": "1.0", "issued_on": "2026-10-01"},
        "region": {"issuer": "事務局"},
    }
    parts = [
        merge.Part(
            _drawing('<h1 id="one">一</h1><p><a href="x-kaizu:two">二へ</a></p>'), "一", cover=True
        ),
        merge.Part(_drawing('<h1 id="two">二</h1><p><a href="x-kaizu:one">一へ</a></p>'), "二"),
        merge.Part(_drawing('<h2 id="sub">下</h2><p id="one">同じ名</p>'), "二"),
    ]
    headings = [
        content.Heading(1, "一", "one"),
        content.Heading(1, "二", "two"),
        content.Heading(2, "下", "sub"),
    ]
    pdf = merge.merge(spec, b"{}\n", parts, headings, draft=True)
    return pikepdf.open(io.BytesIO(pdf))


def _named(pdf: pikepdf.Pdf) -> dict[str, Any]:
    names = pdf.Root.Names.Dests.Names
    return {str(names[n]): names[n + 1] for n in range(0, len(names), 2)}


def test_names_lead_to_the_first_place_so_called(merged: pikepdf.Pdf) -> None:
    pages = [page.objgen for page in merged.pages]

    where = {name: pages.index(place[0].objgen) for name, place in _named(merged).items()}

    assert where == {"one": 0, "two": 1, "sub": 2}
    assert list(where) == sorted(where)


def test_links_across_units_have_a_name_to_go_to(merged: pikepdf.Pdf) -> None:
    links = [str(link.Dest) for page in merged.pages for link in page.get("/Annots", [])]

    assert links == ["two", "one"]


def test_the_numbers_of_links_do_not_collide(merged: pikepdf.Pdf) -> None:
    nums = merged.Root.StructTreeRoot.ParentTree.Nums
    keys = [int(nums[n]) for n in range(0, len(nums), 2)]
    owners = {int(nums[n]): nums[n + 1] for n in range(0, len(nums), 2)}

    assert keys == list(range(5))
    for page in merged.pages:
        for link in page.get("/Annots", []):
            assert owners[int(link.StructParent)].S == "/Link"
    assert int(merged.Root.StructTreeRoot.ParentTreeNextKey) == 5


def test_one_document_holds_all_units_in_order(merged: pikepdf.Pdf) -> None:
    roles = [element.role for element in pdfread.elements(merged) if element.depth == 1]
    pages = {page.objgen for page in merged.pages}

    assert roles == ["Sect", "Sect", "Sect"]
    for element in pdfread.elements(merged):
        for page, _ in pdfread.contents(element.obj):
            assert page.objgen in pages


def test_bookmarks_nest_as_the_headings_do(merged: pikepdf.Pdf) -> None:
    with merged.open_outline() as outline:
        told = [(item.title, [kid.title for kid in item.children]) for item in outline.root]

    assert told == [("一", []), ("二", ["下"])]


def test_title_and_claim_stand_in_the_metadata(merged: pikepdf.Pdf) -> None:
    packet = merged.Root.Metadata.read_bytes().decode()

    assert "試験 &lt;&amp;&gt; 仕様書 第1.0版（案）" in packet
    assert "<pdfuaid:part>1</pdfuaid:part>" in packet
    assert merged.Root.ViewerPreferences.DisplayDocTitle is True
    assert merged.Root.MarkInfo.Marked is True
    assert str(merged.Root.Lang) == "ja"
    assert str(merged.docinfo["/Title"]) == "試験 <&> 仕様書 第1.0版（案）"


def test_the_fonts_are_shared_by_all_pages(merged: pikepdf.Pdf) -> None:
    assert len({page.Resources.Font.objgen for page in merged.pages}) == 1
