"""How long reading, drawing, checking and comparing a flow takes, and what a refusal costs.

    KAIZU_SHARED_DATA=… python benchmarks/flows.py [--runs 5]

Milliseconds of processor time, the best of `--runs`; `draw` begins from the parsed file and ends
with the SVG. A refusal is the whole command `kaizu flow check FILE`: from its start to its end, and
the largest memory of its process (aims: 1 s, 100 MB).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from registry.processes import flow_diff, flow_lint
from registry.processes.bpmn import reading, writing
from registry.processes.drawing.interchange import looks
from registry.processes.drawing.layout import lay_out
from registry.processes.drawing.svg import draw

ROOT = Path(__file__).resolve().parents[1]
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>{}'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:x">'
    '<process id="p">{}</process></definitions>'
)
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
HOSTILE = {
    "entity bomb": HEAD.format(f"<!DOCTYPE d [{BOMB}]>", "&l11;").encode(),
    "external DTD": HEAD.format('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x">', "").encode(),
    "XInclude": HEAD.format(
        "", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    ).encode(),
    "10 MB": HEAD.format("", f"<task id='a' name='{'x' * 10_000_000}'/>").encode(),
    "100,000 nodes": HEAD.format("", "<a/>" * 100_000).encode(),
    "3,000 levels": HEAD.format("", "<subProcess>" * 3000 + "</subProcess>" * 3000).encode(),
    "broken encoding": HEAD.format("", "<task id='a' name='申請'/>").encode("cp932"),
    "not BPMN": b"<html><body/></html>",
}


def best(runs: int, call: Callable[[], Any]) -> float:
    times = []
    for _ in range(runs):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return min(times) * 1000


def models(folder: Path, runs: int) -> None:
    print(f"{'model':8}{'steps':>6}{'read':>8}{'draw':>8}{'both':>8}{'check':>8}{'laid out':>10}")
    for file in sorted(folder.glob("*.bpmn")):
        data = file.read_bytes()
        document = reading.read(data)
        sketch = looks(document)
        read = best(runs, lambda data=data: reading.read(data))
        drawn = best(runs, lambda one=document: draw(writing.picture(one)))
        both = best(runs, lambda data=data: draw(writing.picture(reading.read(data))))
        check = best(runs, lambda one=document: flow_lint.check(one.flow))
        laid = best(runs, lambda one=document, how=sketch: draw(lay_out(one.flow, how)))
        print(
            f"{file.stem:8}{len(document.flow.steps):>6}{read:>8.1f}{drawn:>8.1f}{both:>8.1f}"
            f"{check:>8.1f}{laid:>10.1f}"
        )


def comparison(folder: Path, runs: int) -> None:
    one = reading.read((folder / "B.2.0.bpmn").read_bytes()).flow
    other = reading.read((folder / "C.1.0.bpmn").read_bytes()).flow
    for name, a, b in (("B.2.0 with itself", one, one), ("B.2.0 with C.1.0", one, other)):
        print(f"compare {name:24}{best(runs, lambda a=a, b=b: flow_diff.compare(a, b)):>8.1f} ms")


def refusals() -> None:
    print(f"\n{'refused':20}{'wall s':>9}{'cpu s':>9}{'MB':>7}  message")
    for name, data in HOSTILE.items():
        with tempfile.NamedTemporaryFile(suffix=".bpmn") as file:
            Path(file.name).write_bytes(data)
            command = [sys.executable, "-m", "registry.cli", "flow", "check", file.name]
            started = time.perf_counter()
            done = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            assert done.stderr is not None
            said = done.stderr.read()
            _, status, used = os.wait4(done.pid, 0)
            wall = time.perf_counter() - started
            done.returncode = os.waitstatus_to_exitcode(status)
        assert done.returncode == 2, said
        cpu = used.ru_utime + used.ru_stime
        print(f"{name:20}{wall:>9.2f}{cpu:>9.2f}{used.ru_maxrss / 1024:>7.0f}  {said.strip()[:60]}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    shared = os.environ.get("KAIZU_SHARED_DATA")
    if shared:
        models(Path(shared, "bpmn"), runs)
        print()
        comparison(Path(shared, "bpmn"), runs)
    else:
        print("KAIZU_SHARED_DATA is not set: no models to draw")
    refusals()


if __name__ == "__main__":
    main()
