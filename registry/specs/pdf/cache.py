"""Drawn units kept by what they were drawn from.

A key covers everything that can change a unit's bytes: its HTML, the stylesheet, the font files,
the versions of the drawing libraries and the code that writes the tags. An entry that was damaged
on disk is drawn again.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from pathlib import Path

import pydyf
import weasyprint

from registry.specs.pdf import engine, fonts

# Raised when `draw` or `tags` changes what it writes for the same HTML.
DRAWING_VERSION = "1"
DIGEST = hashlib.sha256().digest_size


class ChapterCache:
    """Drawn units in a directory, or in memory when `folder` is None.

    Several processes may share a directory: entries are written whole or not at all and are never
    changed. Nothing is removed; delete the directory to start anew.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._held: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> bytes | None:
        """The stored bytes, or None when there are none or they are damaged."""
        if self.folder is None:
            return self._held.get(key)
        try:
            stored = (self.folder / key).read_bytes()
        except FileNotFoundError:
            return None
        digest, value = stored[:DIGEST], stored[DIGEST:]
        return value if hashlib.sha256(value).digest() == digest else None

    def put(self, key: str, value: bytes) -> None:
        if self.folder is None:
            self._held[key] = value
            return
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(value).digest() + value)
            Path(name).replace(self.folder / key)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@functools.cache
def _common() -> str:
    return "\0".join(
        (
            DRAWING_VERSION,
            weasyprint.__version__,
            pydyf.__version__,
            engine.native_versions(),
            fonts.digest(),
            engine.style_text(),
        )
    )


def key(html: str) -> str:
    """Name under which the drawing of `html` is kept."""
    return hashlib.sha256(f"{_common()}\0{html}".encode()).hexdigest()
