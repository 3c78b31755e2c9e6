"""A region's changes to the clarity rules, read from TOML or from what the database holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from registry.errors import Invalid
from registry.text.clarity.rules import Settings, rules
from registry.text.clarity.sheets import sheet_rules
from registry.text.normalise import clean_input

MOST_WORDS: Final = 200
LONGEST_WORD: Final = 40


@lru_cache(maxsize=1)
def rule_ids() -> Mapping[str, bool]:
    """Every rule by name, and whether a region can add words to it."""
    lines = {rule.id: bool(rule.patterns) and not rule.check for rule in rules()}
    return lines | {rule.id: False for rule in sheet_rules().values()}


def read_settings(document: Mapping[str, Any]) -> Settings:
    """Settings out of a parsed TOML document: `off = [rule ids]`, `allowed = [words]`, `[words]`.

    Raises Invalid, naming the entry, for an unknown key or rule, an empty or overlong word, or a
    rule that takes no words.
    """
    unknown = set(document) - {"off", "allowed", "words"}
    if unknown:
        raise Invalid(
            f"点検の設定に、使えない見出し「{sorted(unknown)[0]}」があります。"
            "off、allowed、[words] だけが使えます。"
        )
    words = document.get("words", {})
    if not isinstance(words, dict):
        raise Invalid("点検の設定の [words] は、規則の名前ごとに語の並びを書いてください。")
    off = _words(document.get("off", []), "off")
    for name in (*sorted(off), *words):
        if name not in rule_ids():
            raise Invalid(
                f"点検の設定の規則「{name}」はありません。使える名前: {'、'.join(rule_ids())}"
            )
    pairs: set[tuple[str, str]] = set()
    for name, entries in words.items():
        if not rule_ids()[name]:
            raise Invalid(f"規則「{name}」には語を足せません。語で見分ける規則だけに足せます。")
        pairs.update((name, word) for word in _words(entries, name))
    allowed = _words(document.get("allowed", []), "allowed")
    return Settings(off, frozenset(pairs), allowed)


def _words(value: object, name: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Invalid(f'点検の設定の「{name}」は、語を ["…", "…"] の形で書いてください。')
    if len(value) > MOST_WORDS:
        raise Invalid(f"点検の設定の「{name}」に書ける語は{MOST_WORDS}個までです。")
    for word in value:
        if clean_input(word).refused:
            raise Invalid(f"点検の設定の「{name}」に、文字でないデータ(制御文字)があります。")
        if not word.strip() or len(word) > LONGEST_WORD:
            raise Invalid(
                f"点検の設定の「{name}」に、空の語か{LONGEST_WORD}字を超える語があります。"
            )
    return frozenset(word.strip() for word in value)
