"""Python's garbage collector, set for a server that makes many objects for each answer."""

from __future__ import annotations

import gc
from typing import Final

THRESHOLDS: Final = (10_000, 20, 20)
"""New objects before the youngest are looked through, then rounds before the next generation is."""


def settle() -> None:
    """Call once the application is made: what it consists of is never looked through again.

    A page of the matrix makes some 100,000 objects. With Python's own thresholds every fifth
    answer waited a quarter of a second for a round through the 300,000 objects of the libraries
    (benchmarks/matrix.py), none of which ever becomes garbage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
