from __future__ import annotations

from pathlib import Path

import pytest

from registry.cli.terminal import REFUSED
from tests.terminal import invoke


def test_an_account_is_made_from_standard_input_without_showing_anything(loaded: Path) -> None:
    password = "tanuki no mori 2026"
    words = ("user", "add", "new@072028.example", "--role", "editor", "--municipality", "072028")
    done = invoke(loaded, *words, "--password-stdin", given=password + "\n")
    assert done.exit_code == 0
    assert password not in done.output
    again = invoke(loaded, *words)
    assert again.exit_code == REFUSED
    assert "すでに使われています" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "editor"), "団体を選んで"),
        (("--role", "vendor"), "--vendor"),
        (("--role", "vendor", "--vendor", "いない会社"), "いない会社"),
        (("--role", "editor", "--municipality", "999999"), "999999"),
    ],
)
def test_a_misfitting_account_is_refused(loaded: Path, words: tuple[str, ...], said: str) -> None:
    refused = invoke(loaded, "user", "add", "other@x.example", *words)
    assert refused.exit_code == REFUSED
    assert said in refused.stderr


def test_a_weak_password_is_refused_and_no_account_is_made(loaded: Path) -> None:
    words = ("user", "add", "weak@x.example", "--role", "coordinator", "--password-stdin")
    refused = invoke(loaded, *words, given="short\n")
    assert refused.exit_code == REFUSED
    assert "15 文字以上" in refused.stderr
    assert invoke(loaded, "token", "weak@x.example").exit_code == REFUSED


def test_a_token_is_printed_alone(loaded: Path) -> None:
    done = invoke(loaded, "token", "coordinator@bureau.example")
    assert done.exit_code == 0
    assert len(done.stdout.strip()) >= 40
