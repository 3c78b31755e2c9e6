from __future__ import annotations

from dataclasses import replace

import pytest

from registry.requirements.legend import Axis, Field, Legend, Mark
from registry.requirements.models import Obligation
from registry.requirements.values import Values, changes, problems, remark

MUST = Mark(Axis.OBLIGATION, "mandatory")
MAY = Mark(Axis.OBLIGATION, "optional")
LEGEND = Legend(
    columns={"要件": Field.TEXT, "区分": Field.MARK},
    marks={"◎": MUST, "○": MAY, "A": Mark(Axis.COST, "10万円未満"), "△": None},
)


def test_changes_name_the_fields_in_their_order() -> None:
    old = Values(text="照会できること。", section="照会", note="")
    new = replace(old, text="検索できること。", note="相談中")
    found = changes(old, new)
    assert [(one.label, one.old, one.new) for one in found] == [
        ("要件", "照会できること。", "検索できること。"),
        ("備考", "", "相談中"),
    ]
    assert changes(old, old) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (Values(text=""), "text"),
        (Values(text="。"), "text"),
        (Values(text="あ" * 10_001), "text"),
        (Values(text="照会", label="1" * 101), "label"),
        (Values(text="照会", note="前\x07後"), "note"),
        (Values(text="照会\u202e"), "text"),
    ],
)
def test_what_cannot_be_stored_names_its_field(values: Values, field: str) -> None:
    assert list(problems(values)) == [field]
    assert problems(replace(values, text="照会できること。", label="1", note="備考\n二行目")) == {}


def test_the_mark_follows_the_chosen_obligation() -> None:
    line = Values(text="照会", mark="◎", meaning=MUST.to_data(), obligation=Obligation.OPTIONAL)
    assert (remark(line, LEGEND).mark, remark(line, LEGEND).meaning) == ("○", MAY.to_data())


def test_a_mark_without_a_sign_for_the_obligation_is_taken_away() -> None:
    line = Values(text="照会", mark="◎", meaning=MUST.to_data(), obligation=Obligation.PROHIBITED)
    assert (remark(line, LEGEND).mark, remark(line, LEGEND).meaning) == ("", None)
    assert remark(line, None).mark == ""


def test_a_blank_mark_may_be_what_the_obligation_means() -> None:
    legend = replace(LEGEND, marks={"◎": MUST}, blank=MAY)
    line = Values(text="照会", mark="◎", meaning=MUST.to_data(), obligation=Obligation.OPTIONAL)
    assert (remark(line, legend).mark, remark(line, legend).meaning) == ("", MAY.to_data())


def test_marks_that_agree_or_speak_of_something_else_stay() -> None:
    agreed = Values(text="照会", mark="◎", meaning=MUST.to_data(), obligation=Obligation.MANDATORY)
    assert remark(agreed, LEGEND) is agreed
    cost = Values(
        text="照会",
        mark="A",
        meaning=Mark(Axis.COST, "10万円未満").to_data(),
        obligation=Obligation.MANDATORY,
    )
    assert remark(cost, LEGEND) is cost
