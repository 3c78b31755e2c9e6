"""What the pages of the comparison take; filters come from the address, the rest from forms."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from registry import schemas
from registry.comparison.matrix import Show
from registry.comparison.proposal_queries import Kind
from registry.standards.models import Relation


def _ticked() -> fields.List[Any]:
    return fields.List(
        schemas.row_id(error_messages={"invalid": "選んだ行を読み取れませんでした。"}),
        load_default=list,
    )


class MatrixFilterSchema(schemas.Schema):
    """`goal` is a goal's code, `town` a municipality code."""

    show = schemas.choice(Show, required=False)
    goal = schemas.line(required=False)
    town = schemas.line(required=False)


class LooseFilterSchema(schemas.Schema):
    town = schemas.line(required=False)
    q = schemas.line(required=False)


class ProposalFilterSchema(schemas.Schema):
    kind = schemas.choice(Kind, required=False)


class GroupSchema(schemas.Schema):
    label = schemas.line()
    goal = schemas.line(required=False)


class ReconfirmSchema(schemas.Schema):
    """Without a relation the lines keep theirs."""

    selected = _ticked()
    relation = schemas.choice(Relation, required=False)


class MoveSchema(schemas.Schema):
    selected = _ticked()
    target = schemas.line()


class SplitSchema(schemas.Schema):
    selected = _ticked()
    label = schemas.line()


class SelectedSchema(schemas.Schema):
    selected = _ticked()


class ClusterSchema(schemas.Schema):
    selected = _ticked()
    label = schemas.line()


class PutSchema(schemas.Schema):
    """Lines into the group `target`, or into a new one called `label`."""

    selected = _ticked()
    target = schemas.line(required=False)
    label = schemas.line(required=False)
    relation = schemas.choice(Relation)
