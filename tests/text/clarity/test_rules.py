from __future__ import annotations

import re

import pytest

from registry.text.clarity.guards import GUARDS
from registry.text.clarity.lines import lint
from registry.text.clarity.rules import Rule, Settings, patterns, rules


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_finds_its_example_and_not_its_counter_example(rule: Rule) -> None:
    assert rule.id in {found.rule for found in lint(rule.example)}
    assert rule.id not in {found.rule for found in lint(rule.counter)}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_is_silent_when_switched_off(rule: Rule) -> None:
    found = lint(rule.example, Settings(off=frozenset({rule.id})))
    assert rule.id not in {one.rule for one in found}


def test_names_are_used_once_and_guards_exist() -> None:
    names = [rule.id for rule in rules()]
    assert len(names) == len(set(names))
    assert {name for rule in rules() for name in rule.unless} <= set(GUARDS)


def test_unfolding_a_pattern_changes_nothing_it_finds() -> None:
    texts = [rule.example + rule.counter for rule in rules()]
    for rule in rules():
        if rule.check or not rule.patterns:
            continue
        whole = re.compile("|".join(rule.patterns))
        unfolded = [pattern for one, pattern in patterns() if one is rule]
        for text in texts:
            wanted = {found.start() for found in whole.finditer(text)}
            got = {found.start() for pattern in unfolded for found in pattern.finditer(text)}
            assert wanted <= got, (rule.id, text)
