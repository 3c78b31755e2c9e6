"""The figures the help shows are those the benchmarks wrote, for both parts of the labelled sets."""

from __future__ import annotations

import pytest

from registry.overview import quality


@pytest.mark.parametrize("engine", ["matching", "clarity"])
def test_both_parts_are_told(engine: str) -> None:
    assert {"tune", "held"} <= set(quality.measured(engine)["parts"])


def test_an_unknown_engine_has_no_figures() -> None:
    with pytest.raises(FileNotFoundError):
        quality.measured("guessing")
