"""What every command does at the terminal: exit codes, shared options, printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

DONE: Final = 0
FINDINGS: Final = 1
"""Done, with findings or rejected rows."""
REFUSED: Final = 2
"""Nothing changed."""

Command = TypeVar("Command", bound=Callable[..., Any])


def acting(command: Command) -> Command:
    """`--as EMAIL`: whose rights count."""
    option = click.option("--as", "email", help="だれの権限で行うか(メールアドレス)")
    decorated: Command = option(command)
    return decorated


def formatted(*forms: str) -> Callable[[Command], Command]:
    """`--format`: the first is the default."""
    option: Callable[[Command], Command] = click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], show_default=True
    )
    return option


def helped(command: Command) -> Command:
    """`--with nlp`: the optional parts that help the matching to find candidates."""
    option = click.option(
        "--with", "helper", type=click.Choice(["nlp"]), help="追加の部品も使う(入っているとき)"
    )
    decorated: Command = option(command)
    return decorated


def say(text: str) -> None:
    """Words for the person, on standard error: standard output is for documents."""
    print(text, file=sys.stderr)


def print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))
