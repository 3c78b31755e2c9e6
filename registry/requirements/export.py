"""A town's table as an Excel file that can be edited and imported again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from registry.access import Actor
from registry.goals import queries as goals
from registry.requirements.legend import Axis, Legend, Mark, guess_legend
from registry.requirements.line_queries import Line
from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.table import Table
from registry.requirements.values import own_id
from registry.workbook import Cell, Column, Sheet, write_table, write_tables

_TYPED: Final = (
    Column("分類", 22),
    Column("番号", 10, code=True),
    Column("要件", 60),
    Column("実装区分", 12, choices=tuple(one.label for one in Obligation)),
    Column("種別", 10, choices=tuple(one.label for one in RequirementKind)),
    Column("目標", 12, code=True),
    Column("手順", 16),
    Column("備考", 30),
)
_READ: Final = (*_TYPED, Column("元の印", 8, code=True), Column("状態", 10))

GUIDE: Final = "書き方"
GOALS: Final = "目標の一覧"
_GUIDE: Final = (
    (
        "分類",
        "大きなまとまり。どの行にも書きます。段を分けるときは「 / 」で区切ります。",
        "予約 / 空き照会",
        "（上の行と同じなので空）",
    ),
    (
        "番号",
        "お手元の一覧での番号。同じ分類の中で重ならないようにします。",
        "1-1",
        "（全部の行に1）",
    ),
    (
        "要件",
        "必ず書きます。一つの行に一つだけ、「〜できること。」で終わるように書きます。10,000字まで。",
        "利用者が施設の空きを3か月先まで照会できること。",
        "使いやすい画面にして、帳票も出したい",
    ),
    (
        "実装区分",
        "必須・任意・実装しない から選びます。決まっていなければ空にします。",
        "必須",
        "◎",
    ),
    (
        "種別",
        "機能・帳票・画面・データ・連携・非機能 から選びます。空にすると「機能」になります。",
        "帳票",
        "様式第3号",
    ),
    (
        "目標",
        f"この要件が支える目標のIDを一つ選びます。IDの意味はシート「{GOALS}」にあります。",
        "G-1-2",
        "住民サービスの向上",
    ),
    ("手順", "業務のどの場面で使うか。なければ空にします。", "受付", "G-1-2"),
    ("備考", "根拠や事情など、要件そのものではないこと。", "施設条例第5条による。", "要件の続き"),
)


def town_workbook(
    session: Session, actor: Actor, title: str, lines: Iterable[Line], *, own: bool
) -> bytes:
    """A town's lines as xlsx: to edit and import again for its `own` people, else to read."""
    if not own:
        return read_workbook(title, lines)
    return own_workbook(title, lines, [code for code, _ in open_goals(session, actor)])


def open_goals(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, statement) of the goals a line may be hung under, in printed order."""
    return [
        (goal.code, goal.statement) for goal in goals.all_goals(session, actor) if not goal.closed
    ]


def own_workbook(title: str, lines: Iterable[Line], goal_codes: Sequence[str] = ()) -> bytes:
    """The town's own lines; hidden ID and version columns let an import find each line again.

    `goal_codes` are offered in the column of goals.
    """
    columns: Sequence[Column] = (
        Column("ID", 12, hidden=True),
        Column("版", 6, hidden=True),
        *_with_goals(_READ, goal_codes),
        Column("差戻しの理由", 30),
    )
    return write_table(
        title,
        columns,
        ([own_id(one.id), one.wording, *_cells(one), one.return_reason] for one in lines),
    )


def template(title: str, listed: Sequence[tuple[str, str]]) -> bytes:
    """The form to fill in: our own columns without rows, a page on how to write each of them and
    one of the goals, given as (code, statement)."""
    guide = (
        Column("列", 12),
        Column("書くこと", 60),
        Column("よい例", 40),
        Column("よくない例", 40),
    )
    codes = (Column("目標", 12, code=True), Column("内容", 80))
    return write_tables(
        Sheet(title, _with_goals(_TYPED, [code for code, _ in listed]), ()),
        Sheet(GUIDE, guide, _GUIDE),
        Sheet(GOALS, codes, listed),
    )


def own_form(table: Table) -> Legend | None:
    """The legend of a filled-in template or of our own export; None for any other list.

    Words other than those of the drop-down lists make it another list: its marks need a legend.
    """
    head = next((row for row in table.rows if row.number == 1), None)
    cells = [cell.strip() for cell in head.cells] if head else []
    if not {column.heading for column in _TYPED} <= set(cells):
        return None
    guessed = guess_legend(table)
    if guessed.head_row != 1 or None in guessed.marks.values():
        return None
    every = {one.label: Mark(Axis.OBLIGATION, one.value) for one in Obligation}
    # An empty section is one: a line that has none stands below one that has.
    return replace(guessed, marks={**every, **guessed.marks}, carry_down=False)


def _with_goals(columns: Sequence[Column], codes: Sequence[str]) -> list[Column]:
    return [
        replace(column, choices=tuple(codes)) if column.heading == "目標" else column
        for column in columns
    ]


def read_workbook(title: str, lines: Iterable[Line]) -> bytes:
    """Another town's submitted lines, to read."""
    return write_table(title, _READ, (_cells(one) for one in lines))


def _cells(line: Line) -> list[Cell]:
    return [
        line.section,
        line.label,
        line.text,
        line.obligation.label if line.obligation else "",
        line.kind.label,
        line.goal,
        line.step,
        line.note,
        line.mark,
        line.state.label,
    ]
