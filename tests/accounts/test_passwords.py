"""Passwords: long, not guessable from what everybody here knows, kept as argon2id."""

from __future__ import annotations

import pytest

from registry.accounts import passwords
from registry.errors import Invalid

EMAIL = "editor@072028.example"


@pytest.mark.parametrize(
    "password",
    ["tanuki no mori 2026", "雪ふる里の朝はやく起きて湯をわかす", "k" * 5 + "abcdefghijkl"],
)
def test_a_long_phrase_is_accepted(password: str) -> None:
    passwords.check(password, email=EMAIL)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "15 文字以上"),
        ("a" * 20, "繰り返し"),
        ("kaizu-password-1", "推測されやすい"),
        ("editor072028example", "推測されやすい"),
        ("会津海図kaizuaizu会津海図パスワード", "推測されやすい"),
        ("x1y2z3" * 60, "200 文字以内"),
    ],
)
def test_a_weak_one_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password, email=EMAIL)
    assert reason in "".join(refused.value.fields["password"])


def test_hashes_are_argon2id_and_differ_each_time() -> None:
    first, second = passwords.hash_password("a b c d"), passwords.hash_password("a b c d")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.matches(first, "a b c d")
    assert not passwords.matches(first, "a b c e")
    assert not passwords.matches(None, "a b c d")
    assert not passwords.matches("not a hash", "a b c d")
