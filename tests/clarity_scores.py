"""How well the clarity engine does on the labelled lines and sheets, for tests and the benchmark."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from registry.standards.national import read_national
from registry.text.clarity.lines import lint
from registry.text.clarity.rules import Kind
from registry.text.clarity.sheets import Sheet, lint_sheet
from registry.text.severity import Severity

LABELLED = Path(__file__).parent / "text" / "labelled"


@dataclass(slots=True)
class Score:
    """Findings that were right, wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / found if (found := self.right + self.wrong) else 1.0

    @property
    def recall(self) -> float:
        return self.right / labelled if (labelled := self.right + self.missed) else 1.0


@dataclass(frozen=True, slots=True)
class LabelledLine:
    style: str
    text: str
    kinds: frozenset[str]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledSheet:
    sheet: Sheet
    kinds: frozenset[str]


def parts() -> list[str]:
    """The parts that are there: tune, and held where it has been added."""
    return [part for part in ("tune", "held") if (LABELLED / f"lines_{part}.tsv").exists()]


def rows(name: str) -> Iterator[dict[str, str]]:
    with (LABELLED / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield {key: value.replace("\\n", "\n") for key, value in row.items()}


def labelled_lines(part: str) -> list[LabelledLine]:
    return [
        LabelledLine(
            row["style"],
            row["text"],
            frozenset(row["kinds"].split()),
            tuple(filter(None, row["phrases"].split(" / "))),
        )
        for row in rows(f"lines_{part}.tsv")
    ]


def labelled_sheets(part: str) -> list[LabelledSheet]:
    found = []
    for row in rows(f"sheets_{part}.tsv"):
        kinds = frozenset(row.pop("kinds").split())
        found.append(LabelledSheet(Sheet(**row), kinds))
    return found


def score_lines(part: str) -> dict[str, Score]:
    """By kind. A vague finding counts when it overlaps a labelled phrase, other kinds by line."""
    scores: dict[str, Score] = defaultdict(Score)
    for line in labelled_lines(part):
        findings = lint(line.text)
        found = {item.kind.value for item in findings}
        for kind in (line.kinds | found) - {Kind.VAGUE.value}:
            _count(scores[kind], kind in line.kinds, kind in found)
        spans = [(at, at + len(p)) for p in line.phrases if (at := line.text.find(p)) >= 0]
        vague = [(item.start, item.end) for item in findings if item.kind is Kind.VAGUE]
        for start, end in vague:
            _count(scores["vague"], any(s < end and start < e for s, e in spans), True)
        for start, end in spans:
            if not any(s < end and start < e for s, e in vague):
                scores["vague"].missed += 1
    return dict(scores)


def score_sheets(part: str) -> dict[str, Score]:
    scores: dict[str, Score] = defaultdict(Score)
    for labelled in labelled_sheets(part):
        found = {item.kind.value for item in lint_sheet(labelled.sheet)}
        for kind in labelled.kinds | found:
            _count(scores[kind], kind in labelled.kinds, kind in found)
    return dict(scores)


def _count(score: Score, labelled: bool, found: bool) -> None:
    if labelled and found:
        score.right += 1
    elif found:
        score.wrong += 1
    else:
        score.missed += 1


def together(scores: dict[str, Score]) -> Score:
    """All kinds in one."""
    return Score(
        sum(one.right for one in scores.values()),
        sum(one.wrong for one in scores.values()),
        sum(one.missed for one in scores.values()),
    )


@dataclass(frozen=True, slots=True)
class OfficialRate:
    """Of the sentences of the official items: how many get a finding."""

    items: int
    sentences: int
    vague: int
    above_advice: int


def official_rate(folder: Path) -> OfficialRate:
    """Sentences are what stands between 。 and line ends in the items' blocks, without headings."""
    text = read_national(folder)
    sentences = [
        sentence
        for item in text.items
        for line in item.lines
        if not line.heading and not line.slip
        for sentence in re.split(r"(?<=。)|\n", line.text)
        if sentence.strip()
    ]
    found = [lint(sentence) for sentence in sentences]
    return OfficialRate(
        len(text.items),
        len(sentences),
        sum(any(item.kind is Kind.VAGUE for item in one) for one in found),
        sum(any(item.severity is not Severity.ADVICE for item in one) for one in found),
    )
