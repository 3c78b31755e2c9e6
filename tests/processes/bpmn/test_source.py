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

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
XINCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'


def with_schema(address: str) -> bytes:
    return samples.process(samples.LINE).replace(
        b'targetNamespace="urn:test"',
        f'targetNamespace="urn:test" xsi:schemaLocation="urn:x {address}"'.encode(),
    )


HOSTILE: dict[str, tuple[bytes, str]] = {
    "entity bomb": (samples.process("<task id='a'/>", f"<!DOCTYPE d [{BOMB}]>"), "DOCTYPE"),
    "entity in an attribute": (
        samples.process("<task id='a' name='&l11;'/>", f"<!DOCTYPE d [{BOMB}]>"),
        "DOCTYPE",
    ),
    "external entity": (
        samples.process("<task id='a'/>", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "DOCTYPE",
    ),
    "external DTD": (
        samples.process("", '<!DOCTYPE definitions SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "DOCTYPE",
    ),
    "DTD behind a comment": (
        samples.process("", "<!-- a --><?x y?>\n<!DOCTYPE definitions>"),
        "DOCTYPE",
    ),
    "XInclude": (samples.process(XINCLUDE), "XInclude"),
    "schema on this machine": (with_schema("file:///etc/passwd"), "スキーマ"),
    "schema elsewhere": (with_schema("http://127.0.0.1:9/x.xsd"), "スキーマ"),
    "imported schema": (
        samples.process("").replace(
            b"<process", b'<import importType="x" namespace="y" location="/etc/passwd"/><process'
        ),
        "スキーマ",
    ),
    "stylesheet": (
        samples.process("", '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'),
        "スタイルシート",
    ),
    "10 MB": (samples.process("<task id='a' name='" + "あ" * 3_500_000 + "'/>"), "MB"),
    "100,000 nodes": (samples.process("<a/>" * 100_000), "要素が多すぎ"),
    "100,000 attributes and texts": (
        samples.process("<task id='a'>" + "<b>c</b>" * 60_000 + "</task>"),
        "要素が多すぎ",
    ),
    "deep nesting": (samples.process("<subProcess>" * 3000 + "</subProcess>" * 3000), "深すぎ"),
    "nesting the parser would take": (
        samples.process("<subProcess>" * 100 + "</subProcess>" * 100),
        "深すぎ",
    ),
    "broken encoding": (
        samples.process(samples.LINE).decode().encode("cp932"),
        "文字が壊れて",
    ),
    "unknown encoding": (
        samples.process("").replace(b"UTF-8", b"EBCDIC-CP-US"),
        "文字コード",
    ),
    "half a UTF-16": (samples.process("").decode().encode("utf-16")[:-1], "文字が壊れて"),
    "cut off": (samples.process(samples.LINE)[:-40], "XML として読めません"),
    "HTML": (b"<html><body>x</body></html>", "BPMN 2.0 ではありません"),
    "HTML with a doctype": (b"<!doctype html><html></html>", "DOCTYPE"),
    "older BPMN": (b'<definitions xmlns="http://schema.omg.org/spec/BPMN/1.2"/>', "BPMN 2.0 では"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(128)) * 20, "文字が壊れて"),
    "a zip": (b"PK\x03\x04" + b"\x00" * 200, "BPMN(XML)ではありません"),
    "json": (b'{"a": 1}', "BPMN(XML)ではありません"),
    "empty": (b"", "中身がありません"),
    "zeros": (bytes(5000), "中身がありません"),
    "control characters": (samples.process("<task id='a' name='\x01'/>"), "XML として読めません"),
}


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
