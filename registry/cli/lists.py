"""Commands that take lists in and compare what the towns recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.cli.shell import Shell
from registry.cli.terminal import FINDINGS, acting, formatted, helped, print_json, say
from registry.comparison import commands as comparison
from registry.requirements import commands as requirements
from registry.standards import commands as standards
from registry.text.matching import semantic


@click.group("import")
def import_group() -> None:
    """一覧や国標準を取り込む。"""


@import_group.command("requirements")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--municipality", required=True, help="団体コード(6 桁)")
@click.option("--business", required=True, help="業務(例: facility-reservation)")
@click.option("--legend", type=click.Path(path_type=Path), help="凡例(TOML)")
@click.option("--check", is_flag=True, help="取り込まずに、結果だけを確かめる")
@formatted("text", "json")
@acting
def import_requirements(
    file: Path,
    municipality: str,
    business: str,
    legend: Path | None,
    check: bool,
    form: str,
    email: str | None,
) -> None:
    """団体の要件一覧(xlsx、csv、tsv)を取り込む。取り込めない行は理由とともに知らせる。"""
    shell = Shell()
    report = requirements.import_file(
        shell.database,
        shell.actor(email),
        file,
        municipality=municipality,
        business=business,
        audit_key=shell.config.audit_key,
        legend=legend,
        check=check,
    )
    for one in report["rejected"]:
        say(f"{one['row']} 行目「{one['column']}」{one['value']}: {one['reason']}{one['mend']}")
    done = "取り込みました" if report["stored"] else "取り込むとこうなります(何も保存していません)"
    say(
        f"{done}: 追加 {report['new']}、変更 {report['changed']}、変更なし {report['unchanged']}、"
        f"取り込めない行 {report['rejected_rows']}、一覧にない既存の行 {len(report['missing'])}"
    )
    if form == "json":
        print_json(report)
    if report["rejected_rows"]:
        sys.exit(FINDINGS)


@import_group.command("national")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--name", required=True, help="国標準の名前(例: 住民記録)")
@click.option("--edition", required=True, help="版(例: 1.0)")
@formatted("text", "json")
@acting
def import_national(source: Path, name: str, edition: str, form: str, email: str | None) -> None:
    """国の標準仕様書の本文を、項目と行に分けて取り込む。"""
    shell = Shell()
    report = standards.import_national(
        shell.database,
        shell.actor(email),
        source=source,
        name=name,
        edition=edition,
        audit_key=shell.config.audit_key,
    )
    lines, references = report["lines"], report["references"]
    say(
        f"{name} {edition}: {report['items']} 項目、"
        f"必須 {lines['mandatory']}・任意 {lines['optional']}・実装しない {lines['prohibited']} 行、"
        f"参照 {references['resolved']} 件(未収録の章への参照 {len(references['unresolved'])} 件)"
    )
    if form == "json":
        print_json(report)


@click.command("compare")
@click.argument("business")
@formatted("text", "json", "csv", "xlsx")
@acting
def compare_command(business: str, form: str, email: str | None) -> None:
    """業務の要件を団体ごとに比べた表を出す。"""
    shell = Shell()
    actor = shell.actor(email)
    with shell.database.read() as session:
        if form == "xlsx":
            sys.stdout.buffer.write(comparison.compare_xlsx(session, actor, business))
        elif form == "json":
            print_json(comparison.compare(session, actor, business))
        else:
            sys.stdout.write(comparison.compare_csv(session, actor, business))


@click.command("align")
@click.argument("business")
@helped
@formatted("text", "json")
@acting
def align_command(business: str, helper: str | None, form: str, email: str | None) -> None:
    """まだ対応付けていない行の提案を、点数と理由を付けて出す。何も変更しない。"""
    shell = Shell()
    actor = shell.actor(email)
    engine = semantic.engine(helper)
    with shell.database.read() as session:
        proposals = comparison.align(session, actor, business, engine.index)
    for message in filter(None, (engine.refusal, f"使った照合: {engine.name}")):
        say(message)
    if form == "json":
        print_json(proposals)
        return
    for proposal in proposals:
        print(f"{proposal['score']:.2f} {proposal['group'] or '新しいまとまり'} {proposal['why']}")
        for line in proposal["lines"]:
            print(f"     {line['municipality']} {line['text']}")
