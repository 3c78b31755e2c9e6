from __future__ import annotations

import marshmallow as ma
import pytest

from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.schemas import RequirementSchema, RowsSchema


def test_words_of_a_spreadsheet_are_understood() -> None:
    data = RequirementSchema().load({"text": " 照会 ", "obligation": "必須", "kind": "帳票"})
    assert (data["text"], data["obligation"], data["kind"]) == (
        "照会",
        Obligation.MANDATORY,
        RequirementKind.FORM,
    )
    empty = RequirementSchema().load({"text": "照会", "obligation": "", "kind": ""})
    assert (empty["obligation"], empty["kind"], empty["note"]) == (None, None, "")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "照会", "obligation": "多分"}, "obligation"),
        ({"text": "照会", "label": "1\n2"}, "label"),
        ({"text": "照\x00会"}, "text"),
        ({"text": "あ" * 10_001}, "text"),
    ],
)
def test_what_does_not_fit_names_its_field(sent: dict[str, str], field: str) -> None:
    with pytest.raises(ma.ValidationError) as caught:
        RequirementSchema().load(sent)
    assert list(caught.value.normalized_messages()) == [field]


def test_rows_are_limited() -> None:
    row = {"id": "new-1", "version": None, "fields": {"text": "照会"}}
    assert len(RowsSchema().load({"mode": "all", "rows": [row] * 500})["rows"]) == 500
    with pytest.raises(ma.ValidationError, match="500行まで"):
        RowsSchema().load({"mode": "all", "rows": [row] * 501})
