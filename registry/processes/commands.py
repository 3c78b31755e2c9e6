"""`kaizu flow …`: checking, drawing, comparing and tabling flows from files, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from registry.errors import Invalid, NotFound
from registry.processes import flow_diff, flow_lint
from registry.processes import step_table as tables
from registry.processes.bpmn import reading, writing
from registry.processes.bpmn.reading import Document
from registry.processes.bpmn.source import MAX_BYTES, too_large
from registry.processes.drawing.svg import draw
from registry.processes.flow import in_words

_TABLES: Final = frozenset({".tsv", ".txt"})


def check(file: Path) -> dict[str, Any]:
    """{title, lanes, steps, findings: [{kind, severity, place, message}]}; raises Invalid."""
    flow = read(file).flow
    return {
        "title": flow.title,
        "lanes": len(flow.lanes),
        "steps": len(flow.steps),
        "findings": [
            {
                "kind": finding.fault.value,
                "severity": finding.severity.value,
                "place": finding.place,
                "message": finding.message,
            }
            for finding in flow_lint.check(flow)
        ],
    }


def render(file: Path, out: Path) -> tuple[str, ...]:
    """Write the SVG of a file; the names of elements that are no part of a process diagram."""
    document = read(file)
    picture = writing.picture(document)
    svg = draw(picture, about=in_one_line(document))
    _write(out, svg.encode())
    return picture.unknown


def diff(one: Path, other: Path) -> dict[str, Any]:
    """{same, added, removed, moved, changed} as DESIGN §7 has it."""
    return flow_diff.compare(read(one).flow, read(other).flow).as_json()


def table(file: Path, out: Path) -> None:
    """A BPMN file as a step table, or a step table as a BPMN file, after the name of `out`."""
    document = read(file)
    if out.suffix.lower() in _TABLES:
        _write(out, tables.write_tsv(tables.to_rows(document.flow)).encode())
    else:
        _write(out, writing.with_drawing(document).to_bytes())


def read(file: Path) -> Document:
    """A BPMN file, or a step table (.tsv) as one. Raises NotFound, Invalid."""
    try:
        if file.stat().st_size > MAX_BYTES:
            # Not even read: the size alone decides.
            raise too_large(file.stat().st_size)
        data = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} を読めません({error.strerror})。") from None
    if file.suffix.lower() in _TABLES:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid(
                f"{file} を読んでいません。文字コード UTF-8 で保存し直してください。"
            ) from None
        return writing.compose(tables.to_flow(tables.read_tsv(text), title=file.stem))
    return reading.read(data)


def in_one_line(document: Document) -> str:
    """What a drawing shows, for readers who cannot see it; the whole is told step by step."""
    flow = document.flow
    lanes = "、".join(filter(None, flow.lane_names.values()))
    names = "、".join(line.name for line in in_words(flow) if line.depth == 0)
    short = names if len(names) <= 400 else f"{names[:400]}…"
    return f"担当: {lanes or '(名前なし)'}。手順({len(flow.steps)}): {short}。"


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Invalid(f"{out} に書き込めません({error.strerror})。") from None
