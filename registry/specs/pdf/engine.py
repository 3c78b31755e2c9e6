"""The only door to WeasyPrint: fonts hidden, nothing fetched, one stylesheet parsed once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

from cssselect2 import ElementWrapper  # type: ignore[import-untyped]

from registry.specs.pdf import fonts

with fonts.only_ours():
    # WeasyPrint reads the font configuration of the machine while it is imported.
    import weasyprint
    from weasyprint.html import UA
    from weasyprint.text.ffi import ffi, harfbuzz, pango
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
STYLE = TEMPLATES / "specs" / "pdf" / "spec.css"


class NoFetcher(URLFetcher):  # type: ignore[misc]  # untyped base
    """A spec is drawn from its data alone: any address asked for stops the drawing."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise FatalURLFetchingError(f"仕様書の作成中に外部の参照が見つかりました：{url[:100]}")


FETCHER = NoFetcher()


class SlimHTML(weasyprint.HTML):  # type: ignore[misc]  # untyped base
    """HTML as our templates write it: well-formed, without list markers and footnotes.

    The rules for those make WeasyPrint compute six pseudo-elements for every element, 14 % of the
    whole time. A parser that forgives nothing is faster too, and stops at anything that a text
    might have smuggled into the markup.
    """

    def __init__(self, string: str) -> None:
        self.base_url = None
        self.url_fetcher = FETCHER
        self.media_type = "print"
        self.wrapper_element = ElementWrapper.from_html_root(
            ElementTree.fromstring(string),  # noqa: S314  # our own templates, texts escaped
            content_language=None,
        )
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return [_slim_sheet()]


@functools.cache
def _slim_sheet() -> weasyprint.CSS:
    kept = (line for line in UA.splitlines() if not line.startswith("::"))
    return weasyprint.CSS(string="\n".join(kept), url_fetcher=FETCHER)


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


@functools.cache
def native_versions() -> str:
    """Versions of the native libraries that place glyphs."""
    ffi.cdef("const char *hb_version_string(void);")
    return f"pango {pango.pango_version()} harfbuzz {ffi.string(harfbuzz.hb_version_string())!r}"


def warm() -> None:
    """Load what every worker needs, so that it is loaded once and inherited."""
    stylesheet()
    _slim_sheet()


def render(html: str) -> weasyprint.Document:
    """Lay out one HTML document with the spec's stylesheet."""
    return SlimHTML(html).render(font_config=font_configuration(), stylesheets=[stylesheet()])


def render_plainly(html: str, extra_css: str) -> weasyprint.Document:
    """Lay out with WeasyPrint's own rules untouched and `extra_css` after the stylesheet."""
    extra = weasyprint.CSS(string=extra_css, url_fetcher=FETCHER, font_config=font_configuration())
    return weasyprint.HTML(string=html, url_fetcher=FETCHER).render(
        font_config=font_configuration(), stylesheets=[stylesheet(), extra]
    )
