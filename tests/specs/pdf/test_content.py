from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from registry.specs.pdf import content
from tests.specs.pdf.conftest import HOSTILE, every_line

Spec = dict[str, Any]


def _chapter(*sizes: int) -> dict[str, Any]:
    serial = iter(range(1000))
    return {
        "number": "1",
        "title": "予約",
        "sections": [
            {
                "number": f"1.{n}",
                "title": "受付",
                "requirements": [next(serial) for _ in range(size)],
            }
            for n, size in enumerate(sizes, start=1)
        ],
    }


@pytest.mark.parametrize(
    ("sizes", "units"),
    [
        ((3, 4), [[3, 4]]),
        ((6, 6), [[6], [6]]),
        ((2, 25, 3), [[2], [9], [9], [7, 3]]),
        ((0,), [[0]]),
        ((30,), [[10], [10], [10]]),
    ],
)
def test_long_chapters_are_cut_between_sections_if_possible(
    sizes: tuple[int, ...], units: list[list[int]]
) -> None:
    cut = content.pieces(_chapter(*sizes), 10)

    assert [[len(piece.rows) for piece in unit] for unit in cut] == units
    flat = [row for unit in cut for piece in unit for row in piece.rows]
    assert flat == list(range(sum(sizes)))
    assert sum(piece.opens_chapter for unit in cut for piece in unit) == 1
    assert sum(piece.opens_section for unit in cut for piece in unit) == len(sizes)
    assert sum(piece.closes_section for unit in cut for piece in unit) == len(sizes)


def test_a_change_of_wording_changes_one_unit(spec: Spec) -> None:
    before = content.units(spec, "0" * 64)
    every_line(spec)[-1]["text"] += "なお、取り消せること。"

    after = content.units(spec, "0" * 64)

    changed = [a.name for a, b in zip(before, after, strict=True) if a.html != b.html]
    assert changed == ["functions-1"]


def test_parts_that_have_nothing_to_say_are_left_out_and_the_rest_renumbered(spec: Spec) -> None:
    spec["municipalities"], spec["terms"] = [], []
    assert list(content.part_titles(spec).values()) == [
        "第1章　目的・目標",
        "第2章　業務要件",
        "凡例",
        "第3章　機能要件一覧",
        "奥付",
    ]
    assert not [unit for unit in content.units(spec, "") if unit.name.startswith("towns")]


def test_an_edition_without_lines_and_goals_still_makes_units(spec: Spec) -> None:
    spec["chapters"], spec["goals"] = [], []

    html = "".join(unit.html for unit in content.units(spec, ""))

    assert "要件が登録されていません" in html
    assert "目標が登録されていません" in html


def test_texts_stay_text(spec: Spec) -> None:
    for unit in content.units(spec, "0" * 64):
        root = ElementTree.fromstring(unit.html)
        names = {element.tag for element in root.iter()}
        assert not names & {"script", "img", "b", "iframe", "object", "link"}
        for link in root.iter("a"):
            assert link.attrib["href"].startswith(content.ACROSS)
    functions = next(unit for unit in content.units(spec, "") if unit.name == "functions-1")
    assert HOSTILE in ElementTree.fromstring(functions.html).itertext()


def test_links_name_places_that_exist(spec: Spec) -> None:
    units = content.units(spec, "")
    html = "".join(unit.html for unit in units)
    places = set(re.findall(r' id="([^"]+)"', html))

    links = set(re.findall(rf'href="{content.ACROSS}([^"]+)"', html))

    assert links <= places
    assert {row["code"] for row in every_line(spec)} <= links
    assert {heading.anchor for unit in units for heading in unit.headings} <= places


def test_a_goal_that_is_not_printed_is_not_linked(spec: Spec) -> None:
    every_line(spec)[0]["goal"] = "G-999"

    html = next(unit.html for unit in content.units(spec, "") if unit.name == "functions-1")

    assert "<td>G-999</td>" in html


def test_the_front_prints_the_pages_it_is_given(spec: Spec) -> None:
    headings = [content.Heading(1, "第1章　目的・目標", "part-goals")]

    drafted = content.front(spec, headings, {"part-goals": 17}, draft=True)

    assert ">17</a>" in drafted
    assert "第1.0版（案）" in drafted
    assert "（案）" not in content.front(spec, headings, {"part-goals": 17}, draft=False)
