from __future__ import annotations

import pytest
from weasyprint.urls import FatalURLFetchingError

from registry.specs.pdf import engine


@pytest.mark.parametrize("url", ["https://host.test/", "file:///etc/passwd", "data:,x", "x:"])
def test_the_fetcher_knows_no_address(url: str) -> None:
    with pytest.raises(FatalURLFetchingError, match="外部の参照"):
        engine.FETCHER(url)


def test_the_slim_rules_still_hold_the_ones_of_tables() -> None:
    document = engine.render(
        '<html lang="ja"><body><table><tr><td>一</td><td>二</td></tr></table></body></html>'
    )

    box = document.pages[0]._page_box
    positions = {
        inner.text: inner.position_x for inner in box.descendants() if hasattr(inner, "text")
    }
    assert positions["一"] < positions["二"]


def test_the_libraries_that_place_glyphs_are_named() -> None:
    told = engine.native_versions()

    assert "pango" in told
    assert "harfbuzz" in told
