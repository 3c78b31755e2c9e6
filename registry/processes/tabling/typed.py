"""What people type into the cells of a step table, understood in every usual spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from registry.processes.flow import StepKind, Work
from registry.processes.tabling.rows import TOGETHER

END_WORDS: Final = frozenset({"終了", "終わり", "おわり", "完了", "END", "end"})
NOTHING: Final = frozenset({"なし", "-", "―", "－"})
OTHERWISE: Final = frozenset({"それ以外", "その他", "上記以外"})
_START_WORDS: Final = frozenset({"開始", "始め", "はじめ", "START", "start"})
_LIST: Final = re.compile(r"[、,，;；\n]+")
MESSAGE: Final = re.compile(r"連絡\s*[::]\s*(.+)")
_DURING: Final = re.compile(r"出来事\s*[((]\s*(.+?)\s*の途中\s*[))]")
_HOURS: Final = re.compile(r"(?:(\d{1,4})時間)?(?:(\d{1,6})分?)?")


class Unreadable(ValueError):
    """A cell cannot be understood; the message says what may stand in it."""


def key(text: str) -> str:
    """Numbers as people type them: full width, a dot behind."""
    return unicodedata.normalize("NFKC", text).strip().rstrip(".。")


def listed(text: str) -> list[str]:
    """The parts of a cell that names several things."""
    return [part.strip() for part in _LIST.split(text) if part.strip()]


def split(text: str, count: int) -> list[str] | None:
    """Conditions for `count` ways: by the first separator that gives as many."""
    text = text.strip()
    if not text:
        return [""] * count
    if count == 1:
        return [" ".join(text.split())]
    for separator in ("\n", "／", "/", "、", ",", "，"):
        parts = [part.strip() for part in text.split(separator)]
        if len(parts) == count:
            return parts
    if text == TOGETHER:
        return [TOGETHER] * count
    return None


def minutes(said: str) -> int | None:
    """「15」「1時間30分」 as minutes, None for an empty cell. Raises Unreadable."""
    text = unicodedata.normalize("NFKC", said).replace(" ", "").replace(",", "")
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None or not any(found.groups()):
        raise Unreadable("分は数字で入力してください(例: 15、1時間30分)。")
    value = int(found.group(1) or 0) * 60 + int(found.group(2) or 0)
    if value > 60 * 24 * 365:
        raise Unreadable("分が大きすぎます(1 年まで)。")
    return value


def work(said: str) -> Work | None:
    """定型, 判断 or 対人, None for an empty cell. Raises Unreadable."""
    text = said.strip()
    if not text:
        return None
    for one in Work:
        if text in (one.label, one.value):
            return one
    raise Unreadable(f"「{text}」は使えません。定型、判断、対人 から選んでください。")


def kind(typed: str, name: str) -> tuple[StepKind, str]:
    """The kind of a row and, for 「出来事(3の途中)」, the number of the row it happens at.

    An empty cell means work, or a start or end by the name of the step. Raises Unreadable.
    """
    said = unicodedata.normalize("NFKC", typed.strip())
    found = _DURING.fullmatch(typed.strip()) or _DURING.fullmatch(said)
    if found:
        return StepKind.EVENT, found.group(1)
    if not said:
        if name.strip() in _START_WORDS:
            return StepKind.START, ""
        return (StepKind.END if name.strip() in END_WORDS else StepKind.TASK), ""
    for one in StepKind:
        if said in (one.label, one.value):
            return one, ""
    labels = "、".join(one.label for one in StepKind)
    raise Unreadable(f"「{said}」は使えません。{labels} から選んでください。")
