"""How much a finding weighs, whatever was judged: a line, a sheet or a flow."""

from __future__ import annotations

from registry.labels import Labelled


class Severity(Labelled):
    """`advice` may be left as it is without asking anybody."""

    ERROR = "error", "誤り"
    CHECK = "check", "要確認"
    ADVICE = "advice", "助言"
