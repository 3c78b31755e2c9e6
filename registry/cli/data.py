"""Commands on the whole of the data: making it, loading, checking, saving and restoring it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry import audit, backup, frozen, migrate, worker
from registry.access import Actor
from registry.cli.shell import Shell
from registry.cli.terminal import FINDINGS, say
from registry.overview import demo, lists, loading
from registry.overview.loading import Folder
from registry.specs import commands as specs


@click.command("migrate")
def migrate_command() -> None:
    """データベースを作る、または新しい版に上げる。"""
    shell = Shell()
    migrate.upgrade(shell.database)
    say(f"データベースは最新です(版 {migrate.newest()})。")


@click.command("load")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def load_command(folder: Path) -> None:
    """フォルダーの文書(圏域、団体、目標、業務、要件一覧、人)を読み込む。二度目は何も変えない。"""
    _load(Shell(), Folder(folder))
    say(f"{folder} を読み込みました。")


def _load(shell: Shell, folder: Folder) -> Actor:
    with shell.writing() as session:
        actor = loading.load(session, folder)
    for file in lists.list_files(folder):
        with shell.writing() as session:
            lists.load(session, actor, folder, file)
    return actor


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--out", default="out", type=click.Path(path_type=Path), show_default=True)
def demo_command(folder: Path, out: Path) -> None:
    """実例で本業を一通り行う: 対応付け、標準要件、決定、版の凍結、仕様書、配布。二度目は何も変えない。"""
    shell, fixture = Shell(), Folder(folder)
    actor = _load(shell, fixture)
    wanted = demo.plan(fixture)
    with shell.writing() as session:
        demo.open_accounts(session, fixture)
        frozen_already = demo.edition_of(session, actor, wanted) is not None
    if not frozen_already:
        say("団体の要件を対応付けています…")
        with shell.writing() as session:
            demo.align(session, fixture, wanted)
        say("標準要件を決めています…")
        with shell.writing() as session:
            demo.decide(session, fixture, wanted)
        say(f"第{wanted.number}版を凍結しています…")
        demo.freeze(shell.database, shell.config.audit_key, fixture, wanted)
        say("次の版の案を用意しています…")
        with shell.writing() as session:
            demo.open_work(session, fixture, wanted)
            demo.ask_for_proposals(session, fixture)
    say("仕様書と、対応付けの提案を作っています…")
    worker.drain(shell.config, shell.database)
    with shell.writing() as session:
        demo.deliver(session, fixture, wanted)
    specs.build(shell.database, actor, slug=wanted.business, number=wanted.number, out=out)
    say(f"{out}/ に仕様書を書き出しました。")
    say(f"実演用のパスワード(全員同じ): {demo.PASSWORD}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """内容を一つのファイルに写し、読み直して確かめる。"""
    shell = Shell()
    summary = backup.backup(shell.database, file, audit_key=shell.config.audit_key)
    rows = sum(summary.counts.values())
    say(
        f"{file} に {len(summary.counts)} 表 {rows} 行を写し、件数、監査記録、公開ファイルを確かめました。"
        "監査記録を確かめる鍵(KAIZU_AUDIT_KEY または var/audit_key)も、別の場所に保管してください。"
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore_command(file: Path) -> None:
    """バックアップを空のデータベースに戻し、確かめる。"""
    shell = Shell()
    summary = backup.restore(shell.database, file, audit_key=shell.config.audit_key)
    say(
        f"{sum(summary.counts.values())} 行を戻し、確かめました。監査記録の最後のハッシュ: {summary.head}"
    )


@click.command("check")
def check_command() -> None:
    """設定とデータベースの状態を確かめる。"""
    shell = Shell()
    findings: list[str] = []
    if shell.config.insecure_http:
        findings.append(
            "KAIZU_INSECURE_HTTP=1 のため、通信が暗号化されません。試用のときだけ使ってください。"
        )
    current = migrate.current(shell.database)
    if current != migrate.newest():
        findings.append(
            f"データベースの版が {current or 'なし'} です。kaizu migrate を実行してください。"
        )
    else:
        with shell.database.engine.connect() as connection:
            gone = frozen.missing(connection)
        if gone:
            findings.append(f"履歴を守るトリガーがありません: {', '.join(gone)}")
        with shell.database.read() as session:
            chain = audit.verify(session, shell.config.audit_key)
            shared = demo.accounts_with_demo_password(session)
        if chain.broken is not None:
            findings.append(f"監査記録の {chain.broken} 番が確かめられません。{chain.reason}")
        if shared:
            findings.append(
                f"実演用のパスワードのままのアカウントが {shared} 件あります。"
                "公開する前に、再設定リンクで変えるか停止してください。"
            )
    for finding in findings:
        say(finding)
    if findings:
        sys.exit(FINDINGS)
    say("設定、データベース、監査記録に問題はありません。")
