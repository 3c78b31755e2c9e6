"""What a PDF says, and one of its pages as a picture, through poppler's programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests import tools
from tests.journeys.people import keep


def text_of(pdf: bytes, folder: Path, first: int = 1, last: int = 10_000) -> str:
    file = folder / "read.pdf"
    file.write_bytes(pdf)
    pdftotext = tools.pdftoppm().with_name("pdftotext")
    done = subprocess.run(
        [str(pdftotext), "-f", str(first), "-l", str(last), str(file), "-"],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8")


def keep_page(pdf: bytes, words: str, name: str, folder: Path) -> None:
    """The page that holds `words` for the README, when KAIZU_SCREENS names a folder."""
    screens = os.environ.get("KAIZU_SCREENS")
    if not screens:
        return
    pages = text_of(pdf, folder).split("\f")
    page = str(1 + next(at for at, said in enumerate(pages) if words in said))
    made = folder / name
    subprocess.run(
        [
            str(tools.pdftoppm()),
            *("-png", "-r", "80", "-f", page, "-l", page, "-singlefile"),
            *(str(folder / "read.pdf"), str(made)),
        ],
        check=True,
    )
    keep(made.with_suffix(".png").read_bytes(), Path(screens) / f"{name}.png")
