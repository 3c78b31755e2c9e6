from __future__ import annotations

from registry.text.matching.features import facts, features, likeness


def test_lines_that_differ_in_form_only_have_one_body() -> None:
    assert features("・予約できること。").body == features("①予約が可能であること").body


def test_repeated_pairs_count_as_often_as_they_stand() -> None:
    once, twice = features("税率"), features("税率と税率")
    assert once.grams < twice.grams
    assert len(twice.grams) > len({pair[:2] for pair in twice.grams})


def test_likeness_is_one_for_a_line_and_nothing_for_strangers() -> None:
    one = features("施設を予約できること")
    assert likeness(one, one) == 1
    assert likeness(one, features("納税証明")) == 0


def test_numbers_in_brackets_are_set_apart() -> None:
    found = facts("郵便番号(7桁)から住所を出すこと")
    assert len(found.numbers) == 1
    assert found.outside == ()


def test_what_the_line_says_of_duty() -> None:
    assert facts("登録できることが望ましい").duty == "desirable"
    assert facts("登録できること").duty == ""
