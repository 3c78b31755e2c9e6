"""How good and how fast the matching of requirement lines is, beside two plain ways.

    python benchmarks/alignment.py [--write] [--no-speed] [--tune-only]

Quality is measured on the labelled pairs of tests/text/labelled (the part that was tuned on, and the
part that was looked at once) and on the worked example fixtures/aizu_13. The plain ways are the
cosine of character 2-gram TF-IDF and the normalised edit distance, each with the threshold that is
best for it on the tuned part. `--write` stores the figures for the help page in
registry/text/matching/quality.json. `--tune-only` leaves the other part unread, for whoever is
changing the rules.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rapidfuzz.distance import Levenshtein

from registry.text.matching import bulk, semantic
from registry.text.matching.nearest import Index
from registry.text.matching.pairing import relate
from registry.text.worddiff import diff_words

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT / "tests" / "text" / "labelled"
QUALITY = ROOT / "registry" / "text" / "matching" / "quality.json"
PARTS = {"tune": "調整に使った部分", "held": "一度だけ見た部分"}
TOGETHER = {"same", "contains", "contained"}
APART = {"opposite", "value_differs"}
PARAPHRASES = {"synonym", "reorder", "ending"}
HITS = (1, 3, 10)

Row = dict[str, str]
Score = Callable[[str, str], float]


def labelled(part: str) -> list[Row]:
    path = LABELLED / f"pairs_{part}.tsv"
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


# ---- plain ways ---------------------------------------------------------------------------------


class TfIdf:
    """Cosine of character 2-gram TF-IDF over the lines of a part, spaces left out."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = [set(self._grams(text)) for text in texts]
        self._seen = Counter(gram for grams in counts for gram in grams)
        self._size = len(counts)

    @staticmethod
    def _grams(text: str) -> list[str]:
        plain = "".join(text.split())
        return [plain[at : at + 2] for at in range(len(plain) - 1)]

    def vector(self, text: str) -> dict[str, float]:
        weights = {
            gram: count * (math.log((1 + self._size) / (1 + self._seen[gram])) + 1)
            for gram, count in Counter(self._grams(text)).items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / length for gram, weight in weights.items()}

    def __call__(self, one: str, other: str) -> float:
        first, second = self.vector(one), self.vector(other)
        return sum(weight * second.get(gram, 0.0) for gram, weight in first.items())


def edit(one: str, other: str) -> float:
    return float(Levenshtein.normalized_similarity(one, other))


# ---- quality ------------------------------------------------------------------------------------


def measures(truth: Sequence[bool], told: Sequence[bool]) -> dict[str, float]:
    hits = sum(one and other for one, other in zip(truth, told, strict=True))
    precision = hits / sum(told) if any(told) else 0.0
    recall = hits / sum(truth) if any(truth) else 0.0
    both = precision + recall
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / both if both else 0.0,
    }


def best_threshold(rows: Sequence[Row], score: Score) -> float:
    truth = [row["relation"] in TOGETHER for row in rows]
    scores = [score(row["a"], row["b"]) for row in rows]
    return max(
        sorted(set(scores)),
        key=lambda least: measures(truth, [found >= least for found in scores])["f1"],
    )


def hits(ranks: Sequence[int]) -> dict[str, float]:
    return {str(top): sum(rank <= top for rank in ranks) / len(ranks) for top in HITS}


def rank_by(score: Score, rows: Sequence[Row], row: Row) -> int:
    own = score(row["a"], row["b"])
    return 1 + sum(score(row["a"], other["b"]) > own for other in rows)


def rank_in(index: Index, rows: Sequence[Row], row: Row) -> int:
    found = [near.index for near in index.candidates(row["a"], max(HITS))]
    at = next(number for number, other in enumerate(rows) if other is row)
    return found.index(at) + 1 if at in found else max(HITS) + 1


def quality(part: str, thresholds: dict[str, float]) -> dict[str, Any] | None:
    rows = labelled(part)
    if not rows:
        return None
    plain: dict[str, Score] = {
        "2-gram TF-IDF": TfIdf(text for row in rows for text in (row["a"], row["b"])),
        "edit distance": edit,
    }
    for name, score in plain.items():
        thresholds.setdefault(name, best_threshold(rows, score))
    truth = [row["relation"] in TOGETHER for row in rows]
    relations = [relate(row["a"], row["b"]).relation.value for row in rows]
    told = {"kaizu": [relation in TOGETHER for relation in relations]}
    for name, score in plain.items():
        told[name] = [score(row["a"], row["b"]) >= thresholds[name] for row in rows]
    asked = [row for row in rows if row["kind"] in PARAPHRASES]
    index = Index([row["b"] for row in rows])
    retrieval = {"kaizu": hits([rank_in(index, rows, row) for row in asked])}
    helped = semantic.engine("nlp")
    if helped.helped:
        other = helped.index([row["b"] for row in rows])
        retrieval["kaizu[nlp]"] = hits([rank_in(other, rows, row) for row in asked])
    for name, score in plain.items():
        retrieval[name] = hits([rank_by(score, rows, row) for row in asked])
    kinds = {}
    for kind in sorted({row["kind"] for row in rows}):
        chosen = [at for at, row in enumerate(rows) if row["kind"] == kind]
        kinds[kind] = {
            "pairs": len(chosen),
            **{
                name: sum(found[at] == truth[at] for at in chosen) / len(chosen)
                for name, found in told.items()
            },
            "relation": sum(relations[at] == rows[at]["relation"] for at in chosen) / len(chosen),
        }
    best = max(retrieval[name]["3"] for name in plain)
    return {
        "pairs": len(rows),
        "pair": {name: measures(truth, found) for name, found in told.items()},
        "relation_accuracy": sum(
            found == row["relation"] for found, row in zip(relations, rows, strict=True)
        )
        / len(rows),
        "wrongly_together": sum(
            row["relation"] in APART and found
            for row, found in zip(rows, told["kaizu"], strict=True)
        ),
        "grouped_apart": grouped_apart(rows),
        "asked": len(asked),
        "hits": retrieval,
        "closed": (retrieval["kaizu"]["3"] - best) / (1 - best) if best < 1 else 1.0,
        "kinds": kinds,
    }


def grouped_apart(rows: Sequence[Row]) -> int:
    """Opposites and changed values in one automatic group, all lines of a business thrown together."""
    from registry.comparison.grouping import Line, propose

    wrong = 0
    for business in sorted({row["business"] for row in rows}):
        own = [row for row in rows if row["business"] == business]
        lines = [
            Line(f"{at:04}{side}", row[side], f"{at}{side}")
            for at, row in enumerate(own)
            for side in "ab"
        ]
        home = {
            key: number
            for number, found in enumerate(propose(lines, {}))
            if found.group is None and not found.beside
            for key in found.lines
        }
        wrong += sum(
            f"{at}a" in home and home[f"{at}a"] == home.get(f"{at}b")
            for at, row in enumerate(own)
            if row["relation"] in APART
        )
    return wrong


def worked_example() -> dict[str, float] | None:
    """`propose` on fixtures/aizu_13 against what people aligned, by pairs of lines."""
    from itertools import combinations

    from registry.comparison.grouping import propose
    from tests.comparison.worked_example import load

    truth = load()
    if truth is None:
        return None
    started = time.process_time()
    proposals = propose(truth.lines, {})
    seconds = time.process_time() - started
    grouped = {
        frozenset(pair)
        for found in proposals
        if found.group is None and not found.beside
        for pair in combinations(found.lines, 2)
    }
    same = truth.pairs("same")
    return {
        "lines": len(truth.lines),
        "pairs": len(grouped),
        "precision": len(grouped & truth.alike()) / len(grouped),
        "recall": len(grouped & same) / len(same),
        "opposites": len(grouped & truth.differing("opposite")),
        "values": len(grouped & truth.differing("value_differs")),
        "cpu": seconds,
    }


# ---- speed --------------------------------------------------------------------------------------

_THINGS = (
    "利用者 職員 保護者 申請者 施設 図書 水道 給食 住民票 避難所 使用料 納付書 証明書 台帳 口座 備品 "
    "講座 健診 予約 検針 世帯 児童 道路 公園 会議室 通知書 領収書 受付番号 氏名 住所"
)
_PARTS = "区分 状況 履歴 一覧 期間 条件 金額 件数 理由 担当 地区 年度"
_ACTS = "登録 検索 変更 取消 通知 集計 印刷 出力 表示 確認 計算 承認 受付 抽出 照会"
_SWAPS = "できること>が可能であること 利用者>住民 表示>照会 通知>お知らせ ごと>別 登録>入力 一覧>リスト 職員>担当者"


def sentence(rng: random.Random) -> str:
    thing, part, act = (
        lambda: rng.choice(_THINGS.split()),
        lambda: rng.choice(_PARTS.split()),
        lambda: rng.choice(_ACTS.split()),
    )
    return (
        f"{thing()}が{thing()}の{thing()}{part()}を{part()}ごとに{act()}し、"
        f"{thing()}の{part()}と{thing()}の{part()}を{act()}できること。"
    )


def made_up(count: int, common: int) -> tuple[list[str], list[str]]:
    """`common` sentences, and `count` lines of towns made from them: 40 % as they are, 15 % other
    marks, 25 % other words, 12 % reordered, 8 % of the town's own."""
    rng = random.Random(1)
    base = [sentence(rng) for _ in range(common)]
    swaps = [swap.split(">") for swap in _SWAPS.split()]
    lines = []
    for at in range(count):
        line, chance = base[at % common], rng.random()
        if 0.4 <= chance < 0.55:
            line = "・" + line.replace("、", "，").replace("。", "")
        elif chance < 0.8 and chance >= 0.55:
            for word, other in rng.sample(swaps, 3):
                line = line.replace(word, other)
        elif chance < 0.92 and chance >= 0.8:
            first, _, second = line.partition("し、")
            line = second.replace("できること。", "でき、") + first + "すること"
        elif chance >= 0.92:
            line = sentence(rng)
        lines.append(line)
    return base, lines


def many(count: int) -> dict[str, Any]:
    base, lines = made_up(count, 2000)
    started, wall = _cpu(), time.perf_counter()
    found = bulk.candidates(Index(base), lines, 3)
    taken = time.perf_counter() - wall
    right = sum(bool(near) and near[0].index == at % 2000 for at, near in enumerate(found))
    return {"wall": taken, "cpu": _cpu() - started, "mb": _rss(), "first": right / count}


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _rss() -> float:
    """The greatest memory of this process and, twice, of a child: the sum never was greater."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, own + child) / 1024


def single() -> dict[str, Any]:
    _, lines = made_up(26_000, 13_000)
    index = Index(lines)
    rng = random.Random(7)
    walls, cpus = [], []
    for _ in range(40):
        text = sentence(rng)
        wall, cpu = time.perf_counter(), time.process_time()
        index.candidates(text, 10)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "mb": _rss()}


def difference() -> dict[str, Any]:
    base, lines = made_up(2000, 2000)
    pairs = list(zip(base, lines, strict=True))
    for one, other in pairs:
        diff_words(one, other)
    wall, cpu = time.perf_counter(), time.process_time()
    for one, other in pairs:
        diff_words(one, other)
    return {
        "wall": (time.perf_counter() - wall) / len(pairs),
        "cpu": (time.process_time() - cpu) / len(pairs),
        "mb": _rss(),
    }


SCENARIOS: dict[str, tuple[str, Callable[[], dict[str, Any]], str]] = {
    "26k": ("26,000 lines against 2,000", lambda: many(26_000), "6 s, 300 MB"),
    "200k": ("200,000 lines against 2,000", lambda: many(200_000), "30 s, 800 MB"),
    "one": ("one new line against 26,000", single, "50 ms"),
    "diff": ("word diff of a pair, terms cached", difference, "50 us"),
}


def speed() -> dict[str, dict[str, Any]]:
    """Each in a process of its own, so that memory is its own."""
    found = {}
    for name in SCENARIOS:
        done = subprocess.run(
            [sys.executable, __file__, "--scenario", name],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        found[name] = json.loads(done.stdout)
        print_speed(name, found[name])
    return found


# ---- the report ---------------------------------------------------------------------------------


def print_quality(part: str, found: dict[str, Any]) -> None:
    print(f"\n{part}: {found['pairs']} pairs")
    print(f"  {'':16}{'precision':>10}{'recall':>8}{'F1':>8}")
    for name, values in found["pair"].items():
        print(f"  {name:16}{values['precision']:10.3f}{values['recall']:8.3f}{values['f1']:8.3f}")
    print(
        f"  relation right {found['relation_accuracy']:.3f}; opposites or changed values told to"
        f" belong together: {found['wrongly_together']}, in one automatic group: {found['grouped_apart']}"
    )
    print(f"  {'paraphrases: ' + str(found['asked']):16}{'Hit@1':>10}{'Hit@3':>8}{'Hit@10':>8}")
    for name, values in found["hits"].items():
        print(f"  {name:16}" + f"{values['1']:10.3f}{values['3']:8.3f}{values['10']:8.3f}")
    print(f"  of what the better plain way leaves at Hit@3, closed: {found['closed']:.0%}")
    names = list(found["pair"])
    print(f"  {'kind':16}{'pairs':>6}" + "".join(f"{name:>15}" for name in names) + "  relation")
    for kind, values in found["kinds"].items():
        told = "".join(f"{values[name]:15.2f}" for name in names)
        print(f"  {kind:16}{values['pairs']:6}{told}{values['relation']:10.2f}")


def print_speed(name: str, found: dict[str, Any]) -> None:
    label, _, goal = SCENARIOS[name]
    unit, scale = {"one": ("ms", 1e3), "diff": ("us", 1e6)}.get(name, ("s", 1.0))
    first = f"  first right {found['first']:.3f}" if "first" in found else ""
    print(
        f"  {label:36} wall {found['wall'] * scale:7.2f} {unit:2}  cpu {found['cpu'] * scale:7.2f} {unit:2}"
        f"  {found['mb']:5.0f} MB  (goal {goal}){first}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--tune-only", action="store_true")
    parser.add_argument("--scenario", choices=SCENARIOS)
    asked = parser.parse_args()
    if asked.write and asked.tune_only:
        parser.error("--write needs both parts")
    if asked.scenario:
        print(json.dumps(SCENARIOS[asked.scenario][1]()))
        return
    thresholds: dict[str, float] = {}
    stored: dict[str, Any] = {"parts": {}}
    for part in ["tune"] if asked.tune_only else PARTS:
        found = quality(part, thresholds)
        if found:
            print_quality(part, found)
            stored["parts"][part] = found
    example = worked_example()
    if example:
        stored["example"] = {key: value for key, value in example.items() if key != "cpu"}
        print(
            f"\naizu_13: {example['lines']:.0f} lines, {example['pairs']:.0f} pairs grouped:"
            f" precision {example['precision']:.3f} recall {example['recall']:.3f};"
            f" opposites {example['opposites']:.0f}, changed values {example['values']:.0f};"
            f" {example['cpu']:.1f} s cpu"
        )
    if not asked.no_speed:
        print(f"\nspeed ({os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f})")
        speed()
    if asked.write:
        text = json.dumps(_rounded(stored), ensure_ascii=False, indent=1, sort_keys=True)
        QUALITY.write_text(text + "\n", "utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
