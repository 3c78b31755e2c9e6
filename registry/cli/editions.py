"""Commands on editions and the files of their specs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from registry.cli.shell import Shell
from registry.cli.terminal import acting, say
from registry.specs import commands as specs


@click.group("edition")
def edition_group() -> None:
    """仕様書の版。"""


@edition_group.command("create")
@click.argument("business")
@click.option("--number", required=True, help="版の番号(例: 1.0)")
@click.option("--issued-on", type=click.DateTime(["%Y-%m-%d"]), help="発行日(省略すると今日)")
@click.option("--title", help="表題")
@acting
def edition_create(
    business: str,
    number: str,
    issued_on: datetime | None,
    title: str | None,
    email: str | None,
) -> None:
    """決定した標準要件を版として凍結する。凍結した版は変わらない。"""
    shell = Shell()
    edition = specs.create_edition(
        shell.database,
        shell.config.audit_key,
        shell.actor(email),
        slug=business,
        number=number,
        issued_on=issued_on.date() if issued_on else None,
        title=title,
    )
    say(f"第{edition.number}版を凍結しました。SHA-256: {edition.sha256}")


@click.group("spec")
def spec_group() -> None:
    """仕様書のファイル。"""


@spec_group.command("build")
@click.argument("business")
@click.option("--edition", "number", required=True, help="版の番号")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="書き出すフォルダー")
@click.option("--again", is_flag=True, help="作り直して、保存済みのものと同じか確かめる")
@acting
def spec_build(business: str, number: str, out: Path, again: bool, email: str | None) -> None:
    """spec.pdf answer-sheet.xlsx spec.json SHA256SUMS を書き出す。"""
    shell = Shell()
    written = specs.build(
        shell.database, shell.actor(email), slug=business, number=number, out=out, again=again
    )
    for path in written:
        say(str(path))
