"""Home, jobs, audit and help, as each role meets them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest

from registry import jobs, transaction
from registry.access import Role
from registry.db import Database
from registry.overview import quality
from tests.conftest import AUDIT_KEY, Client
from tests.world import World

SignedIn = Callable[[str], Client]
ADMINISTRATOR = "administrator@bureau.example"
COORDINATOR = "coordinator@bureau.example"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_home_shows_the_towns_progress_to_those_who_read_content(signed_in: SignedIn) -> None:
    page = text(signed_in("editor@072028.example"), "/")
    for word in ("あなたの作業", "入力率", "対応付け率", "合意率", "喜多方市"):
        assert word in page


@pytest.mark.parametrize("email", ["vendor@vendor-a.example", ADMINISTRATOR])
def test_home_shows_others_no_town(signed_in: SignedIn, email: str) -> None:
    page = text(signed_in(email), "/")
    assert "あなたの作業" in page
    assert "入力率" not in page
    assert "喜多方市" not in page


def test_progress_can_be_taken_away(signed_in: SignedIn) -> None:
    answer = signed_in(COORDINATOR).send("/progress/export")
    book = openpyxl.load_workbook(BytesIO(answer.get_data()))
    codes = {cell.value for cell in next(book.active.iter_cols(max_col=1))}  # type: ignore[union-attr]
    assert {"072028", "072087", "074225"} <= codes


def add_job(database: Database, world: World) -> int:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        return jobs.enqueue(session, world.of("editor"), "requirements.import", {}).id


def test_a_jobs_page_polls_while_it_waits(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    job_id = add_job(database, world)
    client = signed_in("editor@072028.example")
    page = text(client, f"/jobs/{job_id}")
    assert "要件の取込" in page
    assert f"/jobs/{job_id}/progress" in page
    assert "順番を待っています" in text(client, f"/jobs/{job_id}/progress")
    assert signed_in("editor@072087.example").get(f"/jobs/{job_id}").status_code == 404
    assert client.get("/jobs/999999").status_code == 404


def test_the_list_of_jobs_is_the_administrators(
    signed_in: SignedIn, database: Database, world: World
) -> None:
    add_job(database, world)
    assert "要件の取込" in text(signed_in(ADMINISTRATOR), "/jobs")
    assert "処理はありません" in text(signed_in(ADMINISTRATOR), "/jobs?state=failed")
    assert signed_in(ADMINISTRATOR).get("/jobs?state=nonsense").status_code == 422
    assert signed_in(COORDINATOR).get("/jobs").status_code == 403
    assert signed_in(ADMINISTRATOR).send("/jobs/export").status_code == 200


def test_the_audit_record_is_shown_filtered_and_verified(signed_in: SignedIn) -> None:
    client = signed_in(ADMINISTRATOR)
    assert "accounts.sign_in" in text(client, "/audit")
    assert "合う記録はありません" in text(client, "/audit?action=no.such")
    assert "すべての記録がつながっています" in text(client, "/audit/verification")
    assert client.get("/audit?since=tomorrow").status_code == 422
    assert client.send("/audit/export", action="accounts.").status_code == 200
    assert signed_in(COORDINATOR).get("/audit").status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_its_help(signed_in: SignedIn, role: Role) -> None:
    client = signed_in(COORDINATOR)
    assert role.label in text(client, f"/help/{role.value}")
    assert client.get("/help/king").status_code == 404


def test_help_index(signed_in: SignedIn) -> None:
    assert "広域調整担当" in text(signed_in(COORDINATOR), "/help")


def test_help_on_the_engines_gives_their_measured_figures(signed_in: SignedIn) -> None:
    page = text(signed_in(COORDINATOR), "/help/engines")
    for found in quality.measured("matching")["parts"].values():
        assert f"({found['pairs']}組)での成績" in page
        assert f"{found['pair']['kaizu']['f1'] * 100:.1f}%" in page
    for judged in quality.measured("clarity")["parts"].values():
        assert f"要件 {judged['lines']}行、シート {judged['sheets']}枚" in page
