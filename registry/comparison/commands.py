"""`kaizu compare` and `kaizu align`: the comparison as plain data and as files."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any, Final

from sqlalchemy.orm import Session

from registry import access
from registry.access import Actor, Permission
from registry.comparison import proposing, queries
from registry.comparison.grouping import Proposal
from registry.comparison.matrix import Cell, Row, Town
from registry.comparison.proposing import Material
from registry.processes import queries as processes
from registry.standards.models import Relation
from registry.text.similarity import Index
from registry.workbook import Column, write_table

SHORT: Final = {
    Relation.SAME: "表現",
    Relation.VALUE_DIFFERS: "値",
    Relation.OPPOSITE: "反対",
    Relation.CONTAINS: "含む",
    Relation.CONTAINED: "一部",
    Relation.RELATED: "関連",
}
"""Of what kind a difference is, in the words of the matrix."""


def compare(session: Session, actor: Actor, slug: str) -> dict[str, Any]:
    """The matrix of a business as JSON values (DESIGN §7), as this person may see it.

    {business, municipalities: [{code, name}], rows: [{group, goal, standard, cells: {CODE:
    {state, requirement_ids}}}]}; codes throughout, `goal` and `standard` may be null, of several
    standards the first. Raises NotFound.
    """
    access.require(actor, Permission.READ_CONTENT)
    business = processes.business(session, actor, slug)
    found = queries.of_business(session, actor, business)
    goals = {goal.id: goal.code for goal in queries.goals(session, actor)}
    return {
        "business": business.slug,
        "municipalities": [{"code": town.code, "name": town.name} for town in found.towns],
        "rows": [
            {
                "group": row.group.code,
                "goal": goals.get(row.group.goal_id or 0),
                "standard": next(iter(row.group.standards), None),
                "cells": {
                    town.code: {
                        "state": cell.state.value,
                        "requirement_ids": list(cell.requirement_ids),
                    }
                    for town, cell in zip(found.towns, row.cells, strict=True)
                },
            }
            for row in found.rows
        ],
    }


def compare_csv(session: Session, actor: Actor, slug: str) -> str:
    """The matrix as text for a spreadsheet: a byte order mark, a head row, one row a group."""
    columns, rows = _of_slug(session, actor, slug)
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.heading for column in columns])
    writer.writerows([[_inert(value) for value in row] for row in rows])
    return "\ufeff" + buffer.getvalue()


def compare_xlsx(session: Session, actor: Actor, slug: str) -> bytes:
    """The matrix as a workbook of one sheet."""
    columns, rows = _of_slug(session, actor, slug)
    name = processes.business(session, actor, slug).name
    return write_table(f"{name} 比較表", columns, rows)


def table(
    towns: tuple[Town, ...],
    rows: list[Row],
    wordings: dict[int, str],
    goals: dict[int, str],
) -> tuple[list[Column], list[list[str]]]:
    """Columns and rows of the matrix for files: the state of each town, with the kind of a
    difference in brackets."""
    columns = [
        Column("まとまり", 10, code=True),
        Column("名称", 28),
        Column("目標", 12, code=True),
        Column("標準要件", 18, code=True),
        Column("比べる基準の文", 60),
        *(Column(town.name, 14) for town in towns),
    ]
    return columns, [
        [
            row.group.code,
            row.group.label,
            goals.get(row.group.goal_id or 0, ""),
            "、".join(row.group.standards),
            wordings.get(row.group.id, ""),
            *(words(cell) for cell in row.cells),
        ]
        for row in rows
    ]


def words(cell: Cell) -> str:
    """差異あり(値), なし, 同じ・要確認."""
    text = cell.state.label
    if cell.relation is not None:
        text += f"({SHORT[cell.relation]})"
    return f"{text}・要確認" if cell.suspect else text


def align(
    session: Session, actor: Actor, slug: str, index: type[Index] = Index
) -> list[dict[str, Any]]:
    """Proposals of what belongs together, made from the lines this person may read.

    [{group, relation, score, shared, differing, why, lines: [{requirement_id, municipality,
    text}], beside: [...]}]; `group` is the code of the group a line may join, or null. Nothing is
    stored and nothing merged. `index` may be that of `semantic.engine`. Raises NotFound.
    """
    access.require(actor, Permission.READ_CONTENT)
    business = processes.business(session, actor, slug)
    material = proposing.gather(session, actor, business.id)
    return [_asked(material, found) for found in proposing.find(material, index)]


def _asked(material: Material, found: Proposal) -> dict[str, Any]:
    def lines(keys: tuple[str, ...]) -> list[dict[str, Any]]:
        chosen = [material.lines[int(key)] for key in keys]
        return [
            {
                "requirement_id": line.requirement_id,
                "municipality": line.municipality_code,
                "text": line.text,
            }
            for line in chosen
        ]

    return {
        "group": found.group,
        "relation": found.relation.value,
        "score": found.score,
        "shared": list(found.shared),
        "differing": list(found.differing),
        "why": found.why,
        "lines": lines(found.lines),
        "beside": lines(found.beside),
    }


def _of_slug(session: Session, actor: Actor, slug: str) -> tuple[list[Column], list[list[str]]]:
    access.require(actor, Permission.READ_CONTENT)
    business = processes.business(session, actor, slug)
    found = queries.of_business(session, actor, business)
    goals = {goal.id: goal.code for goal in queries.goals(session, actor)}
    rows = list(found.rows)
    return table(found.towns, rows, queries.wordings(session, rows), goals)


def _inert(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
