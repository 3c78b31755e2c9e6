"""The four font files of a spec, and a fontconfig that knows nothing else.

A machine's own fonts must never change a page, so WeasyPrint only sees a private folder with links
to these files. BIZ UDPGothic is put in place by set-up; Noto Sans CJK JP stands behind it and comes
from its Python packages.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import noto_cjk_sans_jp_bold  # type: ignore[import-untyped]
import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]
import uharfbuzz

BODY = "BIZ UDPGothic"
FALLBACK = "Noto Sans CJK JP"
FOLDER = Path(__file__).resolve().parents[2] / "static" / "fonts"


class FontsMissing(RuntimeError):
    """A font file of the spec is not installed; the message says which and what to run."""


@dataclass(frozen=True)
class FontFile:
    """One face: `family` as CSS names it, `bold`, and where the file lies."""

    family: str
    bold: bool
    path: Path


FACES = (
    FontFile(BODY, False, FOLDER / "BIZUDPGothic-Regular.ttf"),
    FontFile(BODY, True, FOLDER / "BIZUDPGothic-Bold.ttf"),
    FontFile(FALLBACK, False, Path(str(noto_cjk_sans_jp_regular.FONT_PATH))),
    FontFile(FALLBACK, True, Path(str(noto_cjk_sans_jp_bold.FONT_PATH))),
)


def require_fonts() -> None:
    """Raise FontsMissing when a face is not there: another font would silently change a spec."""
    missing = [face.path.name for face in FACES if not face.path.is_file()]
    if missing:
        raise FontsMissing(
            f"仕様書の書体ファイルがありません（{'、'.join(missing)}）。"
            "「make setup」を実行してから、もう一度作成してください。"
        )


@functools.cache
def hb_face(family: str, bold: bool) -> uharfbuzz.Face:
    """The face for measuring and subsetting, read once a process."""
    path = next(face.path for face in FACES if (face.family, face.bold) == (family, bold))
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))


@functools.cache
def digest() -> str:
    """SHA-256 over the font files: a part of every cache key."""
    total = hashlib.sha256()
    for face in FACES:
        total.update(hashlib.sha256(face.path.read_bytes()).digest())
    return total.hexdigest()


@functools.cache
def _configuration() -> Path:
    """A private fontconfig file in a folder that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="kaizu-fonts-"))
    owner = os.getpid()

    def remove() -> None:
        # A forked chapter worker inherits this handler but not the folder.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    links = folder / "fonts"
    links.mkdir()
    for face in FACES:
        if face.path.is_file():
            (links / face.path.name).symlink_to(face.path)
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f"<fontconfig><dir>{links}</dir><cachedir>{folder / 'cache'}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    return file


@contextmanager
def only_ours() -> Iterator[None]:
    """Point fontconfig at the private file while it is loaded, then give the variable back.

    Other programs started later from this process, a browser for instance, keep their fonts.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(_configuration())
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
