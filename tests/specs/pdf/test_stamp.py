from __future__ import annotations

from registry.specs.pdf import stamp

A4 = (595.28, 841.89)


def _use(glyph: stamp.Glyph) -> str:
    return f"{glyph.family[0]}{int(glyph.bold)}"


def _told(found: list[stamp.Glyph]) -> str:
    return "".join(glyph.text for glyph in found)


def test_each_character_comes_from_the_first_font_that_has_it() -> None:
    found = stamp.line("髙𠮷")

    assert [glyph.family for glyph in found] == ["BIZ UDPGothic", "Noto Sans CJK JP"]


def test_a_variant_is_one_glyph_and_not_its_base() -> None:
    (variant,) = stamp.line("邉\U000e0102")
    (base,) = stamp.line("邉")

    assert variant.text == "邉\U000e0102"
    assert variant.family == "Noto Sans CJK JP"
    assert variant.gid != base.gid


def test_newlines_do_not_break_the_head() -> None:
    assert _told(stamp.line("公共施設\n予約\u200b")) == "公共施設 予約"


def test_a_head_too_wide_ends_in_dots_within_its_room() -> None:
    found = stamp.line("長い題名" * 40, most=100)

    assert _told(found).endswith("…")
    assert 80 < stamp.width(found, stamp.SIZE) <= 100


def test_everything_stamped_is_an_artifact() -> None:
    over = stamp.running(A4, "題名", "章", "3 / 9", cover=False, use=_use)
    ground = stamp.draft_ground(A4, _use)

    for content in (over, ground):
        depth = 0
        for operation in content.split(b"\n"):
            depth += operation.endswith(b"BDC") - operation.endswith(b"EMC")
            assert depth == 1 or not operation.endswith((b"Tj", b" S"))
        assert depth == 0
    assert over.count(b"/Subtype /Header") == over.count(b"/Subtype /Footer") == 1


def test_a_cover_has_a_page_number_only() -> None:
    over = stamp.running(A4, "題名", "章", "1 / 9", cover=True, use=_use)

    assert b"/Header" not in over
    assert b"/Footer" in over
