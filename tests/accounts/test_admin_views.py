"""Accounts as an administrator keeps them, in a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from registry import transaction
from registry.access import Role
from registry.accounts.models import Account, PasswordReset
from registry.audit import AuditEvent
from registry.db import Database, now
from registry.municipalities.models import Municipality, MunicipalityKind
from registry.web.idempotency import StoredAnswer
from tests.conftest import AUDIT_KEY, Client
from tests.counting import statements
from tests.world import PASSWORD, World

SignedIn = Callable[[str], Client]
ADMINISTRATOR = "administrator@bureau.example"
EDITOR = "editor@072028.example"
NEW = {
    "email": "Saito@072028.example",
    "name": "齋藤 花子",
    "role": "contributor",
    "municipality": "072028",
}
PASSPHRASE = "kitsune no yomeiri 8"


def text(answer: TestResponse) -> str:
    page = unescape(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))
    return " ".join(page.split())


def stored(database: Database, email: str) -> Account:
    with database.read() as session:
        found = session.scalar(sa.select(Account).where(Account.email == email))
        assert found is not None
        return found


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Account)) or 0


@pytest.fixture
def admin(signed_in: SignedIn) -> Client:
    return signed_in(ADMINISTRATOR)


@pytest.fixture
def path(world: World) -> str:
    return f"/accounts/{world.accounts[EDITOR].id}"


def test_the_list_shows_the_region_and_is_narrowed(admin: Client) -> None:
    page = text(admin.get("/accounts"))
    assert "全13件" in page
    assert "小笠原村" not in page
    narrowed = admin.get("/accounts?town=072087&role=editor")
    assert "全1件" in text(narrowed)
    assert "editor@072087.example" in text(narrowed)
    assert 'value="072087" selected' in narrowed.get_data(as_text=True)
    assert "条件を消す" in text(narrowed)
    assert "全4件" in text(admin.get("/accounts?town=none"))
    assert "全1件" in text(admin.get("/accounts?words=湯川村+団体承認者"))
    assert "当てはまるアカウントがありません" in text(admin.get("/accounts?state=stopped"))
    assert admin.get("/accounts?role=king").status_code == 422
    assert admin.get("/accounts?page=x").status_code == 422


def test_a_long_list_has_pages_that_keep_the_filter(admin: Client) -> None:
    page = admin.get("/accounts?page_size=5&page=2&state=active")
    assert "6〜10件目" in text(page)
    link = re.search(r'<a href="([^"]+)" rel="next"', page.get_data(as_text=True))
    assert link
    assert "state=active" in link[1]
    assert "page=3" in link[1]


@pytest.mark.parametrize(
    "email",
    [EDITOR, "approver@072028.example", "coordinator@bureau.example", "vendor@vendor-a.example"],
)
def test_other_roles_are_refused(
    signed_in: SignedIn, database: Database, path: str, email: str
) -> None:
    client = signed_in(email)
    for page in ("/accounts", "/accounts/new", path, f"{path}/edit"):
        assert client.get(page).status_code == 403
    for act in ("deactivate", "reactivate", "reset-link", "edit"):
        assert client.send(f"{path}/{act}", version=1, **NEW).status_code == 403
    assert client.send("/accounts/new", **NEW).status_code == 403
    assert client.send("/accounts/export").status_code == 403
    assert stored(database, EDITOR).deactivated_at is None


def test_another_regions_administrator_finds_nothing(
    signed_in: SignedIn, database: Database, path: str
) -> None:
    client = signed_in("administrator@elsewhere.example")
    for page in (path, f"{path}/edit"):
        assert client.get(page).status_code == 404
    for act in ("deactivate", "reactivate", "reset-link", "edit"):
        assert client.send(f"{path}/{act}", version=1, **NEW).status_code == 404
    assert "会津若松市" not in text(client.get("/accounts"))
    assert client.get("/accounts/999999").status_code == 404
    assert stored(database, EDITOR).version == 1


def test_a_new_account_waits_for_its_reset_link(
    admin: Client, client: Client, database: Database
) -> None:
    answer = admin.send("/accounts/new", **NEW)
    made = stored(database, "saito@072028.example")
    assert answer.headers["Location"] == f"/accounts/{made.id}"
    assert (made.role, made.password_hash) == (Role.CONTRIBUTOR, None)
    page = text(admin.get(f"/accounts/{made.id}"))
    assert "再設定リンクを発行" in page
    assert "パスワード 未設定" in page
    assert "事業者に結び付ける" not in page
    entered = client.send("/sign-in", email=made.email, password=PASSWORD)
    assert entered.status_code == 422


def test_a_vendors_account_names_the_next_step(admin: Client, database: Database) -> None:
    admin.send("/accounts/new", **NEW | {"role": "vendor", "municipality": ""})
    made = stored(database, "saito@072028.example")
    assert "「配布」の画面でこのアカウントを事業者に結び付ける" in text(
        admin.get(f"/accounts/{made.id}")
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": "saito"}, "メールアドレスの形で"),
        ({"email": "EDITOR@072028.example"}, "すでに使われています"),
        ({"name": ""}, "氏名: 入力してください"),
        ({"role": ""}, "役割: 原課職員、情報部門"),
        ({"role": "king"}, "管理者 から選んでください"),
        ({"municipality": ""}, "原課職員には団体を選んでください"),
        ({"role": "coordinator"}, "広域調整担当には団体を付けられません"),
        ({"municipality": "134210"}, "団体を一覧から選んでください"),
    ],
)
def test_a_bad_account_is_named_and_kept(
    admin: Client, database: Database, change: dict[str, str], message: str
) -> None:
    before = count(database)
    answer = admin.send("/accounts/new", **{**NEW, **change})
    assert answer.status_code == 422
    assert message in text(answer)
    if "name" not in change:
        assert 'value="齋藤 花子"' in answer.get_data(as_text=True)
    assert count(database) == before


def test_an_april_move_ends_what_was_open(
    admin: Client, signed_in: SignedIn, database: Database, path: str, world: World
) -> None:
    person = signed_in(EDITOR)
    hidden = admin.hidden(f"{path}/edit")
    moved = {"name": "会津若松市 情報部門", "role": "approver", "municipality": "072087"}
    assert admin.post(f"{path}/edit", data=hidden | moved).status_code == 303
    account = stored(database, EDITOR)
    assert (account.role, account.municipality_id) == (Role.APPROVER, world.towns["072087"].id)
    assert person.get("/account").status_code == 303


def test_a_changed_name_ends_nothing(
    admin: Client, signed_in: SignedIn, database: Database, path: str
) -> None:
    person = signed_in(EDITOR)
    hidden = admin.hidden(f"{path}/edit")
    same = {"name": "髙﨑 次郎", "role": "editor", "municipality": "072028"}
    assert admin.post(f"{path}/edit", data=hidden | same).status_code == 303
    assert "髙﨑 次郎" in text(person.get("/account"))


def test_a_bad_change_is_named_and_kept(admin: Client, database: Database, path: str) -> None:
    hidden = admin.hidden(f"{path}/edit")
    typed = {"name": "髙﨑 次郎", "role": "vendor", "municipality": "072028"}
    answer = admin.post(f"{path}/edit", data=hidden | typed)
    assert answer.status_code == 422
    assert "事業者には団体を付けられません" in text(answer)
    assert 'value="髙﨑 次郎"' in answer.get_data(as_text=True)
    assert admin.send(f"{path}/edit", **typed | {"role": "editor"}).status_code == 422
    assert stored(database, EDITOR).version == 1


def test_a_stale_change_shows_both_sides(admin: Client, database: Database, path: str) -> None:
    first = {"name": "先の人", "role": "editor", "municipality": "072087"}
    assert admin.send(f"{path}/edit", version=1, **first).status_code == 303
    typed = {"name": "後の人", "role": "approver", "municipality": "072028"}
    late = admin.send(f"{path}/edit", version=1, **typed)
    assert late.status_code == 409
    page = text(late)
    assert "氏名 後の人 先の人" in page
    assert "役割 団体承認者 情報部門" in page
    assert "団体 会津若松市 喜多方市" in page
    assert stored(database, EDITOR).name == "先の人"
    version = re.search(r'name="version" value="(\d+)"', late.get_data(as_text=True))
    assert version
    assert admin.send(f"{path}/edit", version=version[1], **typed).status_code == 303


def test_stopping_and_starting_again(
    admin: Client, signed_in: SignedIn, client: Client, database: Database, path: str
) -> None:
    person = signed_in(EDITOR)
    assert admin.send(f"{path}/deactivate", version=1).status_code == 303
    assert person.get("/account").status_code == 303
    assert client.send("/sign-in", email=EDITOR, password=PASSWORD).status_code == 422
    assert "停止中のアカウントです" in text(admin.get(path))
    assert "停止中" in text(admin.get("/accounts?state=stopped"))
    late = admin.send(f"{path}/reactivate", version=1)
    assert late.status_code == 409
    assert "ほかの人が先に保存した" in text(late)
    assert admin.send(f"{path}/reactivate", version=2).status_code == 303
    assert client.send("/sign-in", email=EDITOR, password=PASSWORD).status_code == 303
    assert admin.send(f"{path}/deactivate", version=1).status_code == 409
    assert admin.send(f"{path}/deactivate").status_code == 422
    assert stored(database, EDITOR).deactivated_at is None


def test_the_last_administrator_stays(admin: Client, database: Database, world: World) -> None:
    own = f"/accounts/{world.accounts[ADMINISTRATOR].id}"
    assert "これは自分のアカウントです" in text(admin.get(own))
    stopped = admin.send(f"{own}/deactivate", version=1)
    assert stopped.status_code == 409
    assert "最後の管理者" in text(stopped)
    typed = {"name": "x", "role": "coordinator", "municipality": ""}
    changed = admin.send(f"{own}/edit", version=1, **typed)
    assert changed.status_code == 409
    assert "最後の管理者" in text(changed)
    assert stored(database, ADMINISTRATOR).role is Role.ADMINISTRATOR


def test_a_reset_link_is_shown_once_and_stored_nowhere(
    admin: Client, client: Client, database: Database, path: str
) -> None:
    answer = admin.send(f"{path}/reset-link", idempotency_key="once")
    link = re.search(r"http://localhost(/password-reset/[\w-]+)", text(answer))
    assert answer.status_code == 200
    assert link
    token = link[1].rpartition("/")[2]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "/password-reset/" not in admin.get(path).get_data(as_text=True)
    with database.read() as session:
        kept = session.scalars(sa.select(StoredAnswer.body).order_by(StoredAnswer.id)).all()
        events = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.sequence)).all()
        hashes = session.scalars(
            sa.select(PasswordReset.token_hash).order_by(PasswordReset.id)
        ).all()
    assert not any(token in body for body in kept)
    assert not any(token in f"{event.before}{event.after}{event.subject}" for event in events)
    assert events[-1].action == "accounts.create_reset"
    assert token not in hashes
    assert client.send(link[1], password=PASSPHRASE, repeat=PASSPHRASE).status_code == 303
    assert client.send("/sign-in", email=EDITOR, password=PASSPHRASE).status_code == 303


def test_a_new_link_ends_the_one_before(admin: Client, client: Client, path: str) -> None:
    links = [
        re.search(r"(/password-reset/[\w-]+)", text(admin.send(f"{path}/reset-link")))
        for _ in range(2)
    ]
    assert links[0]
    assert links[1]
    assert client.get(links[0][1]).status_code == 404
    assert client.get(links[1][1]).status_code == 200


def test_a_stopped_account_gets_no_link(admin: Client, path: str) -> None:
    admin.send(f"{path}/deactivate", version=1)
    assert "再設定リンクを発行</button>" not in admin.get(path).get_data(as_text=True)
    refused = admin.send(f"{path}/reset-link")
    assert refused.status_code == 409
    assert "先に再開してください" in text(refused)


def test_the_list_comes_as_a_workbook_and_is_recorded(admin: Client, database: Database) -> None:
    answer = admin.send("/accounts/export", town="072087")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[2] for row in rows] == [
        "メールアドレス",
        "approver@072087.example",
        "contributor@072087.example",
        "editor@072087.example",
    ]
    assert rows[1] == (
        "喜多方市",
        "喜多方市 団体承認者",
        "approver@072087.example",
        "団体承認者",
        "利用中",
        "設定済み",
    )
    with database.read() as session:
        event = session.scalars(
            sa.select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)
        ).one()
    assert (event.action, event.after) == ("accounts.export", {"rows": 3})
    assert admin.send("/accounts/export", role="king").status_code == 422


@pytest.mark.parametrize("page", ["/accounts", "/accounts/new", "{path}", "{path}/edit"])
def test_more_towns_and_people_need_no_more_queries(
    admin: Client, database: Database, world: World, path: str, page: str
) -> None:
    page = page.format(path=path)
    with statements(database) as few:
        assert admin.get(page).status_code == 200
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for number in range(10):
            town = Municipality(
                region_id=world.region.id,
                code=f"08000{number}",
                name=f"町{number}",
                kana="まち",
                kind=MunicipalityKind.TOWN,
                population=1000,
            )
            session.add(town)
            session.flush()
            session.add(
                Account(
                    region_id=world.region.id,
                    municipality_id=town.id,
                    email=f"editor@08000{number}.example",
                    name="担当",
                    role=Role.EDITOR,
                    password_hash=None,
                    created_at=now(),
                )
            )
    with statements(database) as many:
        assert admin.get(page).status_code == 200
    assert len(many) == len(few)
