"""Flows and models the tests of the flow engine share."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from registry.processes import step_table
from registry.processes.flow import Flow

FOLDER = Path(__file__).parent / "flows"
OWN = sorted(path.stem for path in FOLDER.glob("*.tsv"))

SHARED = os.environ.get("KAIZU_SHARED_DATA")
MODELS = sorted(Path(SHARED, "bpmn").glob("*.bpmn")) if SHARED else []
"""The twelve reference models; tests on them are skipped where they are not at hand."""

needs_models = pytest.mark.skipif(not MODELS, reason="KAIZU_SHARED_DATA is not set")
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)


def flow(name: str, title: str = "公共施設予約") -> Flow:
    text = (FOLDER / f"{name}.tsv").read_text("utf-8")
    return step_table.to_flow(step_table.read_tsv(text), title=title)


def table(text: str, title: str = "試し") -> Flow:
    """A flow from rows written with | between the cells: 番号|担当|手順|次へ|条件|種類."""
    rows = []
    for line in text.strip().splitlines():
        cells = [*(cell.strip() for cell in line.split("|")), *[""] * 6][:6]
        number, lane, name, nexts, conditions, kind = cells
        rows.append(
            step_table.Row(
                number=number, lane=lane, name=name, nexts=nexts, conditions=conditions, kind=kind
            )
        )
    return step_table.to_flow(rows, title=title)


def content(flow: Flow) -> tuple[object, ...]:
    """A flow without the order it is written in and without element names."""
    return (
        flow.title,
        frozenset(flow.lanes),
        frozenset(replace(step, element="") for step in flow.steps),
        frozenset(flow.branches),
    )


def canonical(data: bytes) -> bytes:
    found: bytes = etree.tostring(etree.fromstring(data), method="c14n", with_comments=True)
    return found


def process(body: str, head: str = "", tail: str = "") -> bytes:
    """A small BPMN file around the elements of one process."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:test">'
        f'<process id="P" name="窓口">{body}</process>{tail}</definitions>'
    ).encode()


LINE = (
    '<startEvent id="s"/><task id="t" name="申請書を受け付ける"/><endEvent id="e"/>'
    '<sequenceFlow id="f1" sourceRef="s" targetRef="t"/>'
    '<sequenceFlow id="f2" sourceRef="t" targetRef="e"/>'
)
