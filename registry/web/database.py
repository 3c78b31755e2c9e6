"""The session of the running request."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.config import Config
from registry.db import Database


@dataclass(frozen=True)
class State:
    """What `create_app` puts into the app for every request."""

    config: Config
    database: Database


def state() -> State:
    found: State = current_app.extensions["kaizu"]
    return found


def session() -> Session:
    """The request's session: read-only for a GET, the open unit of work for a write."""
    current: Session = g.session
    return current


def actor() -> Actor:
    """The signed-in person; only for endpoints that are not PUBLIC."""
    person: Actor = g.actor
    return person
