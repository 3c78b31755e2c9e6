"""Fields that are not on the form, versions that are not the newest, approvals of one's own."""

from __future__ import annotations

from typing import Any

from registry import transaction
from registry.access import Role
from registry.accounts.models import Account
from registry.db import Database
from registry.requirements import reviewing
from registry.requirements import service as requirements
from registry.requirements.models import Requirement, RequirementState
from registry.requirements.values import Values
from tests.attacks.people import (
    APPROVER,
    COORDINATOR,
    EDITOR,
    IMPORTS,
    VENDOR_A,
    Api,
    SignedIn,
    content_of,
    on_sqlite,
)
from tests.conftest import AUDIT_KEY, Client
from tests.journeys.stage import NEIGHBOUR, OWN, SLUG, Stage
from tests.world import World


def test_fields_that_are_not_on_the_form_change_nothing(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    forged = {
        "state": "confirmed",
        "status": "agreed",
        "municipality_id": str(world.towns[NEIGHBOUR].id),
        "region_id": str(world.other_region.id),
        "submitted_version_id": "1",
        "confirmed_version_id": str(stage.neighbour.submitted_version),
        "role": "administrator",
        "id": str(stage.neighbour.draft),
        "account_id": "1",
        "deleted_at": "",
    }
    editor = signed_in(EDITOR)
    answer = editor.send(
        f"/requirements/{SLUG}/{stage.own.draft}/edit", version="1", text="新しい文面。", **forged
    )
    assert answer.status_code == 303
    with database.read() as session:
        row = session.get_one(Requirement, stage.own.draft)
        assert (row.municipality_id, row.state) == (world.towns[OWN].id, RequirementState.DRAFT)
        assert row.version == 2
        assert (row.submitted_version_id, row.confirmed_version_id) == (None, None)
        assert session.get_one(Requirement, stage.neighbour.draft).version == 1
    program = api(EDITOR)
    path = f"/municipalities/{OWN}/businesses/{SLUG}/requirements"
    before = content_of(database)
    for name in (*forged, "version", "draft_version_id", "list_id", "mark"):
        body = {"text": "追加できること。", name: forged.get(name, "1")}
        for method, where in (("POST", path), ("PUT", f"{path}/{stage.own.draft}")):
            answer = program.call(method, where, body, If_Match=f'"{stage.own.draft}-2"')
            assert answer.status_code == 422, f"{method} {name}"
    goal = {"statement": "x", "region_id": 2, "version": 9, "closed": True}
    assert api(COORDINATOR).call("POST", "/goals", goal).status_code == 422
    assert content_of(database) == before


@on_sqlite
def test_nobody_gives_themselves_a_role(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    before = content_of(database)
    own = world.accounts[EDITOR].id
    for email in (EDITOR, COORDINATOR, VENDOR_A):
        client = signed_in(email)
        form = {"name": "x", "role": "administrator", "municipality": "", "version": "1"}
        assert client.send(f"/accounts/{own}/edit", **form).status_code == 403
        assert client.send("/accounts/new", email="x@x.example", **form).status_code == 403
    assert content_of(database) == before
    with database.read() as session:
        assert session.get_one(Account, own).role is Role.EDITOR


def test_stale_and_missing_versions_are_refused(
    stage: Stage, world: World, signed_in: SignedIn, api: Api, database: Database
) -> None:
    editor, bureau = signed_in(EDITOR), signed_in(COORDINATOR)
    program = api(EDITOR)
    before = content_of(database)
    standard = f"/standards/{SLUG}/{stage.standard}"
    line = {"text": "別の文面。"}
    goal = {
        "statement": "別の状態ができている",
        "viewpoint": "program",
        "horizon": "medium",
        "beneficiary": "resident",
    }
    applied = {f"state-{OWN}": "exception", f"value-{OWN}": "例外"}
    decision = {"outcome": "reject", "reason": "理由", "decided_on": "2026-09-02"}
    wording = {
        "title": "別",
        "text": "別の文面。",
        "obligation": "optional",
        "kind": "functional",
        "phase": "",
        "goal": "",
        "reason": "",
    }
    tries: list[tuple[Client, str, dict[str, Any], str]] = [
        (editor, f"/requirements/{SLUG}/{stage.own.draft}/edit", line, "version"),
        (editor, f"/requirements/{SLUG}/{stage.own.draft}/delete", {}, "version"),
        (
            editor,
            f"/requirements/{SLUG}/delete",
            {"selected": str(stage.own.draft)},
            f"rows-{stage.own.draft}-version",
        ),
        (editor, f"{IMPORTS}/{stage.own.preview}/start", {}, "version"),
        (editor, f"{IMPORTS}/{stage.own.stored}/undo", {}, "version"),
        (editor, f"/businesses/{SLUG}/record", {"division": "課"}, "version"),
        (bureau, "/goals/G-1-2/edit", goal, "version"),
        (bureau, "/goals/G-1-2/move", {"parent_id": "", "position": "1"}, "version"),
        (bureau, "/goals/G-1-2/close", {"closed": "1"}, "version"),
        (bureau, f"/businesses/{SLUG}/edit", {"name": "別"}, "version"),
        (bureau, f"{standard}/edit", wording, "version"),
        (bureau, f"{standard}/decide", decision, "version"),
        (bureau, f"{standard}/applications", applied, f"version-{OWN}"),
        (bureau, f"/compare/{SLUG}/groups/{stage.group}/edit", {"label": "別"}, "version"),
        (bureau, f"/deliveries/{stage.delivery}/withdraw", {"reason": "理由"}, "version"),
    ]
    for client, address, form, name in tries:
        for version in (None, "", "99", "9" * 5000, "1; DROP TABLE goal"):
            sent = form if version is None else {**form, name: version}
            answer = client.send(address, **sent)
            assert answer.status_code in {409, 422}, f"{address} {version!r} {answer.status_code}"
    path = f"/municipalities/{OWN}/businesses/{SLUG}/requirements/{stage.own.draft}"
    assert program.call("PUT", path, line).status_code == 428
    for tag in (
        "*",
        f'W/"{stage.own.draft}-1"',
        f'"{stage.own.draft}-99"',
        f'"{stage.own.submitted}-1"',
    ):
        assert program.call("PUT", path, line, If_Match=tag).status_code == 412, tag
    assert content_of(database) == before


def test_an_approver_confirms_neither_their_own_nor_what_moved_on(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    approver = signed_in(APPROVER)
    own = stage.own
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        row = session.get_one(Requirement, own.submitted)
        requirements.save_edit(
            session,
            world.of("editor"),
            row,
            version=row.version,
            values=Values(text="出し直した文面。"),
        )
        reviewing.submit(
            session,
            world.of("editor"),
            municipality_id=row.municipality_id,
            business_id=row.business_id,
            requirement_ids=[row.id],
        )
    seen_before = f"{own.submitted}-{own.submitted_version}"
    for act in ("confirm", "send-back"):
        answer = approver.send(f"/approvals/{act}", selected=seen_before, reason="理由")
        assert answer.status_code == 409
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        row = session.get_one(Requirement, own.submitted)
        newest = row.submitted_version_id
        assert row.confirmed_version_id is None
        # The person moved to another desk after handing the line in.
        row.submitted_by = world.accounts[APPROVER].id
    answer = approver.send("/approvals/confirm", selected=f"{own.submitted}-{newest}")
    assert answer.status_code == 403
    with database.read() as session:
        assert session.get_one(Requirement, own.submitted).confirmed_version_id is None
    for nonsense in ("", "x", "1", "-", "1-2-3", f"{'9' * 5000}-1", "\x00-1", "１-１"):
        answer = approver.send("/approvals/confirm", selected=nonsense)
        assert answer.status_code in {404, 409, 422}, nonsense
