"""The command line: the composition root without a browser.

Commands exit 0 when done, 1 when done with findings or rejected rows, 2 when refused (nothing
changed). With `--format json` one JSON document goes to standard output, messages to standard
error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit, backup, config, frozen, logs, migrate, transaction, worker
from registry.access import Actor, Role, terminal_actor
from registry.accounts import passwords
from registry.accounts import queries as accounts_queries
from registry.accounts import service as accounts
from registry.comparison import commands as comparison
from registry.db import Database
from registry.errors import DomainError, Invalid, NotFound
from registry.municipalities import queries as municipalities
from registry.overview import demo, lists, loading
from registry.overview.loading import Folder
from registry.processes import commands as flow_commands
from registry.requirements import commands as requirements_commands
from registry.requirements import linting
from registry.specs import commands as specs_commands
from registry.standards import commands as standards_commands
from registry.text.severity import Severity
from registry.vendors import service as vendors

DONE: Final = 0
FINDINGS: Final = 1
REFUSED: Final = 2

Command = TypeVar("Command", bound=Callable[..., Any])


class Shell:
    """The settings and database of one command."""

    def __init__(self) -> None:
        self.config = config.read()
        self.database = Database(self.config.database_url, pool_size=self.config.pool_size)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with transaction.writing(self.database, audit_key=self.config.audit_key) as session:
            yield session

    def actor(self, email: str | None) -> Actor:
        """The person named by --as or KAIZU_AS with that person's rights, else 管理者(端末).

        Raises NotFound for an unknown or stopped account.
        """
        name = email or os.environ.get("KAIZU_AS", "")
        with self.database.read() as session:
            if not name:
                return terminal_actor(municipalities.region(session).id)
            return self._person(session, name)

    def _person(self, session: Session, name: str) -> Actor:
        account = accounts_queries.by_email(session, name)
        if account is None or account.deactivated_at is not None:
            raise NotFound(f"{name} のアカウントは見つからないか、停止しています。")
        return accounts_queries.actor_of(session, account)


class Group(click.Group):
    """Refusals become a Japanese line on standard error and exit 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except DomainError as error:
            _complain(error.message)
            for field, texts in getattr(error, "fields", {}).items():
                for text in texts:
                    _complain(f"  {field}: {text}")
        except config.ConfigError as error:
            _complain(str(error))
        except sa.exc.OperationalError as error:
            _complain(
                f"データベースを使えません。KAIZU_DATABASE_URL を確かめてください。({error.orig})"
            )
        sys.exit(REFUSED)


@click.group(cls=Group)
def main() -> None:
    """海図: 自治体の要件を記録し、比べ、合意し、標準要件仕様書にする。"""
    logs.configure()


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


@main.command("migrate")
def migrate_command() -> None:
    """データベースを作る、または新しい版に上げる。"""
    shell = Shell()
    migrate.upgrade(shell.database)
    _say(f"データベースは最新です(版 {migrate.newest()})。")


@main.command("load")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def load_command(folder: Path) -> None:
    """フォルダーの文書(圏域、団体、目標、業務、要件一覧、人)を読み込む。二度目は何も変えない。"""
    _load(Shell(), Folder(folder))
    _say(f"{folder} を読み込みました。")


def _load(shell: Shell, folder: Folder) -> Actor:
    with shell.writing() as session:
        actor = loading.load(session, folder)
    for file in lists.list_files(folder):
        with shell.writing() as session:
            lists.load(session, actor, folder, file)
    return actor


@main.command("demo")
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
        _say("団体の要件を対応付けています…")
        with shell.writing() as session:
            demo.align(session, fixture, wanted)
        _say("標準要件を決めています…")
        with shell.writing() as session:
            demo.decide(session, fixture, wanted)
        _say(f"第{wanted.number}版を凍結しています…")
        demo.freeze(shell.database, shell.config.audit_key, fixture, wanted)
        _say("次の版の案を用意しています…")
        with shell.writing() as session:
            demo.open_work(session, fixture, wanted)
    _say("仕様書を作っています…")
    worker.drain(shell.config, shell.database)
    with shell.writing() as session:
        demo.deliver(session, fixture, wanted)
    specs_commands.build(shell.database, actor, slug=wanted.business, number=wanted.number, out=out)
    _say(f"{out}/ に仕様書を書き出しました。")
    _say(f"実演用のパスワード(全員同じ): {demo.PASSWORD}")


@main.group("user")
def user_group() -> None:
    """アカウント。"""


@user_group.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(Role.values()))
@click.option("--municipality", help="団体コード(6 桁)")
@click.option("--vendor", help="事業者名")
@click.option("--name", help="氏名(省略するとメールアドレス)")
@click.option("--region", help="圏域コード(圏域が一つなら省略できる)")
@click.option("--password-stdin", is_flag=True, help="パスワードを標準入力から読む")
def user_add(
    email: str,
    role: str,
    municipality: str | None,
    vendor: str | None,
    name: str | None,
    region: str | None,
    password_stdin: bool,
) -> None:
    """アカウントを作る。パスワードは標準入力から、または再設定リンクで設定する。"""
    shell = Shell()
    password_hash = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
        passwords.check(password, email=email)
        password_hash = passwords.hash_password(password)
    with shell.writing() as session:
        place = municipalities.region(session, region)
        actor = terminal_actor(place.id)
        town = municipalities.by_code(session, actor, municipality) if municipality else None
        account = accounts.create_account(
            session,
            actor,
            email=email,
            name=name or email,
            role=Role(role),
            municipality=town,
            password_hash=password_hash,
        )
        if (account.role is Role.VENDOR) != (vendor is not None):
            raise Invalid("事業者の役割には --vendor を、ほかの役割には付けずに指定してください。")
        if vendor is not None:
            vendors.join(session, actor, name=vendor, account_id=account.id)
    _say(f"{email} を作りました。")


@main.command("token")
@click.argument("email")
def token_command(email: str) -> None:
    """API トークンを作り、一度だけ表示する(90 日有効)。"""
    shell = Shell()
    with shell.writing() as session:
        account = accounts_queries.by_email(session, email)
        if account is None or account.deactivated_at is not None:
            raise NotFound(f"{email} のアカウントは見つからないか、停止しています。")
        token = accounts.create_token(session, terminal_actor(account.region_id), account)
    print(token)


@main.group("audit")
def audit_group() -> None:
    """監査記録。"""


@audit_group.command("verify")
def audit_verify() -> None:
    """監査記録の鎖を最初から確かめる。"""
    shell = Shell()
    with shell.database.read() as session:
        found = audit.verify(session, shell.config.audit_key)
    if found.broken is not None:
        _complain(f"{found.broken} 番の監査記録が確かめられません。{found.reason}")
        sys.exit(FINDINGS)
    _say(f"監査記録 {found.count} 件は、すべてつながっています。最後のハッシュ: {found.head}")


@main.group("import")
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
    report = requirements_commands.import_file(
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
        _complain(
            f"{one['row']} 行目「{one['column']}」{one['value']}: {one['reason']}{one['mend']}"
        )
    done = "取り込みました" if report["stored"] else "取り込むとこうなります(何も保存していません)"
    _say(
        f"{done}: 追加 {report['new']}、変更 {report['changed']}、変更なし {report['unchanged']}、"
        f"取り込めない行 {report['rejected_rows']}、一覧にない既存の行 {len(report['missing'])}"
    )
    if form == "json":
        _print_json(report)
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
    report = standards_commands.import_national(
        shell.database,
        shell.actor(email),
        source=source,
        name=name,
        edition=edition,
        audit_key=shell.config.audit_key,
    )
    lines, references = report["lines"], report["references"]
    _say(
        f"{name} {edition}: {report['items']} 項目、"
        f"必須 {lines['mandatory']}・任意 {lines['optional']}・実装しない {lines['prohibited']} 行、"
        f"参照 {references['resolved']} 件(未収録の章への参照 {len(references['unresolved'])} 件)"
    )
    if form == "json":
        _print_json(report)


@main.command("compare")
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
            _print_json(comparison.compare(session, actor, business))
        else:
            sys.stdout.write(comparison.compare_csv(session, actor, business))


@main.command("lint")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheets", is_flag=True, help="あるべき姿シート(見出しのあるtsv)を点検する")
@click.option("--settings", type=click.Path(path_type=Path), help="点検の設定(TOML)")
@formatted("text", "json")
def lint_command(file: Path, sheets: bool, settings: Path | None, form: str) -> None:
    """要件の行(1行に1件の文章、または取り込める一覧)のあいまいな点を挙げる。何も変更しない。"""
    chosen = linting.settings_of(settings)
    report = linting.lint_sheet_file(file, chosen) if sheets else linting.lint_file(file, chosen)
    if form == "json":
        _print_json(report)
    else:
        for line in linting.as_text(report):
            print(line)
    found = sum(len(one["findings"]) for one in report)
    _say(f"{len(report)} 件を点検し、{found} か所が見つかりました。")
    if found:
        sys.exit(FINDINGS)


@main.command("align")
@click.argument("business")
@formatted("text", "json")
@acting
def align_command(business: str, form: str, email: str | None) -> None:
    """まだ対応付けていない行の提案を、点数と理由を付けて出す。何も変更しない。"""
    shell = Shell()
    actor = shell.actor(email)
    with shell.database.read() as session:
        proposals = comparison.align(session, actor, business)
    if form == "json":
        _print_json(proposals)
        return
    for proposal in proposals:
        print(f"{proposal['score']:.2f} {proposal['group'] or '新しいまとまり'} {proposal['why']}")
        for line in proposal["lines"]:
            print(f"     {line['municipality']} {line['text']}")


@main.group("flow")
def flow_group() -> None:
    """業務フロー(BPMN 2.0 のファイル、または手順表 .tsv)。データベースは要らない。"""


@flow_group.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@formatted("text", "json")
def flow_check(file: Path, form: str) -> None:
    """フローの誤りや足りないところを、場所と直し方を付けて知らせる。"""
    report = flow_commands.check(file)
    grave = [one for one in report["findings"] if one["severity"] != "advice"]
    if form == "json":
        _print_json(report)
    else:
        for one in report["findings"]:
            print(f"{Severity(one['severity']).label} {one['place']}: {one['message']}")
    _say(f"手順 {report['steps']}、指摘 {len(grave)}、助言 {len(report['findings']) - len(grave)}")
    if grave:
        sys.exit(FINDINGS)


@flow_group.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="書き出す SVG")
def flow_render(file: Path, out: Path) -> None:
    """フローを図(SVG)にする。座標があればそのとおりに、なければ担当ごとに並べて描く。"""
    unknown = flow_commands.render(file, out)
    _say(f"{out} に書き出しました。")
    if unknown:
        _complain(f"業務フローの図にないため描かなかったもの: {'、'.join(unknown)}")
        sys.exit(FINDINGS)


@flow_group.command("diff")
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@formatted("json")
def flow_diff(one: Path, other: Path, form: str) -> None:
    """二つのフローを内容で比べる。ID、座標、書いた順の違いは見ない。"""
    del form  # there is only one
    _print_json(flow_commands.diff(one, other))


@flow_group.command("table")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=".tsv または .bpmn")
def flow_table(file: Path, out: Path) -> None:
    """フローを手順表(.tsv)に、手順表をフロー(.bpmn)にする。"""
    flow_commands.table(file, out)
    _say(f"{out} に書き出しました。")


@main.command("match")
@click.argument("asked", required=False, type=click.Path(path_type=Path))
@click.argument("among", required=False, type=click.Path(path_type=Path))
@click.option("--top", default=3, show_default=True, type=click.IntRange(1, 100), help="候補の数")
@click.option("--pairs", type=click.Path(path_type=Path), help="2列の TSV の各行の関係を調べる")
@click.option("--group", type=click.Path(path_type=Path), help="同じ内容の行をまとめる")
@click.option(
    "--with", "helper", type=click.Choice(["nlp"]), help="追加の部品も使う(入っているとき)"
)
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
        _complain(message)
    print(answer.text)
    sys.exit(answer.code)


@main.group("edition")
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
    edition = specs_commands.create_edition(
        shell.database,
        shell.config.audit_key,
        shell.actor(email),
        slug=business,
        number=number,
        issued_on=issued_on.date() if issued_on else None,
        title=title,
    )
    _say(f"第{edition.number}版を凍結しました。SHA-256: {edition.sha256}")


@main.group("spec")
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
    written = specs_commands.build(
        shell.database, shell.actor(email), slug=business, number=number, out=out, again=again
    )
    for path in written:
        _say(str(path))


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup_command(file: Path) -> None:
    """内容を一つのファイルに写し、読み直して確かめる。"""
    shell = Shell()
    summary = backup.backup(shell.database, file, audit_key=shell.config.audit_key)
    rows = sum(summary.counts.values())
    _say(
        f"{file} に {len(summary.counts)} 表 {rows} 行を写し、件数、監査記録、公開ファイルを確かめました。"
        "監査記録を確かめる鍵(KAIZU_AUDIT_KEY または var/audit_key)も、別の場所に保管してください。"
    )


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
def restore_command(file: Path) -> None:
    """バックアップを空のデータベースに戻し、確かめる。"""
    shell = Shell()
    summary = backup.restore(shell.database, file, audit_key=shell.config.audit_key)
    _say(
        f"{sum(summary.counts.values())} 行を戻し、確かめました。監査記録の最後のハッシュ: {summary.head}"
    )


@main.command("check")
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
        _complain(finding)
    if findings:
        sys.exit(FINDINGS)
    _say("設定、データベース、監査記録に問題はありません。")


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def serve_command(host: str, port: int, workers: int) -> None:
    """Web サーバーを動かす(gunicorn)。"""
    os.execv(  # noqa: S606 - our own interpreter with fixed arguments
        sys.executable,
        [
            *(sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(config.ROOT)),
            *("--bind", f"{host}:{port}", "--workers", str(workers)),
            *("--worker-class", "gthread", "--threads", "4", "--timeout", "60"),
            *("--graceful-timeout", "30", "--access-logfile", "/dev/null"),
            "--no-control-socket",
        ],
    )


@main.command("work")
@click.option("--once", is_flag=True, help="たまっている処理を終えたら止まる")
def work_command(once: bool) -> None:
    """時間のかかる処理(取込、提案、PDF)を裏で行う。"""
    shell = Shell()
    if once:
        _say(f"{worker.drain(shell.config, shell.database)} 件の処理を終えました。")
        return
    worker.serve(shell.config, shell.database)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
