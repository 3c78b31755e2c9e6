"""The only door to WeasyPrint: fonts hidden, nothing fetched, one stylesheet parsed once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NoReturn

from registry.specs.pdf import fonts

with fonts.only_ours():
    # WeasyPrint reads the font configuration of the machine while it is imported.
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
STYLE = TEMPLATES / "specs" / "pdf" / "spec.css"


class NoFetcher(URLFetcher):
    """A spec is drawn from its data alone: any address asked for stops the drawing."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise FatalURLFetchingError(f"仕様書の作成中に外部の参照が見つかりました：{url[:100]}")


FETCHER = NoFetcher()


@functools.cache
def font_configuration() -> FontConfiguration:
    """The private font map of this process (inherited by forked workers)."""
    with fonts.only_ours():
        return FontConfiguration()


@functools.cache
def style_text() -> str:
    return STYLE.read_text(encoding="utf-8")


@functools.cache
def stylesheet() -> weasyprint.CSS:
    return weasyprint.CSS(
        string=style_text(), url_fetcher=FETCHER, font_config=font_configuration()
    )


def render(html: str, *, extra_css: str = "") -> weasyprint.Document:
    """Lay out one HTML document with the spec's stylesheet; `extra_css` comes after it."""
    sheets = [stylesheet()]
    if extra_css:
        sheets.append(
            weasyprint.CSS(string=extra_css, url_fetcher=FETCHER, font_config=font_configuration())
        )
    return weasyprint.HTML(string=html, url_fetcher=FETCHER).render(
        font_config=font_configuration(), stylesheets=sheets
    )
