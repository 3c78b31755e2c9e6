"""Lines of two towns and the people who open their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry import transaction
from registry.db import Database
from registry.requirements import service
from registry.requirements.models import Requirement
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


@pytest.fixture
def region(session: Session, world: World) -> dict[str, list[Requirement]]:
    """Two towns with submitted lines and drafts, another business, a deleted line."""
    mine = lines(session, world, ["照会できること。", "予約できること。", "下書きの文"])
    theirs = lines(session, world, ["空きを調べられること。", "隣の下書き"], "072087")
    elsewhere = lines(session, world, ["除雪できること。"], business=world.other_business)
    (gone,) = lines(session, world, ["消した文"])
    service.delete(session, world.of("editor"), gone, version=gone.version)
    submit(session, world, mine[:2])
    submit(session, world, theirs[:1])
    submit(session, world, elsewhere)
    return {"mine": mine, "theirs": theirs}
