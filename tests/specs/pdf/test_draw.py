from __future__ import annotations

import gc
import io
import time

import pikepdf
import pytest
import uharfbuzz

from registry.specs.pdf import content, draw, engine, fonts, glyphs


def _page(body: str) -> str:
    return content.document(f"<section>{body}</section>", "試験")


def test_a_drawing_is_read_back_as_it_was_packed() -> None:
    drawing = draw.read(draw.draw(_page('<p id="here">髙𠮷</p><p>太</p>')))

    assert drawing.pages == 1
    assert [(anchor.name, anchor.page) for anchor in drawing.anchors] == [("here", 0)]
    assert {(family, bold) for _, family, bold in drawing.fonts} == {
        ("BIZ UDPGothic", False),
        ("Noto Sans CJK JP", False),
    }
    texts = [text for used in drawing.fonts.values() for _, text in used.values()]
    assert sorted(texts) == sorted("髙𠮷太")
    with pikepdf.open(io.BytesIO(drawing.pdf)) as pdf:
        assert len(pdf.pages) == 1
        assert not [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/Length1" in o]


@pytest.mark.parametrize("cluster", ["葛\U000e0100", "邉\U000e0102", "辻\U000e0101"])
def test_a_variant_is_drawn_with_its_own_glyph(cluster: str) -> None:
    drawing = draw.read(draw.draw(_page(f"<p>{glyphs.printed(cluster)}</p>")))

    family = glyphs.sequence_family(*cluster)
    assert family is not None
    font = uharfbuzz.Font(fonts.hb_face(family, False))
    (used,) = drawing.fonts.values()
    assert set(used) == {font.get_variation_glyph(ord(cluster[0]), ord(cluster[1]))}


def test_drawing_twice_gives_the_same_bytes() -> None:
    assert draw.draw(_page("<p>同じ</p>")) == draw.draw(_page("<p>同じ</p>"))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("processes", [1, 2])
def test_workers_answer_in_order(processes: int, count: int) -> None:
    pages = [_page(f'<p id="n{number}">頁</p>') for number in range(count)]

    drawn = [draw.read(stored) for stored in draw.draw_all(pages, processes)]

    assert [drawing.anchors[0].name for drawing in drawn] == [f"n{n}" for n in range(count)]


@pytest.mark.parametrize(
    "body",
    [
        '<img alt="" src="file:///etc/passwd"/>',
        '<img alt="" src="http://127.0.0.1:9/x.png"/>',
        '<img alt="" src="data:image/png;base64,AAAA"/>',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
def test_nothing_is_fetched(body: str) -> None:
    with pytest.raises(draw.DrawingFailed, match="外部の参照"):
        draw.draw(_page(body))


def test_a_failure_in_a_worker_reaches_the_caller() -> None:
    bad = _page('<img alt="" src="file:///etc/passwd"/>')

    with pytest.raises(draw.DrawingFailed):
        list(draw.draw_all([_page("<p>一</p>"), bad], 2))


def test_markup_that_is_not_well_formed_stops_the_drawing() -> None:
    with pytest.raises(SyntaxError):
        engine.render("<html><body><p></body></html>")


def test_a_glyph_that_slipped_through_stops_the_drawing() -> None:
    with pytest.raises(draw.DrawingFailed, match=r"U\+1F600"):
        draw.draw(_page("<p>😀</p>"))


def test_the_collector_is_given_back() -> None:
    assert gc.isenabled()
    with draw.collector_off():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("text", ["W" * 10_000, "要" * 10_000, "あ\n" * 5_000])
def test_ten_thousand_characters_in_a_cell_are_all_printed(text: str) -> None:
    row = f"<tr><th>A-1</th><td>{text}</td></tr>"
    started = time.monotonic()

    drawing = draw.read(
        draw.draw(
            _page(
                '<table class="grid"><colgroup><col style="width:20%"/><col style="width:80%"/>'
                f"</colgroup><tbody>{row}</tbody></table><p>終わり</p>"
            )
        )
    )

    assert drawing.pages > 1
    assert time.monotonic() - started < 60


def test_font_files_are_the_only_fonts() -> None:
    """A family that machines often have must not be found."""
    drawing = draw.read(draw.draw(_page('<p style="font-family: DejaVu Sans, serif">Abc 漢字</p>')))

    assert {family for _, family, _ in drawing.fonts} <= {fonts.BODY, fonts.FALLBACK}
