"""Files nobody should take in: what attacks a parser, points outside, or is no BPMN at all."""

from __future__ import annotations

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
    "a packed zip": (b"PK\x03\x04" + bytes(range(128, 256)) * 20, "BPMN(XML)ではありません"),
    "an endless name": (
        samples.process(f"<task id='a' name='{'あ' * 301}'/>"),
        "名前が 301 字あります",
    ),
    "an endless note": (
        samples.process(f"<textAnnotation id='a'><text>{'あ' * 2001}</text></textAnnotation>"),
        "注記",
    ),
    "json": (b'{"a": 1}', "BPMN(XML)ではありません"),
    "empty": (b"", "中身がありません"),
    "zeros": (bytes(5000), "中身がありません"),
    "control characters": (samples.process("<task id='a' name='\x01'/>"), "XML として読めません"),
}
"""By name: the file and what its refusal says."""
