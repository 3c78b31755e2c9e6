from __future__ import annotations

from registry.requirements.diffs import changed_fields, shown
from registry.requirements.models import Obligation, RequirementKind
from registry.requirements.values import Values

CODES = {1: "G-1"}


def test_changed_fields_read_as_words_and_mark_the_difference() -> None:
    old = Values(text="3営業日まで有効とすること。", obligation=Obligation.MANDATORY, goal_id=1)
    new = Values(text="10日まで有効とすること。", kind=RequirementKind.FORM)
    found = {one.field: one for one in changed_fields(old, new, CODES)}
    assert [(one.label, one.old, one.new) for one in found.values()] == [
        ("要件", "3営業日まで有効とすること。", "10日まで有効とすること。"),
        ("実装区分", "必須", ""),
        ("種別", "機能", "帳票"),
        ("目標", "G-1", ""),
    ]
    pieces = found["text"].pieces
    assert [piece.kind.value for piece in pieces] == ["delete", "insert", "equal"]
    assert "".join(piece.text for piece in pieces if piece.kind != "delete") == new.text


def test_nothing_reads_as_nothing() -> None:
    assert shown("obligation", None, {}) == shown("goal_id", 99, CODES) == ""
    assert changed_fields(Values(text="同じ"), Values(text="同じ"), {}) == []
