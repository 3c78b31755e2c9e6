"""The files of an edition and of its draft for programs."""

from __future__ import annotations

import hashlib

from registry import transaction
from registry.db import Database
from registry.specs import queries
from tests.conftest import AUDIT_KEY
from tests.programs import COORDINATOR, EDITOR, HERE, STRANGER, Api, json_of
from tests.specs import agreed
from tests.vendors import held
from tests.world import World


def test_files_are_listed_and_each_fetch_is_recorded(
    api: Api, database: Database, world: World
) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        edition_id = held.released(session, world).id
    program = api(EDITOR)
    (listed,) = json_of(program.get("/editions?business=facility-reservation"))["items"]
    assert (listed["number"], listed["built"]) == ("1.0", True)
    files = json_of(program.get(f"{HERE}/editions/1.0/files"))["items"]
    assert [one["name"] for one in files] == list(queries.FILES)
    for file in files:
        fetched = program.call("POST", f"{HERE}/editions/1.0/files/{file['name']}")
        assert fetched.status_code == 200
        assert fetched.mimetype == file["media_type"]
        assert hashlib.sha256(fetched.data).hexdigest() == file["sha256"]
    with database.read() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT count(*) FROM audit_event WHERE action = 'specs.download'"
            f" AND subject = 'edition:{edition_id}'"
        )
        assert rows.scalar_one() == len(files)
    assert api(COORDINATOR).call("POST", f"{HERE}/editions/1.0/build").status_code == 409


def test_a_draft_is_drawn_by_a_job(api: Api, database: Database, world: World) -> None:
    program = api(COORDINATOR)
    assert program.call("POST", f"{HERE}/draft").status_code == 422  # nothing to draw
    assert program.call("POST", f"{HERE}/draft/file").status_code == 404
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.drafted(session, world)
    started = program.call("POST", f"{HERE}/draft")
    assert started.status_code == 202
    assert program.get(json_of(started)["address"].removeprefix("/api/v1")).status_code == 200


def test_who_may(api: Api, database: Database, world: World) -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        held.released(session, world)
    place = f"{HERE}/editions/1.0"
    editor, stranger = api(EDITOR), api(STRANGER)
    for act in (f"{HERE}/draft", f"{HERE}/draft/file", f"{place}/build"):
        assert editor.call("POST", act).status_code == 403, act
    assert api("vendor@vendor-a.example").call("POST", f"{place}/files/spec.pdf").status_code == 403
    assert stranger.get(f"{place}/files").status_code == 404
    assert stranger.call("POST", f"{place}/files/spec.pdf").status_code == 404
    assert stranger.call("POST", f"{place}/build").status_code == 404
