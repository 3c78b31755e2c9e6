"""The commands of editions: freeze from a terminal, write the files out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from registry import child, transaction
from registry.db import Database, now
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.specs import building, commands, document, queries
from registry.specs.models import Edition, EditionFile
from tests.conftest import AUDIT_KEY
from tests.specs import agreed
from tests.world import World

DAY = date(2026, 10, 1)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Draws nothing; which functions the child was asked for."""
    asked: list[str] = []

    def draw(function: str, data: bytes, **_: object) -> bytes:
        asked.append(function.partition(":")[2])
        return b"%PDF " + document.digest(data).encode()

    monkeypatch.setattr(child, "run_in_child", draw)
    return asked


@pytest.fixture
def ready(database: Database, world: World) -> World:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        agreed.adopted(session, world)
    return world


def create(database: Database, world: World, number: str = "1.0") -> Edition:
    return commands.create_edition(
        database,
        AUDIT_KEY,
        world.coordinator,
        slug="facility-reservation",
        number=number,
        issued_on=DAY,
    )


def test_an_edition_is_rehearsed_and_frozen(
    database: Database, ready: World, drawn: list[str]
) -> None:
    edition = create(database, ready)

    assert drawn == ["check"]
    with database.read() as session:
        assert queries.edition(session, ready.coordinator, ready.business.id, "1.0").sha256 == (
            edition.sha256
        )


def test_what_cannot_be_printed_is_not_frozen(
    database: Database, ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise Invalid("仕様書の書体にない文字があります。")

    monkeypatch.setattr(child, "run_in_child", refuse)
    with pytest.raises(Invalid, match="書体にない文字"):
        create(database, ready)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Edition.id))) == 0


def test_others_are_refused_before_any_work(
    database: Database, ready: World, drawn: list[str]
) -> None:
    with pytest.raises(Forbidden):
        commands.create_edition(
            database, AUDIT_KEY, ready.of("editor"), slug="facility-reservation", number="1.0"
        )
    with pytest.raises(NotFound):
        commands.create_edition(
            database, AUDIT_KEY, ready.coordinator, slug="no-such-business", number="1.0"
        )
    assert drawn == []


def test_files_are_built_where_none_are_stored(
    database: Database, ready: World, drawn: list[str], tmp_path: Path
) -> None:
    create(database, ready)

    paths = commands.build(
        database,
        ready.coordinator,
        slug="facility-reservation",
        number="1.0",
        out=tmp_path / "out",
    )

    assert [path.name for path in paths] == list(queries.FILES)
    sums = dict(
        reversed(line.split("  "))
        for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()
    )
    assert sums == {
        name: document.digest((tmp_path / "out" / name).read_bytes())
        for name in ("answer-sheet.xlsx", "spec.json", "spec.pdf")
    }
    assert drawn == ["check", "draw_edition"]


def store(database: Database, edition: Edition, files: dict[str, bytes], sha256: str = "") -> None:
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        for name, content in files.items():
            session.add(
                EditionFile(
                    edition_id=edition.id,
                    name=name,
                    media_type=building.MEDIA_TYPES[name],
                    content=content,
                    sha256=sha256 or document.digest(content),
                    size=len(content),
                    created_at=now(),
                )
            )


def test_stored_files_are_written_as_they_are(
    database: Database, ready: World, drawn: list[str], tmp_path: Path
) -> None:
    edition = create(database, ready)
    store(database, edition, {name: name.encode() for name in queries.FILES})

    commands.build(
        database, ready.coordinator, slug="facility-reservation", number="1.0", out=tmp_path
    )

    assert (tmp_path / "spec.pdf").read_bytes() == b"spec.pdf"
    assert drawn == ["check"]
    with pytest.raises(Conflict, match="一致しません"):
        commands.build(
            database,
            ready.coordinator,
            slug="facility-reservation",
            number="1.0",
            out=tmp_path / "other",
            again=True,
        )
    assert not (tmp_path / "other").exists()


def test_a_damaged_file_is_not_written(
    database: Database, ready: World, drawn: list[str], tmp_path: Path
) -> None:
    edition = create(database, ready)
    store(database, edition, {name: name.encode() for name in queries.FILES}, sha256="0" * 64)

    with pytest.raises(Conflict, match="ハッシュ値と一致しません"):
        commands.build(
            database,
            ready.coordinator,
            slug="facility-reservation",
            number="1.0",
            out=tmp_path / "out",
        )
    assert not (tmp_path / "out").exists()


def test_an_edition_of_another_region_is_unknown(
    database: Database, ready: World, drawn: list[str], tmp_path: Path
) -> None:
    create(database, ready)

    with pytest.raises(NotFound):
        commands.build(
            database,
            ready.stranger,
            slug="facility-reservation",
            number="1.0",
            out=tmp_path,
        )
