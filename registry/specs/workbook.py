"""answer-sheet.xlsx: the questions of an edition with cells for a vendor's answers.

Drawn from the edition's frozen data alone; the instructions follow SPEC_CONVENTIONS §9. Words
are fixed here and not taken from the screens: a sheet drawn again must have the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any

from registry.specs import words
from registry.workbook import (
    BODY,
    CREATED,
    FONT,
    HEAD,
    TextFormats,
    add_choices,
    escape_footer,
    new_workbook,
    print_setup,
    write_cell,
)

ANSWERS = "回答票"
GUIDE = "記入要領"
APPLICATION = {"exception": "例外", "not_used": "対象外"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A sign a vendor may answer with. `wants_cost` asks for a cost, `fails` a mandatory line."""

    sign: str
    meaning: str
    wants_cost: bool = False
    fails: bool = False


SCALE = (
    Choice("○", "標準仕様で対応可能"),
    Choice("△", "カスタマイズで対応", wants_cost=True),
    Choice("×", "対応不可", fails=True),
)

# Heading and width; the first two are hidden, the last four belong to the vendor.
COLUMNS = (
    ("行キー", 14),
    ("本文照合", 14),
    ("項番", 8),
    ("機能ID", 16),
    ("大分類", 16),
    ("中分類", 16),
    ("小分類（機能名称）", 20),
    ("機能要件", 56),
    ("区分", 9),
    ("理由・考え方", 30),
    ("フェーズ", 9),
    ("目標ID", 12),
    ("団体別の違い", 26),
    ("回答", 7),
    ("代替案・補足", 36),
    ("費用（千円）", 12),
    ("対応時期", 14),
)
HIDDEN = 2
FIRST_ANSWER = 13
HEAD_ROW = 6
_MANDATORY, _ANSWER, _COST = 8, 13, 15


def build_answer_sheet(
    spec: Mapping[str, Any], *, sha256: str, scale: Sequence[Choice] = SCALE
) -> bytes:
    """The workbook for one edition; `spec` is spec.json read, `sha256` the hash of its bytes.

    The answer rows start in row 8 below the headings in row 7; columns A and B hold, hidden, the
    stable code and `text_key` of the question, by which answers are matched on the way back.
    """
    edition = spec["edition"]
    title = f"{edition['title']} 第{edition['number']}版 {ANSWERS}"
    buffer = BytesIO()
    with new_workbook(buffer, title, _created(edition["issued_on"])) as book:
        book.set_custom_property("kaizu-format", "kaizu-answer-sheet/1")
        book.set_custom_property("kaizu-business", str(spec["business"]["slug"]))
        book.set_custom_property("kaizu-edition", str(edition["number"]))
        book.set_custom_property("kaizu-spec-sha256", sha256)
        sheet, guide = book.add_worksheet(ANSWERS), book.add_worksheet(GUIDE)
        last = _write_questions(book, sheet, spec, scale)
        _write_top(book, sheet, title, spec, scale)
        _set_up_answers(book, sheet, last, scale)
        _write_guide(book, guide, title, spec, sha256, scale)
        for page, head_row in ((sheet, HEAD_ROW), (guide, 0)):
            print_setup(page, title, head_row=head_row, paper=8 if page is sheet else 9)
            page.set_footer(_footer(spec, sha256))
            page.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    return buffer.getvalue()


def text_key(text: str) -> str:
    """Sixteen hex digits of a question's text; another key means the question was changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _created(issued_on: str | None) -> datetime:
    if not issued_on:
        return CREATED
    return datetime.combine(date.fromisoformat(issued_on), time(), UTC)


def _questions(spec: Mapping[str, Any]) -> Iterator[list[str]]:
    """The locked cells of each row, in printed order."""
    names = {town["code"]: town["name"] for town in spec["municipalities"]}
    for chapter in spec["chapters"]:
        for section in chapter["sections"]:
            for one in section["requirements"]:
                kind = words.KIND.get(one["kind"], one["kind"])
                yield [
                    one["code"],
                    text_key(one["text"]),
                    one["outline"],
                    one["code"],
                    f"{chapter['number']} {chapter['title']}",
                    f"{section['number']} {section['title']}",
                    one["title"] if one["kind"] == "functional" else f"{one['title']}［{kind}］",
                    one["text"],
                    words.OBLIGATION.get(one["obligation"], one["obligation"]),
                    one["reason"] or "",
                    words.PHASE.get(one["phase"], one["phase"] or ""),
                    one["goal"] or "",
                    _differences(one["applications"], names),
                ]


def _differences(applications: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The towns that do not follow the standard, with their own value or why."""
    lines = []
    for code, name in names.items():
        one = applications.get(code)
        if one is None or one["state"] == "follows":
            continue
        parts = [APPLICATION.get(one["state"]), one["value"]]
        lines.append(f"{name}：{' '.join(part for part in parts if part)}")
    return "\n".join(lines)


def _write_questions(
    book: Any, sheet: Any, spec: Mapping[str, Any], scale: Sequence[Choice]
) -> int:
    """Write the head and all rows; returns the last row (from 0)."""
    head = book.add_format(FONT | HEAD)
    answer_head = book.add_format(FONT | HEAD | {"bg_color": "#FFF7D6"})
    for index, (heading, width) in enumerate(COLUMNS):
        sheet.set_column(index, index, width, None, {"hidden": index < HIDDEN})
        sheet.write_string(HEAD_ROW, index, heading, answer_head if index >= FIRST_ANSWER else head)
    locked = TextFormats(book, BODY)
    answer = {"locked": False, "bg_color": "#FFFDF3"} | BODY
    answers = [
        book.add_format(FONT | answer | {"align": "center"}),
        book.add_format(FONT | answer),
        book.add_format(FONT | answer | {"num_format": "#,##0"}),
        book.add_format(FONT | answer | {"num_format": "@"}),
    ]
    row = HEAD_ROW
    for row, question in enumerate(_questions(spec), start=HEAD_ROW + 1):
        for index, value in enumerate(question):
            write_cell(sheet, row, index, value, locked)
        for index, cell_format in enumerate(answers, start=FIRST_ANSWER):
            sheet.write_blank(row, index, None, cell_format)
    return row


def _write_top(
    book: Any, sheet: Any, title: str, spec: Mapping[str, Any], scale: Sequence[Choice]
) -> None:
    big = book.add_format(FONT | {"bold": True, "font_size": 14})
    plain = book.add_format(FONT)
    entry = book.add_format(FONT | {"locked": False, "bottom": 1, "bg_color": "#FFFDF3"})
    issued = spec["edition"]["issued_on"] or "案（発行前）"
    signs = "　".join(f"{one.sign}＝{one.meaning}" for one in scale)
    cost = "、".join(one.sign for one in scale if one.wants_cost)
    sheet.write_string(0, HIDDEN, title, big)
    sheet.write_string(1, HIDDEN, f"発行：{spec['region']['issuer']}　発行日：{issued}", plain)
    sheet.write_string(2, HIDDEN, f"回答欄：{signs}", plain)
    note = f"{cost}のときは費用を千円単位で記入してください。" if cost else ""
    sheet.write_string(
        3,
        HIDDEN,
        f"{note}必須の要件はすべて満たす必要があります。詳しくはシート「{GUIDE}」をご覧ください。",
        plain,
    )
    sheet.write_string(4, HIDDEN, "事業者名", plain)
    sheet.write_blank(4, HIDDEN + 1, None, entry)
    for index in range(HIDDEN + 2, HIDDEN + 5):
        sheet.write_blank(4, index, None, entry)
    sheet.write_string(
        4, 7, "色の付いた欄だけに記入できます。行の追加・削除・並べ替えはしないでください。", plain
    )


def _set_up_answers(book: Any, sheet: Any, last: int, scale: Sequence[Choice]) -> None:
    sheet.freeze_panes(HEAD_ROW + 1, HIDDEN + 2)
    sheet.autofilter(HEAD_ROW, 0, last, len(COLUMNS) - 1)
    first = HEAD_ROW + 1
    if last < first:
        return
    add_choices(sheet, (first, _ANSWER, last, _ANSWER), [one.sign for one in scale])
    sheet.data_validation(
        first,
        _COST,
        last,
        _COST,
        {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            "error_title": "費用は数字で記入してください",
            "error_message": "千円単位の0以上の数字だけを記入してください（例：120万円は1200）。",
        },
    )
    faulty = book.add_format({"bg_color": "#FDDDDD"})
    here = first + 1
    wanting = ",".join(f'$N{here}="{one.sign}"' for one in scale if one.wants_cost)
    failing = ",".join(f'$N{here}="{one.sign}"' for one in scale if one.fails)
    cells = (first, FIRST_ANSWER, last, len(COLUMNS) - 1)
    # An answer that will be asked about again shows at once: no cost where one is due, a cost
    # where none is, a mandatory line that cannot be met.
    rules = []
    if wanting:
        rules.append(f'=AND(OR({wanting}),$P{here}="")')
        rules.append(f'=AND($N{here}<>"",NOT(OR({wanting})),$P{here}<>"")')
    if failing:
        rules.append(f'=AND(OR({failing}),$I{here}="{words.OBLIGATION["mandatory"]}")')
    for rule in rules:
        sheet.conditional_format(*cells, {"type": "formula", "criteria": rule, "format": faulty})


def _write_guide(
    book: Any,
    guide: Any,
    title: str,
    spec: Mapping[str, Any],
    sha256: str,
    scale: Sequence[Choice],
) -> None:
    big = book.add_format(FONT | {"bold": True, "font_size": 14})
    head, body = book.add_format(FONT | HEAD), TextFormats(book, BODY)
    guide.set_column(0, 0, 22)
    guide.set_column(1, 1, 96)
    guide.write_string(0, 0, f"{title}　{GUIDE}", big)
    row = 2
    for heading, lines in _guide(spec, sha256, scale):
        guide.merge_range(row, 0, row, 1, heading, head)
        for name, text in lines:
            row += 1
            write_cell(guide, row, 0, name, body)
            write_cell(guide, row, 1, text, body)
        row += 2


def _guide(
    spec: Mapping[str, Any], sha256: str, scale: Sequence[Choice]
) -> list[tuple[str, list[tuple[str, str]]]]:
    counts = Counter(
        one["obligation"]
        for chapter in spec["chapters"]
        for section in chapter["sections"]
        for one in section["requirements"]
    )
    cost = "、".join(one.sign for one in scale if one.wants_cost)
    edition, business = spec["edition"], spec["business"]
    return [
        (
            "1　回答の記号",
            [(one.sign, one.meaning + _consequence(one)) for one in scale],
        ),
        (
            "2　区分ごとの扱い",
            [
                (
                    f"必須（{counts['mandatory']:,}件）",
                    "すべて満たす必要があります。そのままでは満たせないときは、同じ目的を果たす代替案を「代替案・補足」に記入してください。",
                ),
                (
                    f"任意（{counts['optional']:,}件）",
                    "満たさなくても失格にはなりません。対応できる要件は評価で加点します。",
                ),
                (
                    f"実装しない（{counts['prohibited']:,}件）",
                    "備えないことを求めています。備えていないか利用できない設定にできるときは○、できないときは×とし、補足に説明を記入してください。",
                ),
            ],
        ),
        (
            "3　記入する欄",
            [
                ("回答", "一覧から記号を一つ選びます。空欄のままの行は未回答として扱います。"),
                ("代替案・補足", "代替案、条件、設定や運用での対応方法を記入します。"),
                (
                    "費用（千円）",
                    (f"回答が{cost}の行に、" if cost else "")
                    + "カスタマイズにかかる費用を千円単位の数字で記入します（例：120万円は1200）。この費用は見積価格に含めてください。",
                ),
                (
                    "対応時期",
                    "稼働時に間に合わない場合に、対応できる時期を記入します（例：令和9年10月）。",
                ),
            ],
        ),
        (
            "4　注意",
            [
                (
                    "変更できない欄",
                    "質問の欄は保護しています。行や列を追加・削除したり、並べ替えたりしないでください。隠れた列は回答を読み取るときに使います。",
                ),
                (
                    "赤く表示された行",
                    "費用の記入漏れ、費用の要らない回答への記入、必須の要件への対応不可のいずれかです。確かめてください。",
                ),
                (
                    "機能ID",
                    "質問や提案書では、版が変わっても変わらない機能IDで要件を示してください。",
                ),
                ("保存の形式", "Excelブック（.xlsx）のまま保存して提出してください。"),
            ],
        ),
        (
            "5　この回答票の元になった仕様書",
            [
                ("業務", f"{business['number']}　{business['name']}"),
                (
                    "版",
                    f"第{edition['number']}版（発行日：{edition['issued_on'] or '案（発行前）'}）",
                ),
                ("発行", str(spec["region"]["issuer"])),
                ("仕様データのSHA-256", sha256),
            ],
        ),
    ]


def _consequence(choice: Choice) -> str:
    if choice.wants_cost:
        return "。「費用（千円）」を必ず記入してください。"
    if choice.fails:
        return "。代替案があれば「代替案・補足」に記入してください。"
    return "（追加費用なし）。"


def _footer(spec: Mapping[str, Any], sha256: str) -> str:
    # A footer holds 255 characters; the hash and the page number must never be cut off.
    name = escape_footer(
        f"{spec['business']['name'][:60]} 第{str(spec['edition']['number'])[:20]}版"
    )
    return f"&L&8{name}&C&8&P / &N&R&8SHA-256 {sha256}"
