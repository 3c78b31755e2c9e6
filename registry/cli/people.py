"""Commands on accounts and on the record of what they did."""

from __future__ import annotations

import sys

import click

from registry import audit
from registry.access import Role, terminal_actor
from registry.accounts import passwords
from registry.accounts import queries as accounts_queries
from registry.accounts import service as accounts
from registry.cli.shell import Shell
from registry.cli.terminal import FINDINGS, say
from registry.errors import Invalid, NotFound
from registry.municipalities import queries as municipalities
from registry.vendors import service as vendors


@click.group("user")
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
    say(f"{email} を作りました。")


@click.command("token")
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


@click.group("audit")
def audit_group() -> None:
    """監査記録。"""


@audit_group.command("verify")
def audit_verify() -> None:
    """監査記録の鎖を最初から確かめる。"""
    shell = Shell()
    with shell.database.read() as session:
        found = audit.verify(session, shell.config.audit_key)
    if found.broken is not None:
        say(f"{found.broken} 番の監査記録が確かめられません。{found.reason}")
        sys.exit(FINDINGS)
    say(f"監査記録 {found.count} 件は、すべてつながっています。最後のハッシュ: {found.head}")
