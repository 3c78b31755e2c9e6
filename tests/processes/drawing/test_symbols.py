from __future__ import annotations

import pytest
from lxml import etree

from registry.processes.drawing import symbols
from registry.processes.drawing.diagram import GATEWAYS, TASKS


def parsed(svg: str) -> etree._Element:
    return etree.fromstring(f"<svg>{svg}</svg>")


@pytest.mark.parametrize("sign", symbols._EVENT_SIGNS)
def test_every_event_has_a_sign_and_a_filled_one(sign: str) -> None:
    catching = symbols.event({sign, "catch"}, 50, 50, 18)
    throwing = symbols.event({sign, "throw"}, 50, 50, 18)
    assert len(parsed(catching)) > 0
    if sign not in {"timer", "conditional"}:
        assert catching != throwing


def test_a_plain_event_has_none() -> None:
    assert symbols.event({"throw"}, 0, 0, 18) == ""


def test_signs_of_different_events_differ() -> None:
    assert len({symbols.event({sign}, 0, 0, 18) for sign in symbols._EVENT_SIGNS}) == len(
        symbols._EVENT_SIGNS
    )


def test_gateways_differ() -> None:
    found = {kind: symbols.gateway(kind, {"marker"}, 0, 0, 25) for kind in GATEWAYS}
    assert len(set(found.values())) == len(GATEWAYS)
    assert symbols.gateway("exclusiveGateway", set(), 0, 0, 25) == ""
    plain = symbols.gateway("eventBasedGateway", {"exclusive"}, 0, 0, 25)
    assert plain != symbols.gateway("eventBasedGateway", {"parallel", "instantiate"}, 0, 0, 25)


def test_tasks_differ_and_a_plain_one_has_no_sign() -> None:
    found = {kind: symbols.task(kind, set(), 0, 0) for kind in TASKS}
    assert found["task"] == ""
    assert len(set(found.values())) == len(TASKS)
    assert symbols.task("callActivity", {"globalUserTask"}, 0, 0) == found["userTask"]


def test_feet_stand_in_a_fixed_order() -> None:
    marks = {"collapsed", "loop", "compensation"}
    assert symbols.feet(marks, "adHocSubProcess") == [
        "compensation",
        "loop",
        "collapsed",
        "ad-hoc",
    ]
    drawn = {symbols.foot(name, 0, 0) for name in symbols.feet(marks, "adHocSubProcess")}
    assert len(drawn) == 4


def test_numbers_are_short_and_never_exponents() -> None:
    assert [symbols.number(one) for one in (1.0, 0.05, 99999.96, -0.04)] == [
        "1",
        "0.1",
        "100000",
        "-0",
    ]
