"""What runs inside the child process: the only place outside specs/pdf/ that loads it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from registry.child import report_progress
from registry.specs.pdf import ChapterCache, build_pdf, check_printable
from registry.specs.pdf.content import units

BEAT_SECONDS: Final = 10.0


class _Counted(ChapterCache):
    """Tells the parent how many units are drawn."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._done, self._total = 0, total

    def put(self, key: str, value: bytes) -> None:
        super().put(key, value)
        self._done += 1
        self.tell()

    def tell(self) -> None:
        report_progress(min(self._done, self._total), self._total + 1)


def draw_edition(data: bytes) -> bytes:
    """The PDF of spec.json's bytes."""
    return _draw(data, draft=False)


def draw_draft(data: bytes) -> bytes:
    """The same marked 「案」."""
    return _draw(data, draft=True)


def check(data: bytes) -> bytes:
    """Nothing when every character can be printed. Raises Invalid."""
    check_printable(json.loads(data))
    return b""


def _draw(data: bytes, *, draft: bool) -> bytes:
    spec = json.loads(data)
    counted = _Counted(len(units(spec, "")) + 1)  # and the cover with the contents
    with _beating(counted):
        return build_pdf(spec, data, draft=draft, cache=counted)


@contextmanager
def _beating(counted: _Counted) -> Iterator[None]:
    """Speak up now and then even while one unit takes long: the job's lease lives on it.

    What really hangs is ended by the parent's clock.
    """
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            counted.tell()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
