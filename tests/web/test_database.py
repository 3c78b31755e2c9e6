"""The session of a request."""

from __future__ import annotations

import pytest
from flask import Flask, g

from registry.config import Config
from registry.db import Database
from registry.web import database as request_database
from tests.world import World


def test_a_request_finds_its_settings_session_and_person(
    app: Flask, config: Config, database: Database, world: World
) -> None:
    with app.test_request_context("/"), database.read() as session:
        g.session, g.actor = session, world.coordinator
        assert request_database.state().config is config
        assert request_database.state().database is database
        assert request_database.session() is session
        assert request_database.actor() is world.coordinator


def test_outside_a_guarded_request_there_is_no_session(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(AttributeError):
        request_database.session()
