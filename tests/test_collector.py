"""The collector leaves the application alone and still finds new garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from registry import collector


@pytest.fixture
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Ring:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("as_before")
def test_what_stands_is_set_aside() -> None:
    before = len(gc.get_objects())
    collector.settle()
    assert gc.get_freeze_count() > before / 2
    assert len(gc.get_objects()) < before / 10
    assert gc.get_threshold() == collector.THRESHOLDS


@pytest.mark.usefixtures("as_before")
def test_a_ring_made_later_is_found() -> None:
    collector.settle()
    seen = weakref.ref(Ring())
    gc.collect()
    assert seen() is None
