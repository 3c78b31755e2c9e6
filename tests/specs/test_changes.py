"""What two documents differ in."""

from __future__ import annotations

from typing import Any

from registry.specs import changes


def row(code: str, outline: str = "1.1.1", **values: Any) -> dict[str, Any]:
    return {
        "code": code,
        "outline": outline,
        "title": "空き照会",
        "text": "照会できること。",
        "obligation": "mandatory",
        "kind": "functional",
        "reason": "",
        "phase": None,
        "goal": None,
        "applications": {"072028": {"state": "follows", "value": None}},
    } | values


def spec(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"chapters": [{"sections": [{"requirements": list(rows)}]}]}


def test_added_changed_and_removed_lines_are_told_apart() -> None:
    found = changes.between(
        spec(row("A"), row("B"), row("C")),
        spec(row("B", text="別の文。", obligation="optional"), row("D"), row("C")),
    )

    assert [line.code for line in found.added] == ["D"]
    assert [line.code for line in found.removed] == ["A"]
    assert [(one.line.code, one.fields) for one in found.changed] == [("B", ("機能要件", "区分"))]
    assert (found.changed[0].before["text"], found.changed[0].after["text"]) == (
        "照会できること。",
        "別の文。",
    )


def test_a_new_outline_number_alone_is_no_change() -> None:
    found = changes.between(spec(row("A", "1.1.1")), spec(row("A", "2.3.4")))

    assert not found.any
    assert found.summary() == [("全体", "機能要件の変更はない。")]


def test_a_town_that_changes_its_value_changes_the_line() -> None:
    own = {"072028": {"state": "own_value", "value": "10日前"}}

    found = changes.between(spec(row("A")), spec(row("A", applications=own)))

    assert found.changed[0].fields == ("団体別適用",)


def test_the_summary_names_ten_lines_and_counts_the_rest() -> None:
    found = changes.between(spec(), spec(*(row(f"A-{number:02}") for number in range(12))))

    named = "、".join(f"A-{number:02}" for number in range(10))
    assert found.summary() == [(f"{named} ほか2件", "12件を追加した。")]
