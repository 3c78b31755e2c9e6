from __future__ import annotations

import io

import pikepdf
import pytest

from registry.specs.pdf import content, draw
from tests.specs.pdf import pdfread

ROWS = "".join(f'<tr><th scope="row">A-{n}</th><td>要件の文{n}</td></tr>' for n in range(90))
TABLE = (
    '<table class="grid"><colgroup><col style="width:20%"/><col style="width:80%"/></colgroup>'
    '<thead><tr><th scope="col">機能ID</th><th scope="col">機能要件</th></tr></thead>'
    f"<tbody>{ROWS}</tbody></table>"
)


def _drawn(body: str) -> pikepdf.Pdf:
    html = content.document(f"<section>{body}</section>", "試験")
    return pikepdf.open(io.BytesIO(draw.read(draw.draw(html)).pdf))


def _roles(pdf: pikepdf.Pdf) -> list[str]:
    return [element.role for element in pdfread.elements(pdf)]


def test_a_table_over_several_pages_is_one_table_with_one_head() -> None:
    with _drawn(TABLE) as pdf:
        roles = _roles(pdf)
        heads = [pdfread.marked(page.obj) for page in pdf.pages]

        assert len(pdf.pages) > 2
        assert roles.count("Table") == roles.count("THead") == 1
        assert roles.count("TR") == 91
        assert roles.count("TH") == 92
        # The heads of later pages are there as artifacts: their marks are not numbered.
        first = set(heads[1][0])
        assert first == set(range(max(first) + 1)) - {0, 1}
        assert all(loose == 0 for _, _, loose in heads)


def test_heads_say_what_they_head() -> None:
    with _drawn(TABLE) as pdf:
        scopes = [str(e.obj.A.Scope) for e in pdfread.elements(pdf) if e.role == "TH"]

    assert scopes == ["/Column", "/Column", *["/Row"] * 90]


def test_content_and_elements_point_at_each_other() -> None:
    with _drawn(TABLE + "<h2>見出し</h2><p>一行目<br/>二行目</p>") as pdf:
        parents = pdf.Root.StructTreeRoot.ParentTree.Nums
        owners = {int(parents[n]): parents[n + 1] for n in range(0, len(parents), 2)}
        told = 0
        for element in pdfread.elements(pdf):
            for page, mcid in pdfread.contents(element.obj):
                assert owners[int(page.StructParents)][mcid] == element.obj
                told += 1
        painted = sum(len(pdfread.marked(page.obj)[0]) for page in pdf.pages)

    assert told == painted > 0


def test_a_paragraph_over_two_pages_is_one_paragraph() -> None:
    with _drawn(f"<p>{'長い段落の文。' * 900}</p>") as pdf:
        (paragraph,) = [e for e in pdfread.elements(pdf) if e.role == "P"]

        assert (
            len({page.objgen for page, _ in pdfread.contents(paragraph.obj)}) == len(pdf.pages) > 1
        )


def test_a_link_leads_to_a_name_and_says_so_in_words() -> None:
    with _drawn('<p><a href="x-kaizu:A-1%20%E4%BA%88">予約</a></p>') as pdf:
        (annotation,) = pdf.pages[0].Annots
        (link,) = [e for e in pdfread.elements(pdf) if e.role == "Link"]
        reference = next(kid for kid in pdfread.kids(link.obj) if not isinstance(kid, int))

        assert str(annotation.Dest) == "A-1 予"
        assert str(annotation.Contents) == "予約へ移動"
        assert int(annotation.F) & 4
        assert "/A" not in annotation
        assert reference.Obj == annotation


def test_an_outside_link_is_not_written() -> None:
    with pytest.raises(ValueError, match="own places"):
        _drawn('<p><a href="https://host.test/">外</a></p>')


def test_a_picture_has_words_and_a_place() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="20mm" viewBox="0 0 40 20">'
        '<title>図1　目標</title><rect width="40" height="20"/></svg>'
    )
    with _drawn(f"<div>{svg}</div>") as pdf:
        (figure,) = [e.obj for e in pdfread.elements(pdf) if e.role == "Figure"]
        left, bottom, right, top = map(float, figure.A.BBox)

    assert str(figure.Alt) == "図1　目標"
    assert right - left == pytest.approx(40 / 25.4 * 72, abs=1)
    assert top - bottom == pytest.approx(20 / 25.4 * 72, abs=1)
    assert 0 < bottom < top < 842


def test_text_straight_in_a_group_gets_a_paragraph() -> None:
    with _drawn("本文") as pdf:
        assert _roles(pdf) == ["Document", "Sect", "P"]
