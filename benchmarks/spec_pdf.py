"""How long a spec takes to draw, against one HTML document with one table.

    python benchmarks/spec_pdf.py [--sizes 100 500 1000 2000 5000] [--naive 1000] [--out FILE]

Every measurement runs in a process of its own; all figures of one run come from one machine and
are printed as ratios. `first` draws everything with two workers, `again` draws the same edition
after the wording of one line was changed, inside the same process and with its chapter cache.
`naive` holds the same lines in one HTML document: one table for the functions and one for the
towns, columns sized by their content, everything else as WeasyPrint comes. MB is the most that the
process and its workers held together at any time, looked at ten times a second.
Where other programs run beside it, compare `cpu` and not `wall`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WORKERS = 2
NAIVE_STYLE = ".grid { table-layout: auto } .grid col { width: auto }"

TOWNS = (
    ("072028", "会津若松市", "あいづわかまつし", "city", 117433),
    ("072087", "喜多方市", "きたかたし", "city", 44656),
    ("073628", "下郷町", "しもごうまち", "town", 5264),
    ("073644", "檜枝岐村", "ひのえまたむら", "village", 504),
    ("073679", "只見町", "ただみまち", "town", 4044),
    ("073687", "南会津町", "みなみあいづまち", "town", 14451),
    ("074021", "北塩原村", "きたしおばらむら", "village", 2556),
    ("074055", "西会津町", "にしあいづまち", "town", 5770),
    ("074071", "磐梯町", "ばんだいまち", "town", 3322),
    ("074080", "猪苗代町", "いなわしろまち", "town", 13552),
    ("074217", "会津坂下町", "あいづばんげまち", "town", 15068),
    ("074225", "湯川村", "ゆがわむら", "village", 3081),
    ("074233", "柳津町", "やないづまち", "town", 3081),
)
SUBJECTS = (
    "施設",
    "利用者",
    "予約",
    "利用料",
    "減免",
    "抽選",
    "鍵",
    "備品",
    "団体登録",
    "利用実績",
)
ACTS = ("登録", "変更", "取消し", "照会", "印刷", "通知", "集計", "承認", "検索", "出力")
PARTS = (
    "申請の受付から承認までの経過を日時とともに記録し、",
    "窓口と住民の端末のどちらからでも同じ手順で行え、",
    "入力の誤りは該当する欄のそばに理由を示し、",
    "操作した職員の所属と氏名を後から確認でき、",
    "期限を過ぎたものは一覧の先頭に表示して、",
    "年度をまたぐ場合も料金の区分を正しく適用し、",
    "災害時の避難所指定を優先して扱い、",
    "停電や通信の途絶の後も直前の状態から再開でき、",
)
REASONS = (
    "窓口での聞き取りで、二重の転記が最も大きな負担とされたため。",
    "団体ごとに異なっていた期限を、住民に分かりやすい最長のものに合わせた。",
    "",
    "条例の改正に伴い、減免の判断を記録に残す必要があるため。",
)
VALUES = ("10日前", "3営業日", "翌月10日", "窓口のみ", "50％減額", "1年間")


def made_spec(lines: int, seed: int = 1) -> dict[str, Any]:
    """An edition of `lines` requirements: 中分類 of 12, 大分類 of 10 中分類, 13 towns.

    Texts are 60 to 200 characters long (median near 140); one town in eight differs on a line in
    every third line. Equal arguments give equal editions.
    """
    chance = random.Random(seed)
    goals: list[dict[str, Any]] = []
    _goal(goals, chance, "G-1", None, 1)
    chapters: list[dict[str, Any]] = []
    serial = 0
    while serial < lines:
        number = len(chapters) + 1
        code = f"G-1-{number}"
        _goal(goals, chance, code, "G-1", 2)
        sections = []
        for part in range(1, 11):
            if serial >= lines:
                break
            _goal(goals, chance, f"{code}-{part}", code, 3)
            rows = []
            for row in range(1, min(12, lines - serial) + 1):
                serial += 1
                rows.append(_line(chance, serial, f"{number}.{part}.{row}", f"{code}-{part}"))
            sections.append(
                {
                    "number": f"{number}.{part}",
                    "title": f"{SUBJECTS[part - 1]}の{ACTS[(number + part) % 10]}",
                    "goal": f"{code}-{part}",
                    "requirements": rows,
                }
            )
        chapters.append(
            {
                "number": str(number),
                "title": f"{SUBJECTS[number % 10]}管理",
                "goal": code,
                "sections": sections,
            }
        )
    return {
        "format": "kaizu-spec/1",
        "template_version": "1",
        "region": {"name": "会津地域", "issuer": "会津地域広域調整事務局"},
        "business": {
            "slug": "facility-reservation",
            "number": "001",
            "name": "公共施設予約",
            "summary": "公民館、体育館などの公共施設の空き状況の案内、予約、利用料の収納を行う。",
        },
        "edition": {
            "number": "1.0",
            "title": "公共施設予約 標準要件仕様書",
            "issued_on": "2026-10-01",
            "predecessor": None,
        },
        "history": [
            {"number": "1.0", "issued_on": "2026-10-01", "place": "全体", "content": "初版"}
        ],
        "municipalities": [
            dict(zip(("code", "name", "kana", "kind", "population"), town, strict=True))
            for town in TOWNS
        ],
        "goals": goals,
        "chapters": chapters,
        "terms": [
            {"term": "仮予約", "meaning": "利用料の収納を待つ間、施設を押さえている状態をいう。"},
            {"term": "減免", "meaning": "条例に基づいて利用料を減額し、又は免除することをいう。"},
        ],
    }


def _goal(
    goals: list[dict[str, Any]], chance: random.Random, code: str, parent: str | None, level: int
) -> None:
    measured = chance.random() < 0.5
    goals.append(
        {
            "code": code,
            "parent": parent,
            "level": level,
            "statement": f"{chance.choice(SUBJECTS)}の{chance.choice(ACTS)}が、"
            "どの団体の住民も同じ手順で、来庁せずにできている",
            "viewpoint": chance.choice(("management", "organization", "program", "technology")),
            "horizon": chance.choice(("short", "medium", "long")),
            "beneficiary": chance.choice(("resident", "staff", "business")),
            "indicator": {
                "kind": "quantitative",
                "measure": "窓口に来ずに終わった予約の数",
                "unit": "件/年",
                "now": "120",
                "target": "600",
                "due": "2028-03-31",
            }
            if measured
            else {"kind": "qualitative", "judgement": "利用者への聞き取りで不便が挙がらないこと"},
        }
    )


def _line(chance: random.Random, serial: int, outline: str, goal: str) -> dict[str, Any]:
    subject, act = chance.choice(SUBJECTS), chance.choice(ACTS)
    parts = chance.sample(PARTS, chance.choice((1, 3, 4, 5, 6)))
    differing: tuple[dict[str, str | None], ...] = (
        {"state": "own_value", "value": chance.choice(VALUES)},
        {"state": "exception", "value": None},
        {"state": "not_used", "value": None},
    )
    applications: dict[str, dict[str, str | None]] = {
        town[0]: {"state": "follows", "value": None} for town in TOWNS
    }
    if serial % 3 == 0:
        for town in TOWNS:
            if chance.random() < 0.125:
                applications[town[0]] = chance.choice(differing)
    return {
        "code": f"A-001{serial:04}-01",
        "outline": outline,
        "title": f"{subject}の{act}",
        "text": f"{subject}の{act}について、{''.join(parts)}{subject}を{act}できること。",
        "obligation": chance.choice(("mandatory", "mandatory", "optional", "prohibited")),
        "reason": chance.choice(REASONS),
        "goal": goal,
        "phase": chance.choice(("phase_1", "phase_1", "phase_2", None)),
        "kind": "functional",
        "applications": applications,
    }


def frozen(spec: dict[str, Any]) -> bytes:
    """The bytes of spec.json."""
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True, indent=1)
    return (text + "\n").encode()


def naive_html(spec: dict[str, Any]) -> str:
    """The same lines as one document: the function list is one table, so is 団体別適用."""
    return "".join(
        (
            f'<html lang="ja"><title>{spec["edition"]["title"]}</title><body><h1>目次</h1>',
            *_naive_contents(spec),
            '<section class="wide"><h1>機能要件一覧</h1><table class="grid functions"><thead><tr>',
            *(
                f"<th>{head}</th>"
                for head in (
                    "項番",
                    "機能ID",
                    "小分類",
                    "機能要件",
                    "区分",
                    "理由・考え方",
                    "フェーズ",
                    "目標ID",
                )
            ),
            "</tr></thead><tbody>",
            *_naive_functions(spec),
            '</tbody></table></section><section class="wide"><h1>団体別適用</h1>',
            '<table class="grid towns"><thead><tr><th>項番</th><th>機能ID</th><th>小分類</th>',
            *(f"<th>{town['name']}</th>" for town in spec["municipalities"]),
            "</tr></thead><tbody>",
            *_naive_towns(spec),
            "</tbody></table></section></body></html>",
        )
    )


def _naive_contents(spec: dict[str, Any]) -> Iterator[str]:
    for chapter in spec["chapters"]:
        for part in (chapter, *chapter["sections"]):
            name = f"{part['number']} {escape(part['title'])}"
            yield f'<p class="entry"><a href="#s{part["number"]}">{name}</a></p>'


def _naive_functions(spec: dict[str, Any]) -> Iterator[str]:
    for chapter in spec["chapters"]:
        for part in (chapter, *chapter["sections"]):
            name = f"{part['number']} {escape(part['title'])}"
            yield f'<tr><th colspan="8" id="s{part["number"]}">{name}</th></tr>'
            for row in part.get("requirements", ()):
                cells = (
                    "outline",
                    "code",
                    "title",
                    "text",
                    "obligation",
                    "reason",
                    "phase",
                    "goal",
                )
                inner = "".join(f"<td>{escape(row[key] or '')}</td>" for key in cells)
                yield f'<tr id="{row["code"]}">{inner}</tr>'


def _naive_towns(spec: dict[str, Any]) -> Iterator[str]:
    for chapter in spec["chapters"]:
        for section in chapter["sections"]:
            for row in section["requirements"]:
                marks = [
                    "●" if cell["state"] == "follows" else cell["value"] or "例外"
                    for cell in row["applications"].values()
                ]
                # As short as in the drawn spec: a line that all follow is one cell.
                cells = "".join(f"<td>{mark}</td>" for mark in marks)
                if set(marks) == {"●"}:
                    cells = f'<td colspan="{len(marks)}">● 標準どおり</td>'
                link = f'<a href="#{row["code"]}">{row["code"]}</a>'
                yield f"<tr><td>{row['outline']}</td><td>{link}</td><td>{row['title']}</td>{cells}</tr>"


def measure_naive(lines: int) -> dict[str, Any]:
    """Wall and CPU seconds, pages and MB of the naive document, drawn here and now."""
    from registry.specs.pdf import engine

    html = naive_html(made_spec(lines))
    contents = (
        ".entry a::after { content: leader('.') target-counter(attr(href), page) }" + NAIVE_STYLE
    )
    started, cpu = time.perf_counter(), _cpu()
    document = engine.render_plainly(html, contents)
    size = len(document.write_pdf(pdf_variant="pdf/ua-1"))
    return {
        "wall": time.perf_counter() - started,
        "cpu": _cpu() - cpu,
        "pages": len(document.pages),
        "bytes": size,
    }


def measure_drawn(lines: int) -> dict[str, Any]:
    """The same for the spec as it is published, first and after a change of one line."""
    import io

    import pikepdf

    from registry.specs.pdf import ChapterCache, build_pdf

    spec = made_spec(lines)
    data = frozen(spec)
    cache = ChapterCache()
    started, cpu = time.perf_counter(), _cpu()
    pdf = build_pdf(spec, data, cache=cache, processes=WORKERS)
    first, first_cpu = time.perf_counter() - started, _cpu() - cpu
    section = spec["chapters"][len(spec["chapters"]) // 2]["sections"][0]
    section["requirements"][0]["text"] += "変更した内容は、直前の状態に戻せること。"
    data = frozen(spec)
    started, cpu = time.perf_counter(), _cpu()
    again_pdf = build_pdf(spec, data, cache=cache, processes=WORKERS)
    again, again_cpu = time.perf_counter() - started, _cpu() - cpu
    same = again_pdf == build_pdf(spec, data, processes=1) if lines <= 1000 else None
    with pikepdf.open(io.BytesIO(pdf)) as read:
        pages = len(read.pages)
    return {
        "wall": first,
        "cpu": first_cpu,
        "again": again,
        "again_cpu": again_cpu,
        "same": same,
        "pages": pages,
        "bytes": len(pdf),
    }


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in below for one in _family(child))]


def _megabytes(pid: int) -> float:
    """Memory of a process and its children now; pages they share are counted once."""
    total = 0
    for one in _family(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it ended meanwhile
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _apart(kind: str, lines: int) -> dict[str, Any]:
    """Measure in a fresh process: no warm fonts, no memory of an earlier size."""
    command = [sys.executable, __file__, "--measure", kind, str(lines)]
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        while running.poll() is None:
            peak = max(peak, _megabytes(running.pid))
            time.sleep(0.1)
        assert running.stdout is not None
        result: dict[str, Any] = json.loads(running.stdout.read())
    assert running.returncode == 0
    return {**result, "megabytes": peak}


def table(sizes: list[int], naive_up_to: int) -> Iterator[str]:
    """The lines of the report, one size each."""
    load = os.getloadavg()[0]
    yield f"{os.cpu_count()} cores, load before the run {load:.1f}, {WORKERS} workers"
    yield (
        "lines  pages    KB |  first s    cpu s     MB |  again s   of first (cpu) | "
        "naive s    cpu s     MB | first/naive (cpu) | same bytes"
    )
    for lines in sizes:
        drawn = _apart("drawn", lines)
        text = (
            f"{lines:5} {drawn['pages']:6} {drawn['bytes'] / 1024:5.0f} | {drawn['wall']:8.2f}"
            f" {drawn['cpu']:8.2f} {drawn['megabytes']:6.0f} | {drawn['again']:8.2f}"
            f"   {drawn['again'] / drawn['wall']:8.2f} ({drawn['again_cpu'] / drawn['cpu']:.2f}) |"
        )
        if lines <= naive_up_to:
            naive = _apart("naive", lines)
            text += (
                f" {naive['wall']:7.2f} {naive['cpu']:8.2f} {naive['megabytes']:6.0f} |"
                f" 1/{naive['wall'] / drawn['wall']:.1f} (1/{naive['cpu'] / drawn['cpu']:.1f}) |"
            )
        else:
            text += "       -        -      - |       - |"
        yield f"{text} {'-' if drawn['same'] is None else 'yes' if drawn['same'] else 'NO'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 500, 1000, 2000, 5000])
    parser.add_argument("--naive", type=int, default=1000, help="largest size drawn naively")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, lines = options.measure
        found = {"drawn": measure_drawn, "naive": measure_naive}[kind](int(lines))
        print(json.dumps(found))
        return
    kept = []
    for text in table(options.sizes, options.naive):
        print(text, flush=True)
        kept.append(text)
    if options.out:
        options.out.write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
