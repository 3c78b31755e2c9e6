"""How large things are when we lay a flow out, in the pixels of BPMN files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.processes.bpmn.reading import KINDS
from registry.processes.drawing.diagram import EVENTS
from registry.processes.flow import Step, StepKind

TASK: Final = (132.0, 72.0)
GATEWAY: Final = 46.0
EVENT: Final = 36.0
COLUMN: Final = 92.0
"""The least width of a column of steps."""
ROW: Final = 116.0
"""The height of a row of steps, without the forms below them."""
GAP: Final = 34.0
"""Between two columns, where lines turn; each line beyond the first adds a slot."""
SLOT: Final = 12.0
TRACK: Final = 14.0
"""The height of one line running at the foot of a lane."""
FORM: Final = (30.0, 38.0)
FORM_ROW: Final = 78.0
"""The height a row grows by for each two forms of a step."""
CLOSED: Final = 60.0
"""The height of an organisation of which only messages are known."""
POOL_GAP: Final = 40.0

ELEMENTS: Final[Mapping[StepKind, str]] = {
    kind: next(name for name, of in KINDS.items() if of is kind) for kind in StepKind
}
"""The element written for a step of which only the kind is known."""


def element_of(step: Step) -> str:
    """The BPMN element a step is drawn and written as."""
    return step.element or ELEMENTS[step.kind]


def size(element: str) -> tuple[float, float]:
    """Width and height of a step's shape."""
    if element in EVENTS:
        return EVENT, EVENT
    if element.endswith("Gateway"):
        return GATEWAY, GATEWAY
    return TASK
