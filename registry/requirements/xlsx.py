"""Reads one sheet of an Excel workbook (ECMA-376) that somebody sent us.

The parts are read straight from the package, because three things the person sees are lost by
the usual libraries in their frugal mode: hidden rows, merged cells and how a number is shown. An archive
is measured before anything is unpacked, a part with a DTD is refused, and sheets are read as a
stream. Call this in a child process (`sheet.read_in_child`).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from typing import IO, NoReturn

from lxml import etree

from registry.errors import Invalid
from registry.requirements import cellnumber
from registry.requirements.table import (
    KEPT,
    Problem,
    Row,
    Table,
    bad_character,
    check_size,
    clean,
    letter,
)

MAX_ENTRIES = 500
MAX_UNPACKED = 64 << 20
MAX_RATIO = 200
MAX_FILLED = 500_000

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SAVE_AGAIN = "Excelで一度開いて保存し直してください。"


@dataclass
class _Workbook:
    archive: zipfile.ZipFile
    sheets: list[tuple[str, str, bool]]
    """Name, part and whether it is shown, in the order of the tabs."""
    strings: list[str]
    formats: list[str]
    from_1904: bool


@dataclass
class _Reading:
    """What is gathered while a sheet streams by."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    last: int = 0
    dates: int = 0
    first_date: str = ""


def read_xlsx(name: str, content: bytes, sheet: str | None = None) -> Table:
    """The named sheet, or the first shown one that holds anything.

    A merged cell's text is repeated into the rows it covers, in its own left column only, and
    marked as inherited there. Hidden rows are read and marked. Raises Invalid for whatever is
    not a sound, measured, macro-free and unencrypted workbook.
    """
    try:
        with _open(content) as archive:
            book = _read_workbook(archive)
            shown = [entry[0] for entry in book.sheets if entry[2]]
            for title, part in _candidates(book, sheet):
                table = _read_sheet(book, name, title, part)
                if table.rows:
                    break
            others = tuple(other for other in shown if other != table.sheet)
            return replace(table, other_sheets=others)
    except (zipfile.BadZipFile, zlib.error, EOFError, etree.XMLSyntaxError) as error:
        raise Invalid(
            f"ファイルが壊れているか、途中で切れているため、読めませんでした。{KEPT}{_SAVE_AGAIN}"
        ) from error


def _open(content: bytes) -> zipfile.ZipFile:
    """Measure the archive before anything in it is unpacked."""
    archive = zipfile.ZipFile(BytesIO(content))
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        _refuse(f"ファイルの中の部品が多すぎます（{len(entries):,}個、上限{MAX_ENTRIES}個）。")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        _refuse("ファイルの中に同じ名前の部品が二つあります。")
    unpacked = 0
    for entry in entries:
        path = entry.filename
        if path.startswith("/") or "\\" in path or ".." in path.split("/"):
            _refuse("ファイルの中の部品の置き場所が正しくありません。")
        if entry.flag_bits & 0x1:
            _refuse(
                "パスワードで保護されたファイルです。", "パスワードを外して保存し直してください。"
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            _refuse("Excelが使わない方法で圧縮されたファイルです。")
        if path.lower().endswith("vbaproject.bin"):
            _refuse(
                "マクロを含むブックは読めません。",
                "「Excelブック（.xlsx）」で保存し直してください。",
            )
        unpacked += entry.file_size
        swollen = entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        if unpacked > MAX_UNPACKED or (swollen and entry.file_size > 1 << 20):
            _refuse(
                "展開すると大きすぎるファイルです。",
                "要らないシート、画像、使っていない行の書式を消して保存し直してください。",
            )
    return archive


def _refuse(what: str, mend: str = _SAVE_AGAIN) -> NoReturn:
    raise Invalid(f"{what}{KEPT}{mend}")


def _read_workbook(archive: zipfile.ZipFile) -> _Workbook:
    names = set(archive.namelist())
    if "mimetype" in names and b"opendocument" in archive.read("mimetype"):
        _refuse(
            "OpenDocument形式のファイルです。", "「Excelブック（.xlsx）」で保存し直してください。"
        )
    main = next(
        (
            target
            for target, kind in _relations(archive, "").values()
            if kind.endswith("/officeDocument")
        ),
        "",
    )
    if main.endswith(".bin"):
        _refuse(
            "Excelバイナリブック（.xlsb）は読めません。",
            "「Excelブック（.xlsx）」で保存し直してください。",
        )
    root = _parse(archive, main) if main in names else None
    if root is None or etree.QName(root).localname != "workbook":
        _refuse(
            "Excelブックではありません（zip形式の別のファイルです）。",
            "xlsx、csv、tsvのいずれかを選んでください。",
        )
    relations = _relations(archive, main)
    sheets = []
    for entry in root.iterfind("{*}sheets/{*}sheet"):
        identity = entry.get(_RELATION) or entry.get(_STRICT_RELATION) or ""
        target, kind = relations.get(identity, ("", ""))
        if kind.endswith("/worksheet"):
            shown = entry.get("state", "visible") == "visible"
            sheets.append((entry.get("name", ""), target, shown))
    by_kind = {kind.rsplit("/", 1)[-1]: target for target, kind in relations.values()}
    properties = root.find("{*}workbookPr")
    strings, styles = by_kind.get("sharedStrings"), by_kind.get("styles")
    return _Workbook(
        archive,
        sheets,
        _read_strings(archive, strings) if strings in names else [],
        _read_formats(archive, styles) if styles in names else [],
        properties is not None and properties.get("date1904") in ("1", "true"),
    )


def _candidates(book: _Workbook, sheet: str | None) -> list[tuple[str, str]]:
    if sheet is not None:
        for name, part, _ in book.sheets:
            if name == sheet:
                return [(name, part)]
        names = "、".join(f"「{entry[0]}」" for entry in book.sheets)
        _refuse(f"シート「{sheet}」がありません。", f"次の中から選んでください：{names}")
    shown = [(name, part) for name, part, is_shown in book.sheets if is_shown]
    if not shown:
        _refuse("表のあるシートがありません。", "表のあるシートを表示して保存し直してください。")
    return shown


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation id → (target part, kind) of a part, "" for the package."""
    folder, base = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{base}.rels")
    if path not in archive.namelist():
        return {}
    found = {}
    for relation in _parse(archive, path).iterfind("{*}Relationship"):
        if relation.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
        found[relation.get("Id", "")] = (target.lstrip("/"), relation.get("Type", ""))
    return found


def _part(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except KeyError as error:
        raise zipfile.BadZipFile(f"{name} is missing") from error


def _parse(archive: zipfile.ZipFile, part: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    with _part(archive, part) as file:
        root = etree.fromstring(file.read(), parser)
    _refuse_dtd(root)
    return root


def _stream(file: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """Each element with one of the tags, forgotten again after its turn."""
    events = etree.iterparse(
        file,
        events=("end",),
        tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    first = True
    for _, element in events:
        if first:
            _refuse_dtd(element)
            first = False
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _refuse_dtd(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        _refuse("Excelが作らない定義（DTD）を含むファイルです。")


def _read_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    with _part(archive, part) as file:
        return [_rich_text(element) for element in _stream(file, "si")]


def _rich_text(element: etree._Element) -> str:
    """The text of a string without its phonetic guide (furigana), which Excel stores inside."""
    pieces = []
    for child in element:
        if child.tag.endswith("}t"):
            pieces.append(child.text or "")
        elif child.tag.endswith("}r"):
            pieces.extend(text.text or "" for text in child.iterfind("{*}t"))
    return _unescape("".join(pieces))


def _unescape(text: str) -> str:
    """Characters XML cannot hold are written _xHHHH_ in a workbook."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _read_formats(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The number format code of each cell style."""
    root = _parse(archive, part)
    own = {
        entry.get("numFmtId", ""): entry.get("formatCode", "")
        for entry in root.iterfind("{*}numFmts/{*}numFmt")
    }
    codes = []
    for style in root.iterfind("{*}cellXfs/{*}xf"):
        number = style.get("numFmtId", "0")
        built_in = cellnumber.BUILT_IN.get(int(number) if number.isdigit() else 0)
        codes.append(own.get(number) or built_in or cellnumber.GENERAL)
    return codes


def _read_sheet(book: _Workbook, name: str, title: str, part: str) -> Table:
    reading = _Reading()
    with _part(book.archive, part) as file:
        for element in _stream(file, "row", "mergeCell"):
            if element.tag.endswith("}mergeCell"):
                reading.merges.append(element.get("ref", ""))
            else:
                _read_row(book, element, reading)
    rows = tuple(_fill_merged(reading))
    notes = []
    if any(row.inherited for row in rows):
        notes.append("結合セルの値は、結合された各行にあるものとして読みました。")
    if hidden := [str(row.number) for row in rows if row.hidden]:
        some = "、".join(hidden[:5]) + ("など" if len(hidden) > 5 else "")
        notes.append(f"非表示の行も読みました（{some}行目、計{len(hidden)}行）。")
    if reading.dates:
        notes.append(
            f"日付になっているセルが{reading.dates}個あります（最初は{reading.first_date}）。"
            "「1-1」のような番号がExcelで日付に変わっていないか確かめてください。"
        )
    return Table(
        name, "xlsx", rows, sheet=title, problems=tuple(reading.problems), notes=tuple(notes)
    )


def _read_row(book: _Workbook, element: etree._Element, reading: _Reading) -> None:
    stated = element.get("r", "")
    number = int(stated) if re.fullmatch("[0-9]{1,7}", stated) else reading.last + 1
    if number <= reading.last:
        _refuse(f"{number}行目が二度出てくるか、行が順に並んでいません。")
    reading.last = number
    cells: dict[int, str] = {}
    column = -1
    for cell in element:
        address = _ADDRESS.fullmatch(cell.get("r", ""))
        column = _column(address[1]) if address else column + 1
        text = _cell_text(book, cell, number, column, reading)
        if not text:
            continue
        check_size(number, column)
        cells[column], bad = clean(text)
        if bad:
            reading.problems.append(bad_character(number, column))
    if not any(text.strip() for text in cells.values()):
        return
    width = max(cells) + 1
    hidden = element.get("hidden") in ("1", "true")
    texts = tuple(cells.get(index, "") for index in range(width))
    reading.rows.append(Row(number, texts, hidden))


def _cell_text(
    book: _Workbook, cell: etree._Element, row: int, column: int, reading: _Reading
) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return _rich_text(inline) if inline is not None else ""
    value, is_formula = "", False
    for child in cell:
        if child.tag.endswith("}v"):
            value = child.text or ""
        elif child.tag.endswith("}f"):
            is_formula = True
    if not value:
        if is_formula and kind != "str":
            problem = Problem(row, column, "計算式の結果が保存されていません。", _SAVE_AGAIN)
            reading.problems.append(problem)
            return "（計算式）"
        return ""
    if kind == "s":
        index = int(value) if value.isascii() and value.isdigit() else -1
        if not 0 <= index < len(book.strings):
            _refuse(f"セル{letter(column)}{row}の文字がファイルの中に見つかりません。")
        return book.strings[index]
    if kind == "str":
        return _unescape(value)
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "e":
        reading.problems.append(
            Problem(
                row,
                column,
                f"計算式の結果がエラー（{value}）です。",
                "式を直すか、値を直接入力してください。",
            )
        )
        return value
    if kind != "n":
        return value
    style = cell.get("s", "0")
    index = int(style) if style.isascii() and style.isdigit() else 0
    code = book.formats[index] if index < len(book.formats) else cellnumber.GENERAL
    shown, is_date = _show(value, code, book.from_1904)
    if is_date:
        reading.dates += 1
        reading.first_date = reading.first_date or f"{letter(column)}{row}"
    return shown


@lru_cache(maxsize=4096)
def _show(value: str, code: str, from_1904: bool) -> tuple[str, bool]:
    return cellnumber.show(value, code, from_1904=from_1904), cellnumber.is_date(code)


def _column(name: str) -> int:
    number = 0
    for character in name:
        number = number * 26 + ord(character) - ord("A") + 1
    return number - 1


def _fill_merged(reading: _Reading) -> list[Row]:
    """The rows with the text of merged cells repeated downwards, where rows exist at all."""
    rows = {row.number: row for row in reading.rows}
    last = reading.rows[-1].number if reading.rows else 0
    filled = 0
    for area in reading.merges:
        start, _, end = area.partition(":")
        first, final = _ADDRESS.fullmatch(start), _ADDRESS.fullmatch(end)
        if first is None or final is None:
            continue
        column, top, bottom = _column(first[1]), int(first[2]), min(int(final[2]), last)
        filled += max(0, bottom - top)
        if filled > MAX_FILLED:
            _refuse("結合セルが多すぎます。", "セルの結合を減らして保存し直してください。")
        source = rows.get(top)
        text = source.cells[column] if source and column < len(source.cells) else ""
        if not text:
            continue
        for number in range(top + 1, bottom + 1):
            row = rows.get(number)
            if row is not None and not (column < len(row.cells) and row.cells[column]):
                rows[number] = _with_inherited(row, column, text)
    return [rows[row.number] for row in reading.rows]


def _with_inherited(row: Row, column: int, text: str) -> Row:
    cells = [*row.cells, *[""] * (column + 1 - len(row.cells))]
    cells[column] = text
    return replace(row, cells=tuple(cells), inherited=(*row.inherited, column))
