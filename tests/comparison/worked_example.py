"""The worked example as data: every line of the towns, and the groups people put them in."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from registry.comparison.grouping import Line

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "aizu_13"
BUSINESS = "facility-reservation"


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_text("utf-8").splitlines()
    return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass(frozen=True)
class Truth:
    lines: list[Line]
    groups: Mapping[str, list[tuple[Line, str]]]

    def pairs(self, *relations: str) -> set[frozenset[str]]:
        """Pairs of lines of different towns in one group, both with one of the relations."""
        return {
            frozenset((one.key, other.key))
            for members in self.groups.values()
            for (one, first), (other, second) in combinations(members, 2)
            if one.municipality_code != other.municipality_code
            and {first, second} <= set(relations)
        }

    def alike(self) -> set[frozenset[str]]:
        """Pairs in one group to which a person gave both the same relation."""
        return {
            frozenset((one.key, other.key))
            for members in self.groups.values()
            for (one, first), (other, second) in combinations(members, 2)
            if first == second
        }

    def differing(self, relation: str) -> set[frozenset[str]]:
        """Pairs in one group of which a person gave exactly one this relation to it, and called
        the other the same; both of them may have one value or direction of their own."""
        return {
            frozenset((one.key, other.key))
            for members in self.groups.values()
            for (one, first), (other, second) in combinations(members, 2)
            if {first, second} == {relation, "same"}
        }


def load() -> Truth | None:
    """The alignments of fixtures/aizu_13 for the one business they are of; None without them."""
    if not (FIXTURE / "alignments.tsv").exists():
        return None
    found: dict[tuple[str, str, str], list[Line]] = {}
    for path in sorted((FIXTURE / "requirements" / BUSINESS).glob("*.tsv")):
        columns = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))["columns"]
        for number, row in enumerate(table(path), 1):
            named = {"section": "", "number": "", "text": ""}
            for heading, value in row.items():
                field = columns.get(heading)
                if field == "section":
                    named[field] = " / ".join(filter(None, (named[field], value)))
                elif field in named:
                    named[field] = value
            line = Line(path.stem, named["text"].replace("\\n", "\n"), f"{path.stem}-{number:03}")
            found.setdefault((path.stem, named["section"], named["number"]), []).append(line)
    groups: dict[str, list[tuple[Line, str]]] = {}
    for row in table(FIXTURE / "alignments.tsv"):
        if row["business"] != BUSINESS:
            continue
        choices = found[row["municipality_code"], row["section"], row["number"]]
        start = row["text_start"].replace("\\n", "\n")
        [line] = [line for line in choices if line.text.startswith(start)]
        groups.setdefault(row["group"], []).append((line, row["relation"]))
    return Truth([line for same_place in found.values() for line in same_place], groups)
