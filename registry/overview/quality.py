"""How good the engines are, as their benchmarks wrote it down."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "text"


@cache
def measured(engine: str) -> dict[str, Any]:
    """The figures of `matching` or `clarity`; their shape is what benchmarks/ writes."""
    found: dict[str, Any] = json.loads(
        (FOLDER / engine / "quality.json").read_text(encoding="utf-8")
    )
    return found
