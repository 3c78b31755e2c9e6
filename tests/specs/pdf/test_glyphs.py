from __future__ import annotations

from typing import Any

import pytest
import uharfbuzz

from registry.errors import Invalid
from registry.specs.pdf import fonts, glyphs

KATSU = "葛\U000e0100"


def test_names_of_people_and_places_can_be_drawn() -> None:
    assert glyphs.unprintable(f"髙﨑𠮷栁德桒﨔㈱①Ⅳ㌔～−ｱｲｳ{KATSU}辻\U000e0101") == []


@pytest.mark.parametrize(
    "char",
    [
        "😀",  # no font of ours draws emoji
        "\ue000",  # 外字
        "\x07",
        "\u202e",  # turns the direction of writing
        "\ud800",
        "葛\U000e01ef",  # a sequence that neither font knows
        "ก",
    ],
)
def test_what_no_font_draws_is_found(char: str) -> None:
    assert glyphs.unprintable(f"前{char}後{char}") == [char]


@pytest.mark.parametrize("char", ["\n", "\t", "\u200b", "\ufeff", "\ufe0e"])
def test_what_draws_nothing_is_let_through(char: str) -> None:
    assert glyphs.unprintable(f"前{char}後") == []


def test_variants_that_the_body_font_lacks_ask_for_the_fallback() -> None:
    assert glyphs.sequence_family("邉", "\U000e0102") == "Noto Sans CJK JP"
    assert glyphs.printed("<邉\U000e0102>") == '&lt;<span class="variant">邉\U000e0102</span>&gt;'


def test_variants_that_the_body_font_has_stay_with_it() -> None:
    assert glyphs.sequence_family("葛", "\U000e0100") == "BIZ UDPGothic"
    assert glyphs.printed(f"<{KATSU}>") == f"&lt;{KATSU}&gt;"


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("邉\U000e0100", "邉"),  # drawn by the base's own glyph
        ("葛\U000e0100", "葛\U000e0100"),
        ("葛", "葛"),
        ("か\u3099", "か\u3099"),
    ],
)
def test_a_reader_copies_what_the_glyph_shows(text: str, copied: str) -> None:
    font = uharfbuzz.Font(fonts.hb_face(fonts.BODY, False))
    glyph = (
        font.get_variation_glyph(ord(text[0]), ord(text[1]))
        if glyphs.SEQUENCE.fullmatch(text)
        else font.get_nominal_glyph(ord(text[0]))
    )

    assert glyphs.told(fonts.BODY, False, glyph, text) == copied


def test_an_edition_is_refused_with_place_and_character(spec: dict[str, Any]) -> None:
    row = spec["chapters"][0]["sections"][1]["requirements"][0]
    row["text"] += "😀"
    spec["goals"][0]["indicator"] = {"kind": "qualitative", "judgement": "外字\ue001"}

    with pytest.raises(Invalid) as refused:
        glyphs.check_printable(spec)

    assert refused.value.fields["characters"] == [
        "目標 G-1 指標：「〓」（U+E001）",
        f"要件 {row['code']} 本文：「〓」（U+1F600）",
    ]
    assert "作成しませんでした" in refused.value.message
    assert "U+1F600" in refused.value.message


def test_a_variant_no_font_has_names_its_base(spec: dict[str, Any]) -> None:
    spec["terms"][0]["meaning"] = "葛\U000e01ef飾"

    with pytest.raises(Invalid, match=r"用語 仮予約 意味：「葛」（U\+845B U\+E01EF）"):
        glyphs.check_printable(spec)


def test_a_long_list_of_faults_is_cut(spec: dict[str, Any]) -> None:
    spec["terms"] = [{"term": f"用語{number}", "meaning": "😀"} for number in range(30)]

    with pytest.raises(Invalid, match="ほか10か所"):
        glyphs.check_printable(spec)


def test_an_edition_that_can_be_drawn_passes(spec: dict[str, Any]) -> None:
    glyphs.check_printable(spec)


RARE = "\U00028622"  # stands in the official text of 住民記録


def test_a_rare_ideograph_is_printed_as_a_substitute_with_its_code() -> None:
    assert glyphs.unprintable(f"「{RARE}」") == [RARE]
    assert glyphs.lacking(f"邉{KATSU}{RARE}と{RARE}") == [RARE]
    html = glyphs.printed(f"<{RARE}{KATSU}>")
    assert "〓" in html
    assert "U+28622" in html
    assert RARE not in html
    assert html.startswith("&lt;")


def test_an_edition_with_a_rare_ideograph_passes_and_names_it(spec: dict[str, Any]) -> None:
    row = spec["chapters"][0]["sections"][1]["requirements"][0]
    row["text"] += RARE
    glyphs.check_printable(spec)
    assert glyphs.lacking_in(spec) == [(f"要件 {row['code']} 本文", "U+28622")]
