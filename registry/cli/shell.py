"""The settings, the database and the person of one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from registry import config, logs, transaction
from registry.access import Actor, terminal_actor
from registry.accounts import queries as accounts
from registry.db import Database
from registry.errors import NotFound
from registry.municipalities import queries as municipalities


class Shell:
    """The settings and database of one command."""

    def __init__(self) -> None:
        logs.configure()
        self.config = config.read()
        self.database = Database(self.config.database_url, pool_size=self.config.pool_size)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with transaction.writing(self.database, audit_key=self.config.audit_key) as session:
            yield session

    def actor(self, email: str | None) -> Actor:
        """The person named by --as or KAIZU_AS with that person's rights, else 管理者(端末).

        Raises NotFound for an unknown or stopped account.
        """
        name = email or os.environ.get("KAIZU_AS", "")
        with self.database.read() as session:
            if not name:
                return terminal_actor(municipalities.region(session).id)
            return self._person(session, name)

    def _person(self, session: Session, name: str) -> Actor:
        account = accounts.by_email(session, name)
        if account is None or account.deactivated_at is not None:
            raise NotFound(f"{name} のアカウントは見つからないか、停止しています。")
        return accounts.actor_of(session, account)
