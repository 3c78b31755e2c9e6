"""Lists that programs send as a file or as rows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, cast

import marshmallow as ma
from flask import request, url_for
from marshmallow import fields

from registry import schemas
from registry.access import Permission
from registry.errors import Invalid
from registry.requirements import importing, sheet, table
from registry.requirements.api import TOWN, blueprint, own_place, own_town
from registry.requirements.import_api import ImportAnswerSchema, shown_import
from registry.requirements.legend import Legend, parse_legend
from registry.requirements.legend_schema import LegendSchema, legend_of
from registry.requirements.schemas import UploadSchema
from registry.requirements.table import Row, Table
from registry.web import api
from registry.web.database import actor, session, state
from registry.web.gates import allow, prepares, writes

MAX_TABLE_ROWS: Final = 10_000


class TableSchema(schemas.Schema):
    """A list as rows of text; the first row holds the headings unless the legend says otherwise."""

    name = schemas.line()
    rows = fields.List(
        fields.List(
            fields.String(validate=ma.validate.Length(max=schemas.MAX_TEXT)),
            validate=ma.validate.Length(max=table.MAX_COLUMNS),
        ),
        required=True,
        validate=ma.validate.Length(
            1, MAX_TABLE_ROWS, error=f"1 行から {MAX_TABLE_ROWS:,} 行までにしてください。"
        ),
    )
    legend = fields.Nested(LegendSchema, allow_none=True, load_default=None)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as read before the write lock."""

    name: str
    table: Table
    sha256: str
    legend: Legend | None


def _read_file(code: str, slug: str) -> Sent:
    """Read the file in its child process. Raises Invalid, Forbidden, NotFound."""
    with state().database.read() as reading:
        own_town(code, reading)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(
            "ファイルが付いていません。取り込みは行っていません。",
            {"file": ["取り込むファイルを file として送ってください。"]},
        )
    try:
        values = UploadSchema(unknown=ma.RAISE).load(request.form.to_dict())
    except ma.ValidationError as error:
        raise Invalid(
            "入力内容を確かめてください。取り込みは行っていません。",
            cast(dict[str, list[str]], error.messages),
        ) from error
    content = sent.read()
    legend = parse_legend(values["legend"]) if values["legend"] else None
    wanted = values["sheet"] or (legend.sheet if legend else None) or None
    return Sent(
        values["name"],
        sheet.read_in_child(sent.filename[-200:], content, wanted),
        hashlib.sha256(content).hexdigest(),
        legend,
    )


_FILE: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "xlsx、csv、tsv",
                    },
                    "name": {"type": "string", "maxLength": 200},
                    "sheet": {"type": "string", "maxLength": 31},
                    "legend": {"type": "string", "description": "凡例(TOML)"},
                },
            }
        }
    },
}


@blueprint.route(f"{TOWN}/imports", methods=["POST"])
@blueprint.doc(requestBody=_FILE)
@blueprint.response(201, ImportAnswerSchema)
@api.problems(blueprint, *api.WRITE, 413)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
@prepares(_read_file)
def upload(code: str, slug: str, prepared: Sent) -> Any:
    """Send a file to look at before it is imported. Without a legend one is guessed."""
    return _open(code, slug, prepared)


@blueprint.route(f"{TOWN}/imports/tables", methods=["POST"])
@blueprint.arguments(TableSchema)
@blueprint.response(201, ImportAnswerSchema)
@api.problems(blueprint, *api.WRITE, 413)
@allow(Permission.IMPORT_REQUIREMENTS)
@writes
def send_table(values: dict[str, Any], code: str, slug: str) -> Any:
    """Send a list as rows of text instead of a file."""
    legend = legend_of(values["legend"]) if values["legend"] else None
    content = json.dumps(values["rows"], ensure_ascii=False).encode()
    sent = Sent(
        values["name"],
        _table(values["name"], values["rows"]),
        hashlib.sha256(content).hexdigest(),
        legend,
    )
    return _open(code, slug, sent)


def _table(name: str, rows: list[list[str]]) -> Table:
    """The rows as if they had stood in a file."""
    found: list[Row] = []
    problems = []
    for number, sent in enumerate(rows, start=1):
        cells = []
        for column, cell in enumerate(sent):
            text, bad = table.clean(cell)
            if bad:
                problems.append(table.bad_character(number, column))
            cells.append(text)
        if any(cell.strip() for cell in cells):
            found.append(Row(number, tuple(cells)))
    if not found:
        raise Invalid(
            "表に文字が一つもありません。取り込みは行っていません。",
            {"rows": ["文字のある行を送ってください。"]},
        )
    return Table(name=name, format="json", rows=tuple(found), problems=tuple(problems))


def _open(code: str, slug: str, sent: Sent) -> Any:
    town, business = own_place(code, slug)
    opened = importing.open_list(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        name=sent.name,
        sha256=sent.sha256,
        table=sent.table,
        legend=sent.legend,
    )
    address = url_for("api_requirements.import_", code=code, slug=slug, list_id=opened.id)
    return api.created(shown_import(opened), address, api.etag(opened))
