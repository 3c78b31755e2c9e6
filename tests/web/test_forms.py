"""Typed values survive, checked values are separate."""

from __future__ import annotations

import pytest
from marshmallow import fields
from werkzeug.datastructures import MultiDict

from registry import schemas
from registry.errors import Conflict, Invalid
from registry.web.forms import bind, shown


class Example(schemas.Schema):
    name = schemas.line(length=5)
    marks = fields.List(schemas.line())


def sent(*pairs: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict(pairs)


def test_good_input_is_checked_and_unknown_keys_are_dropped() -> None:
    form = bind(Example(), sent(("name", " a "), ("marks", "x"), ("marks", "y"), ("status", "z")))
    assert form.ok
    assert form.data == {"name": "a", "marks": ["x", "y"]}


def test_bad_input_keeps_what_was_typed() -> None:
    form = bind(Example(), sent(("name", "長すぎる名前です"), ("version", "3")))
    assert not form.ok
    assert form.values["name"] == "長すぎる名前です"
    assert "5 文字以内" in form.errors["name"][0]
    assert form.version == 3


def test_a_fault_in_one_of_several_values_counts_for_the_field() -> None:
    form = bind(Example(), sent(("name", "a"), ("marks", "x"), ("marks", "")))
    assert form.errors == {"marks": ["入力してください。"]}


def test_no_box_ticked_is_an_empty_list() -> None:
    assert bind(Example(), sent(("name", "a"))).data["marks"] == []


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 5000, "１"])
def test_a_missing_version_is_refused(version: str) -> None:
    form = bind(Example(), sent(("name", "a"), ("version", version)))
    if version == "１":  # full-width digits are digits
        assert form.version == 1
        return
    with pytest.raises(Invalid):
        _ = form.version


def test_a_services_refusal_lands_beside_the_field() -> None:
    form = shown({"name": None}, version=2)
    with form.catching():
        raise Invalid("保存していません。", {"name": ["使えません。"]})
    assert (form.message, form.errors) == ("保存していません。", {"name": ["使えません。"]})
    assert form.values == {"name": "", "version": 2}


def test_other_refusals_go_on() -> None:
    with pytest.raises(Conflict), shown({}).catching():
        raise Conflict("x")
