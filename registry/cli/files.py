"""Commands on files alone: judging, matching and drawing, without settings or a database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.cli.terminal import FINDINGS, formatted, helped, print_json, say
from registry.errors import Invalid
from registry.processes import commands as flows
from registry.requirements import linting
from registry.text.severity import Severity


@click.command("lint")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheets", is_flag=True, help="あるべき姿シート(見出しのあるtsv)を点検する")
@click.option("--settings", type=click.Path(path_type=Path), help="点検の設定(TOML)")
@formatted("text", "json")
def lint_command(file: Path, sheets: bool, settings: Path | None, form: str) -> None:
    """要件の行(1行に1件の文章、または取り込める一覧)のあいまいな点を挙げる。何も変更しない。"""
    chosen = linting.settings_of(settings)
    report = linting.lint_sheet_file(file, chosen) if sheets else linting.lint_file(file, chosen)
    if form == "json":
        print_json(report)
    else:
        for line in linting.as_text(report):
            print(line)
    found = sum(len(one["findings"]) for one in report)
    say(f"{len(report)} 件を点検し、{found} か所が見つかりました。")
    if found:
        sys.exit(FINDINGS)


@click.group("flow")
def flow_group() -> None:
    """業務フロー(BPMN 2.0 のファイル、または手順表 .tsv)。データベースは要らない。"""


@flow_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@formatted("text", "json")
def flow_check(file: Path, form: str) -> None:
    """フローの誤りや足りないところを、場所と直し方を付けて知らせる。"""
    report = flows.check(file)
    grave = [one for one in report["findings"] if one["severity"] != "advice"]
    if form == "json":
        print_json(report)
    else:
        for one in report["findings"]:
            print(f"{Severity(one['severity']).label} {one['place']}: {one['message']}")
    say(f"手順 {report['steps']}、指摘 {len(grave)}、助言 {len(report['findings']) - len(grave)}")
    if grave:
        sys.exit(FINDINGS)


@flow_group.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="書き出す SVG")
def flow_render(file: Path, out: Path) -> None:
    """フローを図(SVG)にする。座標があればそのとおりに、なければ担当ごとに並べて描く。"""
    unknown = flows.render(file, out)
    say(f"{out} に書き出しました。")
    if unknown:
        say(f"業務フローの図にないため描かなかったもの: {'、'.join(unknown)}")
        sys.exit(FINDINGS)


@flow_group.command("diff")
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@formatted("json")
def flow_diff(one: Path, other: Path, form: str) -> None:
    """二つのフローを内容で比べる。ID、座標、書いた順の違いは見ない。"""
    del form  # there is only one
    print_json(flows.diff(one, other))


@flow_group.command("table")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=".tsv または .bpmn")
def flow_table(file: Path, out: Path) -> None:
    """フローを手順表(.tsv)に、手順表をフロー(.bpmn)にする。"""
    flows.table(file, out)
    say(f"{out} に書き出しました。")


@click.command("match")
@click.argument("asked", required=False, type=click.Path(path_type=Path))
@click.argument("among", required=False, type=click.Path(path_type=Path))
@click.option("--top", default=3, show_default=True, type=click.IntRange(1, 100), help="候補の数")
@click.option("--pairs", type=click.Path(path_type=Path), help="2列の TSV の各行の関係を調べる")
@click.option("--group", type=click.Path(path_type=Path), help="同じ内容の行をまとめる")
@helped
@formatted("json", "text")
def match_command(
    asked: Path | None,
    among: Path | None,
    top: int,
    pairs: Path | None,
    group: Path | None,
    helper: str | None,
    form: str,
) -> None:
    """一覧 ASKED の各行について、一覧 AMONG から近い行を探す。データベースは使わない。

    ファイルは、1 行に 1 件のテキスト、または取り込める一覧(xlsx、csv、tsv)。
    """
    from registry.comparison import matching_command

    if asked and among and not pairs and not group:
        answer = matching_command.near(asked, among, top=top, helper=helper, form=form)
    elif pairs and not asked and not group and not helper:
        answer = matching_command.pairs(pairs, form=form)
    elif group and not asked and not pairs and not helper:
        answer = matching_command.group(group, form=form)
    else:
        raise Invalid(
            "二つの一覧(--with は任意)か、--pairs ファイルか、--group ファイルの"
            "どれか一つを指定してください。何も行っていません。"
        )
    for message in answer.messages:
        say(message)
    print(answer.text)
    sys.exit(answer.code)
