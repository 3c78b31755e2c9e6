"""How often the clarity engine is right, how noisy it is on official text, and how fast.

    python benchmarks/clarity.py [--write | --tune]

Prints precision and recall per kind on the labelled lines and sheets of tests/text/labelled (tune:
the rules were made with it; held: looked at once; first: sheets whose low recall led to a change of
two rules, after which held was written), the rate of findings on the
official items of $KAIZU_SHARED_DATA/standard_spec_v1, and lines a second of processor time. With
`--write` the figures go to registry/text/clarity/quality.json, from which the help page is made;
`--tune` leaves alone what was not read when the rules were made, for work on the rules.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from registry.text.clarity.lines import lint
from registry.text.clarity.rules import Kind, rules
from tests import clarity_scores as scores

QUALITY = Path(__file__).resolve().parents[1] / "registry" / "text" / "clarity" / "quality.json"
AIMS = {"compound": (0.90, 0.85), "vague": (0.85, 0.80)}
SHEETS_AIM = (0.80, 0.80)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help=f"write {QUALITY.name}")
    options.add_argument("--tune", action="store_true", help="only what the rules were made with")
    chosen = options.parse_args()
    if chosen.write and chosen.tune:
        options.error("--write needs every part")
    parts = ["tune"] if chosen.tune else scores.parts()
    figures: dict[str, Any] = {part: measured(part) for part in parts}
    figures = {"parts": figures, "official": official(), "first": None}
    if not chosen.tune:
        figures["first"] = as_data(scores.together(scores.score_sheets("first")))
    figures["speed"] = speed(parts)
    show(figures)
    if chosen.write:
        QUALITY.write_text(
            json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
            encoding="utf-8",
        )
        print(f"written: {QUALITY}")


def measured(part: str) -> dict[str, Any]:
    lines, sheets = scores.score_lines(part), scores.score_sheets(part)
    return {
        "lines": len(scores.labelled_lines(part)),
        "sheets": len(scores.labelled_sheets(part)),
        "kinds": {
            kind.value: as_data(found[kind.value]) | {"label": kind.label}
            for kind in Kind
            for found in (lines, sheets)
            if kind.value in found
        },
        "all_sheet_kinds": as_data(scores.together(sheets)),
    }


def as_data(score: scores.Score) -> dict[str, Any]:
    return {
        "right": score.right,
        "wrong": score.wrong,
        "missed": score.missed,
        "precision": round(score.precision, 3),
        "recall": round(score.recall, 3),
    }


def official() -> dict[str, Any] | None:
    shared = os.environ.get("KAIZU_SHARED_DATA")
    if not shared:
        return None
    rate = scores.official_rate(Path(shared) / "standard_spec_v1")
    return {
        "items": rate.items,
        "sentences": rate.sentences,
        "vague": rate.vague,
        "above_advice": rate.above_advice,
    }


def speed(parts: list[str], runs: int = 5) -> dict[str, Any]:
    texts = [line.text for part in parts for line in scores.labelled_lines(part)]
    lint(texts[0])
    times = []
    for _ in range(runs):
        lint.cache_clear()
        start = time.process_time()
        for text in texts:
            lint(text)
        times.append(time.process_time() - start)
    return {
        "lines": len(texts),
        "lines_per_second": round(len(texts) / min(times), -2),
        "rules": len(rules()),
    }


def show(figures: dict[str, Any]) -> None:
    for part, found in figures["parts"].items():
        print(f"\n{part}: {found['lines']} lines, {found['sheets']} sheets")
        print(
            f"{'kind':<28}{'right':>6}{'wrong':>6}{'missed':>7}{'precision':>11}{'recall':>8}  aim"
        )
        for kind, one in found["kinds"].items():
            print_row(kind, one, AIMS.get(kind))
        print_row("all kinds of sheets", found["all_sheet_kinds"], SHEETS_AIM)
    print()
    if figures["first"]:
        print_row("first: all kinds of sheets", figures["first"], SHEETS_AIM)
    rate = figures["official"]
    if rate is None:
        print("\nofficial text: not measured (KAIZU_SHARED_DATA is not set)")
    else:
        print(
            f"\nofficial text: {rate['items']} items, {rate['sentences']} sentences: vague "
            f"{rate['vague'] / rate['sentences']:.1%} (aim 3 %), above advice "
            f"{rate['above_advice'] / rate['sentences']:.1%} (aim 10 %)"
        )
    fast = figures["speed"]
    print(
        f"speed: {fast['lines_per_second']:,.0f} lines/s of processor time over {fast['lines']} "
        f"lines, {fast['rules']} rules, nothing remembered (aim 2,000)"
    )


def print_row(name: str, one: dict[str, Any], aim: tuple[float, float] | None) -> None:
    wanted = f"P {aim[0]:.2f} R {aim[1]:.2f}" if aim else ""
    print(
        f"{name:<28}{one['right']:>6}{one['wrong']:>6}{one['missed']:>7}"
        f"{one['precision']:>11.2f}{one['recall']:>8.2f}  {wanted}"
    )


if __name__ == "__main__":
    main()
