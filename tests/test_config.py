"""Settings: read from the environment, refused in words."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from registry import config


def test_defaults_live_in_the_data_folder(tmp_path: Path) -> None:
    read = config.read({"KAIZU_DATA_DIR": str(tmp_path)})
    assert read.database_url == f"sqlite:///{tmp_path / 'kaizu.db'}"
    assert not read.insecure_http


def test_a_secret_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    env = {"KAIZU_DATA_DIR": str(tmp_path / "new")}
    first, second = config.read(env), config.read(env)
    assert first.secret_key == second.secret_key
    assert first.secret_key != first.audit_key
    for name in ("secret_key", "audit_key"):
        mode = stat.S_IMODE((tmp_path / "new" / name).stat().st_mode)
        assert mode == 0o600


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"KAIZU_SECRET_KEY": "short"}, "KAIZU_SECRET_KEY"),
        ({"KAIZU_MAX_UPLOAD_MB": "many"}, "KAIZU_MAX_UPLOAD_MB"),
        ({"KAIZU_POOL_SIZE": "0"}, "KAIZU_POOL_SIZE"),
    ],
)
def test_an_unusable_setting_is_named(tmp_path: Path, env: dict[str, str], named: str) -> None:
    with pytest.raises(config.ConfigError, match=named):
        config.read({"KAIZU_DATA_DIR": str(tmp_path), **env})


def test_an_emptied_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(config.ConfigError, match="secret_key"):
        config.read({"KAIZU_DATA_DIR": str(tmp_path)})
