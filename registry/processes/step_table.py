"""A flow as a table that anybody can fill in: 担当・手順・次へ・条件・使う帳票・分・区分, one step a row.

The table is the way in for people who do not draw, and for those who cannot use a mouse. What it
does not show (the inside of a 下位フロー, sorts of events) is taken over from the flow it came from.
This is the public face; the parts stand in `tabling`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from registry.processes.tabling.building import MAX_ROWS, to_flow
from registry.processes.tabling.files import read_tsv, write_tsv
from registry.processes.tabling.rows import HEADINGS, Row, to_rows

COLUMNS: Final = tuple(one.name for one in fields(Row))

__all__ = ["COLUMNS", "HEADINGS", "MAX_ROWS", "Row", "read_tsv", "to_flow", "to_rows", "write_tsv"]
