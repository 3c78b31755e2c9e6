from __future__ import annotations

import hashlib
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from benchmarks.spec_pdf import frozen, made_spec
from registry.errors import Invalid
from registry.specs.pdf import ChapterCache, build_pdf, draw
from tests.specs.pdf import pdfread
from tests.specs.pdf.conftest import HOSTILE, KATSU, every_line

Spec = dict[str, Any]
Small = tuple[Spec, bytes, bytes]


@pytest.fixture(scope="module")
def opened(small: Small) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(small[2]))


@pytest.fixture(scope="module")
def told(small: Small) -> str:
    # In the order of the content stream a cell keeps its lines together.
    return pdfread.flat(pdfread.text(small[2], "-raw"))


def test_every_line_is_printed_with_its_code(small: Small, told: str) -> None:
    for row in every_line(small[0]):
        # Once in the list, once in the table of towns.
        assert told.count(row["code"]) >= 2
        assert pdfread.flat(row["title"]) in told


def test_texts_arrive_as_typed(small: Small, told: str) -> None:
    for row in every_line(small[0]):
        assert pdfread.flat(row["text"]) in told
    assert pdfread.flat(HOSTILE) in told
    assert KATSU in told


def test_towns_print_their_own_values_and_notes(told: str) -> None:
    assert "使用日の10日前" in told
    assert "注1A-0010008-01喜多方市：条例の改正が済むまでの" in told
    assert "13団体とも標準どおり" in told


def test_the_parts_stand_in_order(told: str) -> None:
    body = told[told.index("この章は、") :]
    places = [
        body.index(part)
        for part in (
            "目標ツリー",
            "管理すべき指標",
            "機能要件一覧の読み方",
            "1.1.1",
            "用語意味",
            "内容の確かめ方",
        )
    ]
    assert places == sorted(places)


def test_pages_are_numbered_and_named(small: Small, opened: pikepdf.Pdf) -> None:
    pages = pdfread.text(small[2]).split("\f")[:-1]

    assert len(pages) == len(opened.pages)
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        if number > 1:
            assert "公共施設予約 標準要件仕様書 第1.0版" in page.replace("\u3000", " ")


def test_the_contents_name_the_pages_of_their_chapters(small: Small) -> None:
    pages = pdfread.text(small[2], "-layout").split("\f")
    for title in ("第1章　目的・目標", "第3章　機能要件一覧", "第4章　団体別適用", "奥付"):
        number = re.search(rf"{title.replace('　', chr(92) + 's+')}\s+(\d+)\n", pages[2])
        assert number is not None
        flat = pdfread.flat(title)
        first = next(n for n, page in enumerate(pages[3:], 4) if flat in pdfread.flat(page))
        assert int(number[1]) == first


def test_the_frozen_data_is_the_only_attachment(small: Small, opened: pikepdf.Pdf) -> None:
    _, data, pdf = small
    assert list(opened.attachments) == ["spec.json"]
    assert opened.attachments["spec.json"].get_file().read_bytes() == data
    assert hashlib.sha256(data).hexdigest() in pdfread.text(pdf)
    assert opened.Root.AF[0].AFRelationship == "/Source"


def test_all_fonts_are_ours_and_embedded(opened: pikepdf.Pdf) -> None:
    fonts = opened.pages[0].Resources.Font
    names = {str(font.BaseFont).partition("+")[2] for font in fonts.values()}
    assert names == {
        "BIZUDPGothic-Regular",
        "BIZUDPGothic-Bold",
        "NotoSansCJKJP-Regular",
    }
    for font in fonts.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


def test_no_page_shows_a_missing_glyph(opened: pikepdf.Pdf) -> None:
    for page in opened.pages:
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tj":
                shown = [bytes(operands[0])]
            elif str(operator) == "TJ":
                shown = [bytes(o) for o in operands[0] if isinstance(o, pikepdf.String)]
            else:
                continue
            for part in shown:
                assert len(part) % 2 == 0
                assert b"\0\0" not in [part[n : n + 2] for n in range(0, len(part), 2)]


def test_every_shown_text_is_tagged_or_an_artifact(opened: pikepdf.Pdf) -> None:
    owned = {
        (page.objgen, mcid)
        for element in pdfread.elements(opened)
        for page, mcid in pdfread.contents(element.obj)
    }
    painted = set()
    for page in opened.pages:
        mcids, _, loose = pdfread.marked(page.obj)
        assert loose == 0
        painted |= {(page.obj.objgen, mcid) for mcid in mcids}
    assert painted == owned


def test_headings_do_not_skip_a_level(opened: pikepdf.Pdf) -> None:
    levels = [int(e.role[1]) for e in pdfread.elements(opened) if re.fullmatch(r"H\d", e.role)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert set(levels) == {1, 2, 3}


def test_every_link_has_a_place_to_go(small: Small, opened: pikepdf.Pdf) -> None:
    names = opened.Root.Names.Dests.Names
    places = {str(names[n]) for n in range(0, len(names), 2)}
    links = [link for page in opened.pages for link in page.get("/Annots", [])]

    assert {str(link.Dest) for link in links} <= places
    assert {row["code"] for row in every_line(small[0])} <= places
    assert not any("/A" in link for link in links)


def test_bookmarks_go_three_levels_deep(opened: pikepdf.Pdf) -> None:
    with opened.open_outline() as outline:
        functions = next(item for item in outline.root if "機能要件一覧" in item.title)

        assert [kid.title for kid in functions.children] == ["1　利用者管理"]
        assert len(functions.children[0].children) == 3


def test_a_code_never_stands_on_another_page_than_its_text(small: Small) -> None:
    pages = [pdfread.flat(page) for page in pdfread.text(small[2], "-raw").split("\f")]
    for row in every_line(small[0]):
        whole = row["code"] + pdfread.flat(row["title"])
        assert any(whole in page and pdfread.flat(row["text"]) in page for page in pages), row[
            "code"
        ]


def test_the_bytes_depend_on_nothing_but_the_data(small: Small, tmp_path: Path) -> None:
    spec, data, first = small
    cache = ChapterCache(tmp_path)

    assert build_pdf(spec, data, processes=1, cache=cache) == first
    assert build_pdf(json.loads(data), data, processes=2, cache=cache) == first
    assert build_pdf(spec, data, cache=ChapterCache(tmp_path)) == first


def test_a_change_of_wording_draws_one_unit_and_the_imprint_again(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ChapterCache()
    build_pdf(spec, frozen(spec), cache=cache)
    every_line(spec)[3]["text"] += "なお、取り消せること。"
    data = frozen(spec)
    drawn: list[str] = []
    plain = draw.draw
    monkeypatch.setattr(draw, "draw", lambda html: drawn.append(html) or plain(html))

    again = build_pdf(spec, data, cache=cache, processes=1)

    assert len(drawn) <= 3  # the unit, the imprint with the new sum, and perhaps the contents
    assert again == build_pdf(spec, data)


def test_a_damaged_cache_changes_nothing(small: Small, tmp_path: Path) -> None:
    spec, data, first = small
    build_pdf(spec, data, cache=ChapterCache(tmp_path))
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:-7])

    assert build_pdf(spec, data, cache=ChapterCache(tmp_path)) == first


def test_a_build_ends_by_trimming_what_is_kept(small: Small, tmp_path: Path) -> None:
    spec, data, first = small
    assert build_pdf(spec, data, cache=ChapterCache(tmp_path, most_bytes=0)) == first
    assert list(tmp_path.iterdir()) == []


def test_a_draft_says_so_on_every_page(small: Small) -> None:
    spec, data, published = small

    pdf = build_pdf(spec, data, draft=True)

    pages = pdfread.text(pdf).split("\f")[:-1]
    assert all("案" in page for page in pages)
    assert all("（案）" in page for page in pages)
    assert "（案）" not in pdfread.text(published)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            assert pdfread.marked(page.obj)[2] == 0


def test_a_character_no_font_has_is_refused_before_drawing(
    spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    every_line(spec)[0]["reason"] = "😀"
    monkeypatch.setattr("registry.specs.pdf.build.draw_all", pytest.fail)

    with pytest.raises(Invalid, match=r"A-0010001-01 理由・考え方.*U\+1F600"):
        build_pdf(spec, frozen(spec))


def test_the_smallest_edition_is_drawn() -> None:
    spec = made_spec(1)
    spec.update(municipalities=[], terms=[], goals=[], chapters=[], history=[])

    pdf = build_pdf(spec, frozen(spec))

    told = pdfread.flat(pdfread.text(pdf))
    assert "要件が登録されていません" in told
    assert "団体別適用" not in told


def test_a_long_contents_keeps_its_numbers_right() -> None:
    spec = made_spec(12)
    (chapter,) = spec["chapters"]
    (section,) = chapter["sections"]
    chapter["sections"] = [
        {**section, "number": f"1.{n}", "title": f"中分類の長い名前{n}" * 4, "requirements": []}
        for n in range(1, 90)
    ]

    pdf = build_pdf(spec, frozen(spec))

    pages = pdfread.text(pdf, "-layout").split("\f")
    number = re.search(r"奥付\s+(\d+)\n", "".join(pages[2:8]))
    assert number is not None
    assert "内容の確かめ方" in pages[int(number[1]) - 1]


def test_texts_without_end_are_printed_to_the_end(spec: Spec) -> None:
    rows = every_line(spec)
    rows[0]["text"] = "要件の文。" * 1999 + "最後。"
    rows[1]["reason"] = "0123456789" * 40
    rows[2]["applications"]["072028"] = {"state": "own_value", "value": "値" * 3000 + "終"}

    told = pdfread.flat(pdfread.text(build_pdf(spec, frozen(spec)), "-raw"))

    assert told.count("要件の文。") >= 1990
    assert "最後。" in told
    assert "0123456789" * 3 in told
    assert "値終" in told
