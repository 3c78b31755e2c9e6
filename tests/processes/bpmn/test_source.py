from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from registry.config import ROOT
from registry.errors import Invalid
from registry.processes.bpmn.source import MAX_BYTES, MAX_ELEMENTS, parse, too_large
from tests.processes import sample_flows as samples
from tests.processes.hostile_flows import HOSTILE, with_schema


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_the_reason_in_japanese(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(Invalid) as refused:
        parse(data)
    assert refused.value.message.startswith("BPMN ファイルを取り込んでいません。")
    assert reason in refused.value.message
    assert refused.value.message.endswith("。")


MEASURE = """
import json, sys, time
from pathlib import Path
from registry.errors import Invalid
from registry.processes.bpmn import reading
data = Path(sys.argv[1]).read_bytes()
started = time.process_time()
try:
    reading.read(data)
    said = ""
except Invalid as error:
    said = error.message
print(json.dumps({
    "said": said,
    "seconds": time.process_time() - started,
    # Not ru_maxrss, which begins with what the parent had.
    "mb": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024,
}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_within_a_second_and_100_mb(name: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.bpmn"
    file.write_bytes(HOSTILE[name][0])
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    found = json.loads(done.stdout)
    assert HOSTILE[name][1] in found["said"]
    assert found["seconds"] < 1
    assert found["mb"] < 100


def test_nothing_outside_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A schema of a known maker stays as a label: nobody asks for it."""
    opened: list[str] = []
    sys.addaudithook(
        lambda event, found: opened.append(event) if event in {"socket.connect", "open"} else None
    )
    data = with_schema("http://www.omg.org/spec/BPMN/20100501/BPMN20.xsd")
    opened.clear()
    root = parse(data)
    assert opened == []
    assert root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc-jp"])
def test_every_declared_encoding_is_read(codec: str) -> None:
    names = {"utf-8-sig": "UTF-8", "cp932": "Shift_JIS"}
    text = samples.process(samples.LINE).decode().replace("UTF-8", names.get(codec, codec))
    root = parse(text.encode(codec))
    assert root.find(".//{*}task").get("name") == "申請書を受け付ける"  # type: ignore[union-attr]


def test_the_limits_themselves_are_allowed() -> None:
    body = "<task id='a'/>" * (MAX_ELEMENTS - 10)
    assert len(parse(samples.process(body))[0]) == MAX_ELEMENTS - 10
    room = MAX_BYTES - len(samples.process("<!---->"))
    assert parse(samples.process(f"<!--{'x' * room}-->")) is not None
    with pytest.raises(Invalid):
        parse(samples.process(f"<!--{'x' * (room + 1)}-->"))


def test_the_refusal_by_size_says_how_large() -> None:
    assert "9.5 MB" in too_large(10_000_000).message
