"""Which columns stand in the table, from the address and from the cookie."""

from __future__ import annotations

import pytest

from registry.requirements.layout import COLUMNS, USUAL, Layout, chosen, remembered
from registry.requirements.schemas import FIELDS


def test_every_field_of_a_line_is_a_column() -> None:
    assert set(COLUMNS) == set(FIELDS)
    assert set(COLUMNS) - set(USUAL) == {"step"}


def test_the_text_always_stays_and_unknown_names_are_ignored() -> None:
    assert chosen([], dense=False).columns == ("text",)
    assert chosen(["note", "colour", "", "label"], dense=False).columns == ("label", "text", "note")
    assert chosen(["step.note", "kind"], dense=True) == Layout(
        ("text", "kind", "step", "note"), dense=True
    )


def test_what_is_put_away_is_the_rest() -> None:
    assert chosen(["section", "step"], dense=False).hidden == (
        "label",
        "obligation",
        "kind",
        "goal",
        "note",
    )


@pytest.mark.parametrize(
    "layout", [Layout(), Layout(("text",)), Layout(COLUMNS, dense=True), Layout(dense=True)]
)
def test_a_cookie_keeps_the_layout(layout: Layout) -> None:
    assert remembered(layout.words()) == layout


@pytest.mark.parametrize("words", ["", "dense", "x.y", '"; drop', "．"])
def test_an_empty_or_strange_cookie_means_the_usual_layout(words: str) -> None:
    assert remembered(words) == Layout()
