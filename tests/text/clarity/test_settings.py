from __future__ import annotations

from typing import Any

import pytest

from registry.errors import Invalid
from registry.text.clarity.rules import Settings
from registry.text.clarity.settings import read_settings, rule_ids


def test_settings_are_read() -> None:
    document = {
        "off": ["too_long", "sheet.goal_as_activity"],
        "allowed": ["K-NET"],
        "words": {"vague.proper": ["よしなに", "いい感じに"]},
    }
    assert read_settings(document) == Settings(
        frozenset({"too_long", "sheet.goal_as_activity"}),
        frozenset({("vague.proper", "よしなに"), ("vague.proper", "いい感じに")}),
        frozenset({"K-NET"}),
    )
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"of": []}, "of"),
        ({"off": ["vague.properly"]}, "vague.properly"),
        ({"off": "too_long"}, "off"),
        ({"off": [1]}, "off"),
        ({"words": ["よしなに"]}, "words"),
        ({"words": {"compound": ["よしなに"]}}, "compound"),
        ({"words": {"vague.proper": [" "]}}, "vague.proper"),
        ({"allowed": ["a\x00b"]}, "制御文字"),
        ({"allowed": ["長" * 41]}, "allowed"),
        ({"allowed": ["語"] * 201}, "allowed"),
    ],
)
def test_what_cannot_be_read_is_named(document: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_settings(document)
    assert named in refused.value.message


def test_only_rules_that_look_for_words_take_words() -> None:
    assert rule_ids()["vague.proper"]
    assert not rule_ids()["compound"]
    assert not rule_ids()["sheet.mirrored_to_be"]
