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
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pydyf
import weasyprint

from registry.specs.pdf import engine, fonts

# Raised when `draw` or `tags` changes what it writes for the same HTML.
DRAWING_VERSION = "1"
DIGEST = hashlib.sha256().digest_size
# The units of 60 lines take a quarter of a megabyte: room for some 60,000 lines.
MOST_BYTES: Final = 256 << 20
OLDEST_SECONDS: Final = 30 * 24 * 3600.0
_PART: Final = ".new-"
_WRITING_SECONDS: Final = 3600.0


class ChapterCache:
    """Drawn units in a directory, or in memory when `folder` is None.

    Several processes may share a directory: entries are written whole or not at all and are never
    changed. Each build ends by `trim`, which keeps it within `most_bytes` and `oldest_seconds`;
    a build at the same time has what it needs in memory, or draws again what it no longer finds.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        oldest_seconds: float = OLDEST_SECONDS,
    ) -> None:
        self.folder = folder
        self.most_bytes, self.oldest_seconds = most_bytes, oldest_seconds
        self._held: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> bytes | None:
        """The stored bytes, or None when there are none or they are damaged."""
        if self.folder is None:
            return self._held.get(key)
        try:
            stored = (self.folder / key).read_bytes()
            os.utime(self.folder / key)  # used just now: among the last that `trim` removes
        except FileNotFoundError:
            return None
        digest, value = stored[:DIGEST], stored[DIGEST:]
        return value if hashlib.sha256(value).digest() == digest else None

    def put(self, key: str, value: bytes) -> None:
        if self.folder is None:
            self._held[key] = value
            return
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=_PART)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(value).digest() + value)
            Path(name).replace(self.folder / key)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def trim(self) -> None:
        """Remove what was not used for long, then the longest unused until the rest is small.

        What a killed process left half-written goes the same way. In memory everything stays: it
        ends with the process.
        """
        if self.folder is None:
            return
        now, held = time.time(), 0
        for used, size, file in sorted(_files(self.folder), reverse=True):
            fresh_part = file.name.startswith(_PART) and now - used < _WRITING_SECONDS
            held += size
            if fresh_part or (held <= self.most_bytes and now - used <= self.oldest_seconds):
                continue
            file.unlink(missing_ok=True)  # another process may be trimming too


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """(time of last use, bytes, file) of all that is still there while it is looked at."""
    for file in folder.iterdir():
        with suppress(FileNotFoundError):
            found = file.stat()
            yield found.st_mtime, found.st_size, file


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
