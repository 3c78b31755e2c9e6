"""One person at a browser; every page they look at must be accessible and keep the policy."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import (
    Browser,
    Download,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
)

from registry.overview.demo import PASSWORD
from tests import tools

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# A job runs in another process and this machine may be busy with other tests.
PATIENCE = 120_000

OFFICE: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
# The tags of what moves sideways, or hides what does not fit, without being a named region that
# the keyboard reaches. Text clipped to a point is for listeners only and hides all on purpose.
SIDEWAYS = """
() => {
  const clipped = (one) =>
    one && (getComputedStyle(one).clipPath !== "none" || clipped(one.parentElement));
  return [...document.body.querySelectorAll(":not(input, select, textarea)")].filter((one) => {
    const overflow = getComputedStyle(one).overflowX;
    if (overflow === "visible" || one.scrollWidth <= one.clientWidth + 1) return false;
    if (!one.checkVisibility() || clipped(one)) return false;
    const named = one.matches("[role=region]:is([aria-label], [aria-labelledby])");
    return !named || one.tabIndex !== 0 || overflow === "hidden";
  }).map((one) => one.outerHTML.slice(0, 160));
}
"""


class Person:
    """`page` is the tab; `faults` what the browser reported against it since the last look."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on(
            "console",
            lambda message: (
                self.faults.append(f"console: {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("request", self._only_here)
        page.on("response", self._no_fault)

    def _only_here(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.faults.append(f"asked elsewhere: {request.url}")

    def _no_fault(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def menu(self, label: str) -> None:
        """Take an entry of the main menu."""
        self.page.get_by_role("navigation", name="主なメニュー", exact=True).get_by_role(
            "link", name=label, exact=True
        ).click()

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=name)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text, timeout=PATIENCE)

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)

    def look(self, heading: str) -> None:
        """The page named so is accessible, free of faults and no wider than the screen, on the
        office's screen and on a phone's."""
        self.heading(heading)
        self.page.evaluate(tools.axe().read_text(encoding="utf-8"))
        for name, size in (("phone", PHONE), ("office", OFFICE)):
            self.page.set_viewport_size(size)
            where = f"{heading} ({self.page.url}), {name}"
            violations = self.page.evaluate(
                "(rules) => axe.run({runOnly: rules}).then((result) => result.violations"
                ".map((item) => [item.id, item.nodes.slice(0, 3).map((node) => node.html)]))",
                RULES,
            )
            assert violations == [], f"{where}: {violations}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{where} scrolls sideways by {wide} px"
            moving = self.page.evaluate(SIDEWAYS)
            assert moving == [], f"{where}: {moving}"
        assert self.faults == [], f"{where}: {self.faults}"

    def refused(self, path: str, status: int) -> None:
        """A page this person must not reach; the browser's own note of the status is no fault."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status, path
        self.faults = [fault for fault in self.faults if f"status of {status}" not in fault]

    def save(self, button: Locator) -> tuple[str, bytes]:
        """(suggested name, bytes) of the file a button gives."""
        with self.page.expect_download() as waiting:
            button.click()
        download: Download = waiting.value
        return download.suggested_filename, Path(download.path()).read_bytes()

    def picture(self, name: str) -> None:
        """Keep the screen for the README, when KAIZU_SCREENS names a folder."""
        folder = os.environ.get("KAIZU_SCREENS")
        if folder:
            keep(self.page.screenshot(), Path(folder) / f"{name}.png")

    def sign_in(self, email: str) -> None:
        self.open("/sign-in")
        self.page.get_by_label("メールアドレス").fill(email)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.press("サインイン")
        self.heading("ホーム")


def keep(picture: bytes, file: Path) -> None:
    """Write a PNG with 64 colours: enough for screens and print, and small in the repository."""
    Image.open(io.BytesIO(picture)).quantize(64).save(file, optimize=True)


@contextmanager
def person(browser: Browser, address: str, email: str, *, scripts: bool = True) -> Iterator[Person]:
    """Somebody who has signed in, in a browser of their own; without `scripts` no JavaScript."""
    context = browser.new_context(
        viewport=OFFICE,
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        java_script_enabled=scripts,
    )
    somebody = Person(context.new_page(), address)
    somebody.sign_in(email)
    yield somebody
    assert somebody.faults == []
    context.close()
