from __future__ import annotations

from pathlib import Path

from registry import migrate
from registry.cli.terminal import FINDINGS, REFUSED
from registry.db import Database
from tests.terminal import invoke


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'kaizu.db'}")


def test_migrate_makes_the_database_and_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        done = invoke(tmp_path, "migrate")
        assert done.exit_code == 0
        assert migrate.newest() in done.stderr
    opened = database(tmp_path)
    assert migrate.current(opened) == migrate.newest()
    opened.dispose()


def test_audit_backup_restore_and_check(loaded: Path, tmp_path: Path) -> None:
    assert invoke(loaded, "audit", "verify").exit_code == 0
    file = tmp_path / "kaizu.backup"
    assert invoke(loaded, "backup", str(file)).exit_code == 0
    assert invoke(loaded, "backup", str(file)).exit_code == REFUSED
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    assert invoke(loaded, "restore", str(file), KAIZU_DATABASE_URL=url).exit_code == 0
    assert invoke(loaded, "audit", "verify", KAIZU_DATABASE_URL=url).exit_code == 0
    assert invoke(loaded, "restore", str(file)).exit_code == REFUSED
    assert invoke(loaded, "check").exit_code == 0
    warned = invoke(loaded, "check", KAIZU_INSECURE_HTTP="1")
    assert warned.exit_code == FINDINGS
    assert "KAIZU_INSECURE_HTTP" in warned.stderr


def test_check_finds_a_forged_record_and_a_missing_trigger(loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "kaizu.backup"
    invoke(loaded, "backup", str(file))
    url = f"sqlite:///{tmp_path / 'forged.db'}"
    invoke(loaded, "restore", str(file), KAIZU_DATABASE_URL=url)
    opened = Database(url)
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER frozen_audit_event_update")
        connection.exec_driver_sql("UPDATE audit_event SET actor = 'x' WHERE sequence = 3")
    opened.dispose()
    found = invoke(loaded, "check", KAIZU_DATABASE_URL=url)
    assert found.exit_code == FINDINGS
    assert "frozen_audit_event_update" in found.stderr
    assert "書き換え" in found.stderr
    assert invoke(loaded, "audit", "verify", KAIZU_DATABASE_URL=url).exit_code == FINDINGS
