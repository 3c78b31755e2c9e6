"""Reading BPMN files that come from outside: what is not plain BPMN is refused, with the reason.

Nothing outside the file is ever opened: no entity, no DTD, no XInclude, no schema, no stylesheet.
Size is looked at before anything is parsed, so that a hostile file costs neither time nor memory.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from registry.errors import Invalid

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
KAIZU: Final = "urn:kaizu:flow:1"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XINCLUDE: Final = (
    "{http://www.w3.org/2001/XInclude}*",
    "{http://www.w3.org/2003/XInclude}*",
)

MAX_BYTES: Final = 1 << 20
MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 60
MAX_NAME: Final = 300
"""Characters of a name; more can neither be read in a drawing nor drawn in reasonable time."""
MAX_NOTE: Final = 2_000
"""Characters of an annotation in a drawing."""
_NOTHING_KEPT: Final = "取り込んでいません。"

_KNOWN_HOSTS: Final = re.compile(
    r"https?://([a-z0-9-]+\.)*(omg\.org|w3\.org|bpmn\.io|camunda\.(org|com|io)|activiti\.org"
    r"|flowable\.org|bpsim\.org|trisotech\.com|signavio\.com|bizagi\.com|bonitasoft\.(org|com)"
    r"|jboss\.org|drools\.org|zeebe\.io|itp-commerce\.com|yaoqiang\.org|jboss\.com|sap\.com"
    r"|oracle\.com|ibm\.com)(/\S*)?",
    re.I,
)
"""Makers of BPMN tools, whose exports name their schema; the address is a label, never fetched."""
_PROLOG: Final = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.S)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc-jp",
}


def parse(data: bytes) -> etree._Element:
    """The `definitions` element of a BPMN 2.0 file.

    Raises Invalid with a Japanese reason for everything that is too large, broken, not BPMN or
    points outside.
    """
    if len(data) > MAX_BYTES:
        raise too_large(len(data))
    # Every element has its own "<": counted before anything is built in memory.
    if data.count(b"<") > 3 * MAX_ELEMENTS:
        raise _too_many()
    text = _decoded(data)
    start = _root_at(text)
    if text.startswith("<!DOCTYPE", start) or text.startswith("<!doctype", start):
        raise _refused(
            "文書型宣言(DOCTYPE)があります。実体や外部の DTD は安全のため読みません。"
            "BPMN には要らないので、<!DOCTYPE …> を消して保存し直してください。"
        )
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0]
        if "xcessive depth" in str(error) or "depth" in str(error).lower():
            raise _too_deep() from None
        raise _refused(
            f"XML として読めません({line} 行目の近く)。途中で切れているか、壊れています。"
            "元のソフトで開いて、BPMN 2.0 形式で保存し直してください。"
        ) from None
    _check(root)
    return root


def too_large(size: int) -> Invalid:
    """The refusal of a file by its size in bytes, so that a caller need not even read it."""
    return _refused(
        f"ファイルの大きさは {size / (1 << 20):.1f} MB です。読めるのは 1 MB までです。"
        "図を業務や段階ごとに分けて保存し直してください。"
    )


def _refused(reason: str) -> Invalid:
    return Invalid(f"BPMN ファイルを{_NOTHING_KEPT}{reason}")


def _too_many() -> Invalid:
    return _refused(
        f"要素が多すぎます(上限 {MAX_ELEMENTS:,})。図を業務や段階ごとに分けて保存し直してください。"
    )


def _too_deep() -> Invalid:
    return _refused(
        f"入れ子が深すぎます(上限 {MAX_DEPTH} 段)。下位フローを別の図に分けてください。"
    )


def _decoded(data: bytes) -> str:
    if not data.strip(b"\x00 \t\r\n"):
        raise _refused("中身がありません。ファイルを選び直してください。")
    if b"<" not in data[:1024]:
        raise _refused(
            "BPMN(XML)ではありません。作成したソフトの「BPMN 2.0 形式で書き出す」で作った"
            "ファイルを選んでください。"
        )
    codec, declared = _codec(data)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise _refused(
            f"文字が壊れています(文字コードの宣言は {declared})。"
            "元のソフトで開いて、文字コード UTF-8 で保存し直してください。"
        ) from None
    return text.lstrip("\ufeff")


def _codec(data: bytes) -> tuple[str, str]:
    """(Python codec, its name as the person knows it), from the byte order mark or declaration."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "UTF-16"
    if data[:4] in (b"<\x00?\x00", b"<\x00!\x00") or data[1:4:2] == b"\x00\x00":
        return "utf-16-le", "UTF-16"
    if data[:4] in (b"\x00<\x00?", b"\x00<\x00!"):
        return "utf-16-be", "UTF-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8", "UTF-8"
    found = _DECLARED.match(data.lstrip())
    declared = found.group(1).decode("ascii") if found else "UTF-8"
    codec = _CODECS.get(declared.lower())
    if codec is None:
        raise _refused(
            f"文字コード {declared} は読めません。文字コード UTF-8 で保存し直してください。"
        )
    return ("utf-16" if codec == "utf-16" else codec), declared


def _root_at(text: str) -> int:
    """Where the first thing stands that is neither space, comment nor processing instruction."""
    at = 0
    while found := _PROLOG.match(text, at):
        if "xml-stylesheet" in found.group()[:20]:
            raise _stylesheet()
        at = found.end()
    if not text.startswith("<", at):
        raise _refused(
            "BPMN(XML)ではありません。拡張子が .bpmn のファイルを、作成したソフトの"
            "「BPMN 2.0 形式で書き出す」で作ってください。"
        )
    return at


def _check(root: etree._Element) -> None:
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace != BPMN:
        raise _refused(
            f"BPMN 2.0 ではありません(最初の要素は {name.localname[:40]})。"
            "作成したソフトの「BPMN 2.0 形式で書き出す」で作ってください。"
        )
    if any(True for _ in root.iter(*_XINCLUDE)):
        raise _refused(
            "ほかのファイルを読み込む指定(XInclude)があります。安全のため読みません。"
            "その要素を消して保存し直してください。"
        )
    for instruction in root.iter(etree.ProcessingInstruction):
        if instruction.target == "xml-stylesheet":  # type: ignore[attr-defined]
            raise _stylesheet()
    for element in root.iter(f"{{{BPMN}}}import"):
        _check_address(element.get("location", ""), "import の location")
    # Pairs of a name and an address; only the address could be followed.
    for value in _values(root, "schemaLocation"):
        for address in value.split()[1::2]:
            _check_address(address, "xsi:schemaLocation")
    for value in _values(root, "noNamespaceSchemaLocation"):
        for address in value.split():
            _check_address(address, "xsi:noNamespaceSchemaLocation")
    count = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        count, depth = count + 1, depth + 1
        if count > MAX_ELEMENTS:
            raise _too_many()
        if depth > MAX_DEPTH:
            raise _too_deep()
        _check_lengths(element)


def _check_lengths(element: etree._Element) -> None:
    name = element.get("name", "")
    if len(name) > MAX_NAME:
        raise _refused(
            f"「{name[:20]}…」の名前が {len(name):,} 字あります(上限 {MAX_NAME} 字)。"
            "短くして保存し直してください。"
        )
    if element.tag == f"{{{BPMN}}}text" and len(element.text or "") > MAX_NOTE:
        raise _refused(
            f"図の注記「{(element.text or '')[:20]}…」が長すぎます(上限 {MAX_NOTE:,} 字)。"
            "短くして保存し直してください。"
        )


def _values(root: etree._Element, attribute: str) -> list[str]:
    found = root.xpath(f"//@xsi:{attribute}", namespaces={"xsi": _XSI})
    return [str(value) for value in found] if isinstance(found, list) else []


def _stylesheet() -> Invalid:
    return _refused(
        "外部のスタイルシート(xml-stylesheet)を指しています。その行を消して保存し直してください。"
    )


def _check_address(address: str, place: str) -> None:
    """A plain file name or a known maker's address is a label; anything else is refused."""
    if _KNOWN_HOSTS.fullmatch(address):
        return
    if re.match(r"[a-z][a-z0-9+.-]*:|/|\\|.*\.\.[/\\]", address, re.I):
        raise _refused(
            f"外部のスキーマ({address[:60]})を指しています。安全のため読みません。"
            f"{place} を消して保存し直してください。"
        )
