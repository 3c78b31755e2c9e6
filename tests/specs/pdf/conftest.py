"""A small edition with everything in it that is hard to print, drawn once for all tests."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from benchmarks.spec_pdf import frozen, made_spec
from registry.specs.pdf import build_pdf

Spec = dict[str, Any]

KATSU = "葛\U000e0100"  # the body font draws this sequence itself
HEN = "邉\U000e0102"  # this one only the fallback font draws
HOSTILE = '<script>alert(1)</script><a href="file:///etc/passwd">x</a><img src="http://h.test/i">'


def every_line(spec: Spec) -> list[dict[str, Any]]:
    """All requirements in printed order."""
    return [
        row
        for chapter in spec["chapters"]
        for section in chapter["sections"]
        for row in section["requirements"]
    ]


def _small() -> Spec:
    spec = made_spec(26)
    rows = every_line(spec)
    rows[0]["title"] = f"髙﨑𠮷{KATSU}{HEN}の施設"
    rows[1]["text"] = HOSTILE
    rows[2]["text"] = "W" * 400 + "できること。"
    rows[3]["text"] = "一行目\n二行目 & <b>太字ではない</b>"
    rows[4]["kind"] = "form"
    rows[5]["goal"] = None
    rows[6]["applications"]["072028"] = {"state": "own_value", "value": "使用日の10日前"}
    rows[7]["applications"]["072087"] = {
        "state": "exception",
        "value": "条例の改正が済むまでのあいだは、窓口での申請だけを受け付ける扱いとする。",
    }
    rows[8]["applications"]["073644"] = {"state": "not_used", "value": None}
    del rows[9]["applications"]["074233"]
    return spec


@pytest.fixture
def spec() -> Spec:
    """A fresh copy that a test may change."""
    return copy.deepcopy(_small())


@pytest.fixture(scope="session")
def small() -> tuple[Spec, bytes, bytes]:
    """(spec, spec.json, spec.pdf) of the edition; not to be changed."""
    spec = _small()
    data = frozen(spec)
    return spec, data, build_pdf(spec, data)
