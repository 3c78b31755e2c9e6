"""`kaizu lint`: the clarity of the lines in a file, without a database.

A file is one requirement a line, any list that can be imported, or AsIs/ToBe sheets.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

from registry.errors import Invalid
from registry.requirements import sheet as files
from registry.requirements.legend import normal
from registry.requirements.line_files import NOTHING_DONE, content_of, read_lines
from registry.text.clarity.lines import lint
from registry.text.clarity.rules import DEFAULT, Kind, Settings
from registry.text.clarity.settings import read_settings
from registry.text.clarity.sheets import FIELDS, Sheet, lint_sheet


def lint_file(file: Path, settings: Settings = DEFAULT) -> list[dict[str, Any]]:
    """[{line, text, findings}] for every requirement of the file, in its order.

    Raises Invalid with a message in Japanese when the file cannot be read or holds no text.
    """
    return [
        {
            "line": one.number,
            "text": one.text,
            "findings": [found.as_json() for found in lint(one.text, settings)],
        }
        for one in read_lines(file)
    ]


def lint_sheet_file(file: Path, settings: Settings = DEFAULT) -> list[dict[str, Any]]:
    """[{line, text, findings}] for every sheet; `text` is its five fields joined by tabs.

    Raises Invalid when the file is no tsv or csv with the five columns.
    """
    return [
        {
            "line": line,
            "text": sheet.text,
            "findings": [found.as_json(sheet) for found in lint_sheet(sheet, settings)],
        }
        for line, sheet in sheets_of(content_of(file))
    ]


def as_text(report: list[dict[str, Any]]) -> list[str]:
    """The report as lines for a terminal: each finding under its requirement."""
    written = []
    for one in report:
        if not one["findings"]:
            continue
        written.append(f"{one['line']} 行目: {one['text'].replace(chr(9), ' | ')}")
        for found in one["findings"]:
            kind = Kind(found["kind"]).label
            written.append(f"    [{found['severity']}] {kind}「{found['phrase']}」{found['why']}")
            written.extend(f"        直し方: {line}" for line in found["rewrite"].splitlines())
    return written


def settings_of(file: Path | None) -> Settings:
    """The settings in a TOML file; the defaults for None. Raises Invalid."""
    if file is None:
        return DEFAULT
    text, _ = files.decode(content_of(file))
    try:
        return read_settings(tomllib.loads(text.removeprefix("\ufeff")))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(
            f"点検の設定 {file} をTOMLとして読めません（{error}）。{NOTHING_DONE}"
        ) from None


def sheets_of(content: bytes) -> list[tuple[int, Sheet]]:
    """AsIs/ToBe sheets out of a tsv or csv with a head row, by English or Japanese headings."""
    files.check_length(len(content))
    text, _ = files.decode(content)
    text = text.removeprefix("\ufeff")
    tabbed = "\t" in text.split("\n", 1)[0]
    try:
        reader = csv.reader(
            StringIO(text, newline=""),
            delimiter="\t" if tabbed else ",",
            quoting=csv.QUOTE_NONE if tabbed else csv.QUOTE_MINIMAL,
        )
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise Invalid(f"表として読めません（{error}）。{NOTHING_DONE}") from None
    columns = _sheet_columns(rows[0][1] if rows else [])
    found = []
    for line, row in rows[1:]:
        if not any(cell.strip() for cell in row):
            continue
        values = {
            name: row[at].strip().replace("\\n", "\n") if at < len(row) else ""
            for name, at in columns.items()
        }
        found.append((line, Sheet(**values)))
    if not found:
        raise Invalid(f"シートが1枚もありません。{NOTHING_DONE}")
    return found


def _sheet_columns(head: Sequence[str]) -> dict[str, int]:
    places = {normal(cell): at for at, cell in enumerate(head)}
    columns, missing = {}, []
    for field in fields(Sheet):
        name = field.name
        wanted = (name, name.replace("_", ""), FIELDS[name])
        at = next((places[normal(one)] for one in wanted if normal(one) in places), None)
        if at is None:
            missing.append(f"{name}({FIELDS[name]})")
        else:
            columns[name] = at
    if missing:
        raise Invalid(
            f"見出しに {'、'.join(missing)} の列がありません。1行目に "
            f"as_is、to_be、purpose、problem、challenge の見出しを書いてください。{NOTHING_DONE}"
        )
    return columns
