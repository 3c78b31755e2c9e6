from __future__ import annotations

import pytest

from registry.processes.bpmn.reading import KINDS
from registry.processes.drawing.sizes import EVENT, GATEWAY, TASK, element_of, size
from registry.processes.flow import Step, StepKind


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("task", TASK),
        ("subProcess", TASK),
        ("boundaryEvent", (EVENT, EVENT)),
        ("eventBasedGateway", (GATEWAY, GATEWAY)),
    ],
)
def test_a_shape_has_the_size_of_its_sort(element: str, expected: tuple[float, float]) -> None:
    assert size(element) == expected


@pytest.mark.parametrize("kind", StepKind)
def test_a_step_of_which_only_the_kind_is_known_has_an_element_of_that_kind(
    kind: StepKind,
) -> None:
    assert KINDS[element_of(Step("a", "", "l", kind))] is kind
    assert element_of(Step("a", "", "l", kind, element="userTask")) == "userTask"
