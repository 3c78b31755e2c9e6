"""Settings read once from the environment; one table of names, readers and defaults."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A setting cannot be used; the message names it and the mend."""


@dataclass(frozen=True)
class Config:
    """All settings. Times are seconds, sizes bytes.

    `secret_key` signs cookies; `audit_key` keys the audit chain, so that whoever can write the
    database alone cannot forge it. `proxies` is how many of our own servers stand in front: only
    their X-Forwarded headers are believed, else anybody could choose the address that is throttled.
    """

    database_url: str
    secret_key: str
    audit_key: str
    insecure_http: bool
    data_dir: Path
    max_upload_bytes: int = 10 * 1024 * 1024
    idle_seconds: int = 60 * 60
    absolute_seconds: int = 12 * 60 * 60
    lease_seconds: int = 60
    pool_size: int = 8
    proxies: int = 0
    testing: bool = False


def read(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings.

    KAIZU_DATABASE_URL, KAIZU_SECRET_KEY, KAIZU_AUDIT_KEY, KAIZU_INSECURE_HTTP, KAIZU_DATA_DIR
    (default `var/` beside the code), KAIZU_MAX_UPLOAD_MB, KAIZU_POOL_SIZE, KAIZU_PROXIES.

    Raises ConfigError when a number is not one or a given secret is too short.
    """
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("KAIZU_DATA_DIR") or ROOT / "var")
    secret = _secret(env, "KAIZU_SECRET_KEY", data_dir / "secret_key")
    return Config(
        database_url=env.get("KAIZU_DATABASE_URL") or f"sqlite:///{data_dir / 'kaizu.db'}",
        secret_key=secret,
        audit_key=_secret(env, "KAIZU_AUDIT_KEY", data_dir / "audit_key"),
        insecure_http=env.get("KAIZU_INSECURE_HTTP", "") in {"1", "true", "yes"},
        data_dir=data_dir,
        max_upload_bytes=_number(env, "KAIZU_MAX_UPLOAD_MB", 10) * 1024 * 1024,
        pool_size=_number(env, "KAIZU_POOL_SIZE", 8),
        proxies=_number(env, "KAIZU_PROXIES", 0, least=0),
    )


def _number(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise ConfigError(f"{name} には {least} 以上の整数を指定してください(現在の値: {text})。")
    return int(text)


def _secret(env: Mapping[str, str], name: str, file: Path) -> str:
    """The given secret, else one kept in a file only the owner may read."""
    given = env.get(name, "").strip()
    if given:
        if len(given) < 32:
            raise ConfigError(f"{name} は 32 文字以上にしてください。")
        return given
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was first: its secret counts
            return _read_secret(file)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32))
    return _read_secret(file)


def _read_secret(file: Path) -> str:
    secret = file.read_text(encoding="ascii").strip()
    if len(secret) < 32:
        raise ConfigError(f"{file.name} の中身が短すぎます。削除すると新しく作られます。")
    return secret
