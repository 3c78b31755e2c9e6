"""Which columns of a town's table a person wants to see, and how high its rows are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = ("section", "label", "text", "obligation", "kind", "goal", "step", "note")
"""Every column there is to choose, in the order in which they stand."""

ALWAYS: Final = "text"
"""Without its text a line says nothing, so this column cannot be put away."""

USUAL: Final = tuple(name for name in COLUMNS if name != "step")
"""What stands there until somebody chooses; few lists name the step of the process."""

_DENSE: Final = "dense"


@dataclass(frozen=True, slots=True)
class Layout:
    """The chosen columns in the order of `COLUMNS`; `dense` rows are low."""

    columns: tuple[str, ...] = USUAL
    dense: bool = False

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(name for name in COLUMNS if name not in self.columns)

    def words(self) -> str:
        """The layout as a cookie keeps it: names joined by dots, which need no quoting."""
        return ".".join([*self.columns, *([_DENSE] if self.dense else [])])


def chosen(names: Iterable[str], *, dense: bool) -> Layout:
    """The layout of these columns; each name may be several joined by dots, unknown ones are
    ignored."""
    wanted = {ALWAYS, *(part for name in names for part in name.split("."))}
    return Layout(tuple(name for name in COLUMNS if name in wanted), dense)


def remembered(words: str) -> Layout:
    """The layout of a cookie; the usual one for an empty or strange one."""
    parts = set(words.split("."))
    if not parts.intersection(COLUMNS):
        return Layout()
    return chosen(parts, dense=_DENSE in parts)
