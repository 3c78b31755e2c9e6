"""The command line: `kaizu COMMAND`. A command's file is imported when it is called.

A command on a file alone (`lint`, `match`, `flow`) starts in a moment and stays small, because it
does not pay for the database and the pages. Exit codes are in `terminal`; with `--format json` one
JSON document goes to standard output, messages to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from registry import config
from registry.cli.terminal import REFUSED, say
from registry.errors import DomainError

COMMANDS: Final[Mapping[str, str]] = {
    "migrate": "data.migrate_command",
    "load": "data.load_command",
    "demo": "data.demo_command",
    "user": "people.user_group",
    "token": "people.token_command",
    "audit": "people.audit_group",
    "import": "lists.import_group",
    "compare": "lists.compare_command",
    "align": "lists.align_command",
    "lint": "files.lint_command",
    "match": "files.match_command",
    "flow": "files.flow_group",
    "edition": "editions.edition_group",
    "spec": "editions.spec_group",
    "backup": "data.backup_command",
    "restore": "data.restore_command",
    "check": "data.check_command",
    "serve": "server.serve_command",
    "work": "server.work_command",
}
"""The file in this folder and the function in it, for each command, in the order of the help."""


class Commands(click.Group):
    """Finds a command when it is asked for; refusals become Japanese lines and exit 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file, function = COMMANDS[cmd_name].split(".")
        command: click.Command = getattr(import_module(f"registry.cli.{file}"), function)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            say(error.message)
            for field, texts in getattr(error, "fields", {}).items():
                for text in texts:
                    say(f"  {field}: {text}")
        except config.ConfigError as error:
            say(str(error))
        except Exception as error:
            if not _is_of_the_database(error):
                raise
            say(
                "データベースを使えません。KAIZU_DATABASE_URL を確かめてください。"
                f"({getattr(error, 'orig', error)})"
            )
        sys.exit(REFUSED)


def _is_of_the_database(error: Exception) -> bool:
    # Imported here: a command without a database never needs it.
    from sqlalchemy.exc import OperationalError

    return isinstance(error, OperationalError)


@click.group(cls=Commands)
def main() -> None:
    """海図: 自治体の要件を記録し、比べ、合意し、標準要件仕様書にする。"""
