from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from registry.cli.terminal import acting, formatted, print_json, say


@click.command()
@formatted("text", "json")
@acting
def example(form: str, email: str | None) -> None:
    print_json({"形": form, "人": email})
    say("済みました。")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ((), '{\n "形": "text",\n "人": null\n}\n'),
        (
            ("--format", "json", "--as", "a@x.example"),
            '{\n "形": "json",\n "人": "a@x.example"\n}\n',
        ),
    ],
)
def test_documents_go_to_standard_output_and_words_beside(
    words: tuple[str, ...], printed: str
) -> None:
    done = CliRunner().invoke(example, words)
    assert (done.stdout, done.stderr) == (printed, "済みました。\n")


def test_a_form_that_is_not_offered_is_refused() -> None:
    assert CliRunner().invoke(example, ["--format", "xml"]).exit_code == 2
