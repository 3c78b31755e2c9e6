"""Whether a system has to have what a line asks for (実装区分).

Apart from the tables, so that reading a list from a file needs no database.
"""

from __future__ import annotations

from registry.labels import Labelled


class Obligation(Labelled):
    MANDATORY = "mandatory", "必須"
    OPTIONAL = "optional", "任意"
    PROHIBITED = "prohibited", "実装しない"
