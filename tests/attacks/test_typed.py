"""Scripts and formulas typed wherever something can be typed."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pikepdf
import sqlalchemy as sa
from flask import Flask

from registry import transaction
from registry.db import Base, Database
from registry.goals.models import Goal
from registry.requirements import reviewing
from registry.requirements import service as requirements
from registry.requirements.models import Requirement
from registry.requirements.values import Values
from registry.specs import building
from registry.specs import queries as specs
from tests.attacks.people import (
    ADMINISTRATOR,
    APPROVER,
    COORDINATOR,
    EDITOR,
    VENDOR_A,
    SignedIn,
    crawl,
    on_sqlite,
)
from tests.conftest import AUDIT_KEY
from tests.journeys.stage import NEIGHBOUR, SLUG, Stage
from tests.specs import agreed
from tests.world import World

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
FORMULA = '=HYPERLINK("http://evil.example","x")'


def type_everywhere(database: Database, world: World, stage: Stage, typed: str) -> None:
    """Put a text into every column that holds what a person types."""
    skipped = {
        "account": {"email", "password_hash", "role"},
        "business": {"slug", "number"},
        "region": {"code"},
        "municipality": {"code"},
        "goal": {"code"},
        "standard_requirement": {"code"},
        "requirement_group": {"code"},
        "job": {"kind", "lease_token", "dedup"},
        "requirement_list": {"source_sha256"},
    }
    free = {
        *("account", "business", "business_process", "business_term", "goal", "municipality"),
        *("region", "requirement", "requirement_group", "requirement_list"),
        *("standard_requirement", "application", "vendor", "job", "delivery"),
    }
    with database.engine.begin() as connection:
        for name in sorted(free):
            table = Base.metadata.tables[name]
            texts = [
                column.name
                for column in table.columns
                if type(column.type) in (sa.String, sa.Text)
                and not column.foreign_keys
                and column.name not in skipped.get(name, set())
            ]
            keys = {one.name for one in table.primary_key.columns}
            values = {one: typed for one in texts if one not in keys}
            unique = {
                column.name
                for constraint in table.constraints
                if isinstance(constraint, sa.UniqueConstraint)
                for column in constraint.columns
            }
            for row in connection.execute(sa.select(*table.primary_key.columns)).all():
                where = sa.and_(
                    *(
                        column == value
                        for column, value in zip(table.primary_key.columns, row, strict=True)
                    )
                )
                told = {
                    one: f"{text}{row[0]}" if one in unique else text
                    for one, text in values.items()
                }
                if told:
                    connection.execute(sa.update(table).where(where).values(**told))
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for place, email in ((stage.own, EDITOR), (stage.neighbour, f"editor@{NEIGHBOUR}.example")):
            for row_id in (place.draft, place.submitted):
                line = session.get_one(Requirement, row_id)
                requirements.save_edit(
                    session,
                    world.actors[email],
                    line,
                    version=line.version,
                    values=Values(
                        text=f"x{typed}" if typed.startswith("=") else typed,
                        section=typed,
                        label=typed[:90],
                        step=typed,
                        note=typed,
                    ),
                )
            line = session.get_one(Requirement, place.submitted)
            reviewing.submit(
                session,
                world.actors[email],
                municipality_id=line.municipality_id,
                business_id=line.business_id,
                requirement_ids=[line.id],
            )


@on_sqlite
def test_what_was_typed_is_shown_and_never_run(
    stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    type_everywhere(database, world, stage, SCRIPT)
    shown = 0
    for email in (EDITOR, APPROVER, COORDINATOR, ADMINISTRATOR, VENDOR_A):
        for address, answer in crawl(signed_in(email)):
            assert answer.status_code < 500, f"{email} {address}"
            page = answer.get_data(as_text=True)
            assert "<script>alert" not in page, f"{email} {address}"
            assert "<img src=x" not in page, f"{email} {address}"
            assert "'><script" not in page, f"{email} {address}"
            assert ">49" not in page or "{{7*7}}" in page, f"{email} {address}"
            shown += "&lt;script&gt;alert(1)" in page
    assert shown > 40


@on_sqlite
def test_no_export_holds_a_formula(
    app: Flask, stage: Stage, world: World, signed_in: SignedIn, database: Database
) -> None:
    type_everywhere(database, world, stage, FORMULA)
    exports = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.rule.endswith(("/export", "/workbook", "/rejections"))
        and not rule.rule.startswith("/api/")
    ]
    got = 0
    for rule in exports:
        address = rule.replace("<string:slug>", SLUG).replace("<string:number>", "1.0")
        address = address.replace("<int:list_id>", str(stage.own.preview))
        if "<" in address:
            continue  # a national standard, whose text is the state's
        for email in (EDITOR, COORDINATOR, ADMINISTRATOR):
            answer = signed_in(email).send(address)
            if answer.status_code != 200:
                assert answer.status_code in {403, 404}, f"{email} {address} {answer.status_code}"
                continue
            got += 1
            with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
                for name in package.namelist():
                    if name.startswith("xl/worksheets/"):
                        assert b"<f>" not in package.read(name), address
            for sheet in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets:
                for row in sheet.iter_rows():
                    for cell in row:
                        assert cell.data_type != "f", f"{address} {cell.coordinate}"
                        if str(cell.value).startswith("="):
                            assert cell.quotePrefix, f"{address} {cell.coordinate}"
    assert got >= 12


@on_sqlite
def test_the_pdf_has_no_way_out(database: Database, world: World) -> None:
    """Drawn from texts with links and markup: no link, no script, no file but spec.json."""
    nasty = (
        '<a href="https://evil.example/">x</a><img src="file:///etc/passwd">'
        '<link rel=attachment href="file:///etc/passwd"><style>@import url(http://evil.example)</style>'
        "</td></table><script>1</script>javascript:alert(1) https://evil.example/"
    )
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for goal in session.scalars(sa.select(Goal).order_by(Goal.id)):
            goal.statement = f"{nasty}ができている"
        edition = agreed.adopted(session, world, "件名" + nasty, text=nasty, reason=nasty)
        assert edition.text == nasty
        edition_id = agreed.frozen(session, world).id
        frozen = specs.frozen_bytes(session, edition_id)
    built = building.build_files(frozen)
    with pikepdf.open(io.BytesIO(built["spec.pdf"])) as pdf:
        assert list(pdf.attachments) == ["spec.json"]
        for number in range(1, len(pdf.objects) + 1):
            found = pdf.get_object(number, 0)
            if not isinstance(found, pikepdf.Dictionary):
                continue
            for key in ("/URI", "/JS", "/Launch", "/JavaScript", "/OpenAction"):
                assert key not in found or key == "/OpenAction", f"{key} in object {number}"
            if found.get("/S") is not None and found.get("/Type") == pikepdf.Name.Action:
                assert found["/S"] == pikepdf.Name.GoTo
    assert b"root:" not in built["spec.pdf"]
