"""What forms and addresses of the comparison may say."""

from __future__ import annotations

import marshmallow as ma
import pytest
from werkzeug.datastructures import MultiDict

from registry.comparison.matrix import Show
from registry.comparison.schemas import (
    ClusterSchema,
    MatrixFilterSchema,
    PutSchema,
    ReconfirmSchema,
)
from registry.standards.models import Relation
from registry.web.forms import bind


def test_ticked_boxes_are_numbers_and_none_ticked_is_an_empty_list() -> None:
    sent = MultiDict([("selected", "3"), ("selected", "7"), ("relation", "")])
    assert bind(ReconfirmSchema(), sent).data == {"selected": [3, 7], "relation": None}
    assert bind(ReconfirmSchema(), MultiDict()).data == {"selected": [], "relation": None}


@pytest.mark.parametrize("value", ["x", "1.5", "", "１a"])
def test_a_box_that_is_no_number_is_refused_beside_the_lines(value: str) -> None:
    form = bind(ReconfirmSchema(), MultiDict([("selected", value)]))
    assert form.errors == {"selected": ["選んだ行を読み取れませんでした。"]}


def test_filters_are_optional_but_must_exist() -> None:
    assert bind(MatrixFilterSchema(), MultiDict()).data == {"show": None, "goal": "", "town": ""}
    assert bind(MatrixFilterSchema(), MultiDict({"show": "values"})).data["show"] is Show.VALUES
    assert "show" in bind(MatrixFilterSchema(), MultiDict({"show": "nothing"})).errors


def test_a_new_group_needs_a_name_of_one_line() -> None:
    with pytest.raises(ma.ValidationError) as refusal:
        ClusterSchema().load({"selected": [1], "label": "  "})
    assert refusal.value.messages == {"label": ["入力してください。"]}
    with pytest.raises(ma.ValidationError):
        ClusterSchema().load({"selected": [1], "label": "二\n行"})


def test_lines_put_by_hand_need_a_relation() -> None:
    loaded = PutSchema().load({"selected": [1], "target": "F-001", "relation": "contains"})
    assert loaded["relation"] is Relation.CONTAINS
    with pytest.raises(ma.ValidationError) as refusal:
        PutSchema().load({"selected": [1], "target": "F-001"})
    assert set(refusal.value.messages) == {"relation"}
