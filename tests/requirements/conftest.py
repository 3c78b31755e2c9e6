"""Lines of two towns and the people who open their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry import transaction
from registry.db import Database
from tests.conftest import AUDIT_KEY, Client
from tests.requirements.lists import lines, submit
from tests.requirements.pages import SignIn
from tests.world import World


@pytest.fixture
def desk(database: Database, world: World) -> Callable[[], Any]:
    """`with desk() as session`: a committed change beside the requests."""

    @contextmanager
    def open_desk() -> Iterator[Session]:
        with transaction.writing(database, audit_key=AUDIT_KEY) as session:
            yield session

    return open_desk


@pytest.fixture
def ids(desk: Any, world: World) -> dict[str, int]:
    """Lines of two towns: own draft and submitted, the neighbour's draft and submitted."""
    with desk() as session:
        draft, sent = lines(session, world, ["空きを照会できること。", "予約できること。"])
        submit(session, world, [sent])
        hers, secret = lines(session, world, ["隣町は帳票を出せること。", "隣町の下書き"], "072087")
        submit(session, world, [hers])
        return {"draft": draft.id, "sent": sent.id, "hers": hers.id, "secret": secret.id}


@pytest.fixture
def editor(signed_in: SignIn) -> Client:
    return signed_in("editor@072028.example")


@pytest.fixture
def approver(signed_in: SignIn) -> Client:
    return signed_in("approver@072028.example")
