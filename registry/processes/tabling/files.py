"""Step tables as tab-separated files."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

from registry.errors import Invalid
from registry.processes.tabling.rows import HEADINGS, Row


def write_tsv(rows: Iterable[Row]) -> str:
    """Tab-separated with a head row; a line break inside a cell is written as the two signs \\n."""
    lines = ["\t".join(HEADINGS.values())]
    for row in rows:
        values = (str(getattr(row, name)) for name in HEADINGS)
        lines.append("\t".join(_escaped(value) for value in values))
    return "\n".join(lines) + "\n"


def read_tsv(text: str) -> tuple[Row, ...]:
    """Raises Invalid when the head row lacks 担当 or 手順, or a line has too many cells."""
    reader = csv.reader(StringIO(text.lstrip("\ufeff")), delimiter="\t", quoting=csv.QUOTE_NONE)
    lines = [line for line in reader if any(cell.strip() for cell in line)]
    if not lines:
        raise Invalid("手順表を読み込んでいません。中身がありません。")
    names = {heading: name for name, heading in HEADINGS.items()}
    head = [names.get(cell.strip(), "") for cell in lines[0]]
    missing = [HEADINGS[name] for name in ("lane", "name") if name not in head]
    if missing:
        raise Invalid(
            f"手順表を読み込んでいません。見出しに {'、'.join(missing)} がありません。"
            f"1 行目に {'、'.join(HEADINGS.values())} をタブ区切りで書いてください。"
        )
    rows = []
    for place, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line[len(head) :]):
            raise Invalid(
                f"手順表を読み込んでいません。{place} 行目の列が見出しより多くなっています。"
                "タブの数を確かめてください。"
            )
        cells = {
            name: cell.strip().replace("\\n", "\n")
            for name, cell in zip(head, line, strict=False)
            if name
        }
        rows.append(Row(**cells))
    return tuple(rows)


def _escaped(value: str) -> str:
    return " ".join(value.replace("\r", "").replace("\n", "\\n").split("\t"))
