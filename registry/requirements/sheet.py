"""Reads an uploaded list, whatever it really is: xlsx, or text divided by commas or tabs.

What a file is follows from its content alone: HTML saved as .xlsx and tab-divided text named
.csv are everyday things. `read_in_child` is the way in for anything that came from outside.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from contextlib import suppress
from io import StringIO
from itertools import islice

from registry.child import run_in_child
from registry.errors import Invalid
from registry.requirements.table import (
    KEPT,
    Problem,
    Row,
    Table,
    bad_character,
    check_size,
    clean,
)
from registry.requirements.xlsx import read_xlsx

MAX_BYTES = 10 << 20
_CHOOSE = "xlsx、csv、tsvのいずれかを選んでください。"
_SAVE_AS_XLSX = "Excelで開き、「Excelブック（.xlsx）」で保存し直してください。"
# How much is looked at to find the delimiter, in characters.
_SNIFFED = 100_000
# ="001" is how some programs keep Excel from reading a code as a number.
_KEPT_AS_TEXT = re.compile(r'^="([^"]*)"$')
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# What Python makes of the bytes 80, A0 and FD to FF, which are no characters of cp932.
_NOT_CP932 = re.compile("[\x80\uf8f0-\uf8f3]")
_JAPANESE = re.compile("[\u3000-\u9fff\uff01-\uff60]")
_MARKUP = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|table|meta|style|\?xml)\b", re.I | re.S
)


def read_in_child(name: str, content: bytes, sheet: str | None = None) -> Table:
    """`read_table` in a child process of 512 MB and 20 seconds of CPU.

    Raises Invalid, and ChildFailed (an Invalid too) when the file needs more than that.
    """
    check_length(len(content))
    order = json.dumps({"name": name, "sheet": sheet}).encode()
    answer = run_in_child(
        "registry.requirements.sheet:read_message",
        order + b"\n" + content,
        memory_mb=512,
        cpu_seconds=20,
        wall_seconds=60,
        file_mb=1,
    )
    return Table.from_data(json.loads(answer))


def read_message(message: bytes) -> bytes:
    """The child's end of `read_in_child`."""
    order, _, content = message.partition(b"\n")
    named = json.loads(order)
    return json.dumps(read_table(named["name"], content, sheet=named["sheet"]).to_data()).encode()


def check_length(length: int) -> None:
    """Refuse a file by its length alone, before its content is held anywhere."""
    if length > MAX_BYTES:
        raise Invalid(
            f"ファイルが大きすぎます（{length / (1 << 20):,.1f} MB、上限{MAX_BYTES >> 20} MB）。"
            f"{KEPT}画像や要らないシートを消すか、表を分けて保存し直してください。"
        )
    if length == 0:
        raise Invalid(
            f"ファイルが空です（0バイト）。{KEPT}保存し終えたファイルを選び直してください。"
        )


def read_table(name: str, content: bytes, *, sheet: str | None = None) -> Table:
    """Read a list. `name` is only kept for the record; `sheet` chooses a sheet of a workbook.

    Cells that cannot be taken stand in the table's `problems`; a file that cannot be read as a
    whole raises Invalid.
    """
    check_length(len(content))
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _required(read_xlsx(name, content, sheet))
    _refuse_other_binaries(content)
    text, encoding = decode(content)
    if _MARKUP.match(text[:65_536]):
        raise Invalid(
            f"名前は「{name}」ですが、中身はHTMLまたはXMLです（画面から保存したファイルなど）。"
            f"{KEPT}{_SAVE_AS_XLSX}"
        )
    return _required(_read_text(name, text, encoding))


def _required(table: Table) -> Table:
    if not table.rows:
        where = f"シート「{table.sheet}」" if table.sheet else "ファイル"
        raise Invalid(
            f"{where}に文字が一つもありません。{KEPT}表のあるファイルを選び直してください。"
        )
    return table


def _refuse_other_binaries(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Invalid(
                f"パスワードで保護されたブックです。{KEPT}"
                "Excelで開き、［ファイル］－［情報］－［ブックの保護］でパスワードを外して保存し直してください。"
            )
        raise Invalid(f"古い形式のExcelファイル（.xls）です。{KEPT}{_SAVE_AS_XLSX}")
    if content.startswith(b"%PDF"):
        raise Invalid(f"PDFファイルです。{KEPT}元の表を用意し、{_CHOOSE}")


def decode(content: bytes) -> tuple[str, str]:
    """(text, encoding): a byte order mark decides, else strict UTF-8, else strict cp932.

    Raises Invalid naming the line of the first byte that fits neither.
    """
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "cp932")
        if b"\0" in content:
            raise Invalid(f"表の形式ではないファイルです。{KEPT}{_CHOOSE}")
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            continue
        if encoding != "cp932":
            return text, encoding
        odd = _NOT_CP932.search(text)
        if odd is not None:
            line = text.count("\n", 0, odd.start()) + 1
        elif not _is_damaged_utf8(content):  # else the line where UTF-8 broke is the one to name
            return text, encoding
    raise Invalid(
        f"文字コードが分かりませんでした（{line}行目あたりで、UTF-8でもシフトJISでもない文字が出てきます）。"
        f"{KEPT}「CSV UTF-8（コンマ区切り）」で保存し直してください。"
    )


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether most of it is Japanese in UTF-8, so that cp932 would only make nonsense of it.

    Real lists in cp932 give one such character by accident for fourteen that do not fit or more.
    """
    text = content.decode("utf-8", "replace")
    return len(text) - len(_JAPANESE.sub("", text)) > text.count("\ufffd")


def _read_text(name: str, text: str, encoding: str) -> Table:
    delimiter = _delimiter(text)
    rows: list[Row] = []
    problems: list[Problem] = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            while record and not record[-1].strip():
                record.pop()
            if record:
                check_size(number, len(record) - 1)
            cells = []
            for column, raw in enumerate(record):
                cell, bad = clean(_KEPT_AS_TEXT.sub(r"\1", raw))
                if bad:
                    problems.append(bad_character(number, column))
                cells.append(cell)
            if any(cell.strip() for cell in cells):
                rows.append(Row(number, tuple(cells)))
    except csv.Error as error:
        long = "field larger" in str(error)
        what = "一つの欄が長すぎる" if long else '引用符（"）が閉じていない、または途中で閉じている'
        raise Invalid(
            f"{number + 1}行目（ファイルの{reader.line_num}行目あたり）を区切れませんでした。"
            f"{what}ためです。{KEPT}その行を直すか、xlsxで保存し直してください。"
        ) from error
    kind = "tsv" if delimiter == "\t" else "csv"
    return Table(name, kind, tuple(rows), encoding=encoding, problems=tuple(problems))


def _delimiter(text: str) -> str:
    """The one that cuts the first rows most evenly into more than one column."""
    head = text[:_SNIFFED]
    if len(head) < len(text):
        head = head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head
    return max(("\t", ",", ";"), key=lambda delimiter: _evenness(head, delimiter))


def _evenness(head: str, delimiter: str) -> float:
    """The usual number of columns, weighed by the share of rows that have it."""
    reader = csv.reader(StringIO(head, newline=""), delimiter=delimiter, strict=True)
    widths: list[int] = []
    # A quote that is wrong, or cut off with the head, ends the look but not the comparison.
    with suppress(csv.Error):
        widths.extend(len(record) for record in islice(reader, 50) if record)
    wide = Counter(width for width in widths if width > 1)
    if not wide:
        return 0.0
    width, times = wide.most_common(1)[0]
    return width * times / len(widths)
