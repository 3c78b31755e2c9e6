from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry.errors import Conflict, Forbidden, Invalid
from registry.requirements import clarity_settings
from registry.requirements.models import ClaritySetting
from registry.text.clarity.rules import DEFAULT, Settings
from tests.world import World

NOTHING: dict[str, Any] = {"version": None, "off": [], "words": {}, "allowed": []}


def change(session: Session, world: World, **changes: Any) -> ClaritySetting:
    actor = changes.pop("actor", world.coordinator)
    return clarity_settings.change(session, actor, **NOTHING | changes)


def test_settings_are_kept_by_region(session: Session, world: World) -> None:
    assert clarity_settings.settings_of(session, world.coordinator) == DEFAULT
    made = change(
        session,
        world,
        off=["too_long"],
        words={"vague.proper": ["よしなに", "よしなに"], "vague.speed": []},
        allowed=["K-NET"],
    )
    wanted = Settings(
        frozenset({"too_long"}), frozenset({("vague.proper", "よしなに")}), frozenset({"K-NET"})
    )
    assert clarity_settings.settings_of(session, world.of("editor")) == wanted
    assert clarity_settings.settings_of(session, world.stranger) == DEFAULT
    again = change(session, world, version=made.version, allowed=["T-LINK"])
    assert again.allowed == ["T-LINK"]
    assert again.off == []


def test_a_stale_change_is_refused(session: Session, world: World) -> None:
    change(session, world)
    with pytest.raises(Conflict):
        change(session, world)
    with pytest.raises(Conflict):
        change(session, world, version=7)


def test_only_the_coordinator_changes_and_only_to_what_exists(
    session: Session, world: World
) -> None:
    for person in (world.of("editor"), world.administrator):
        with pytest.raises(Forbidden):
            change(session, world, actor=person)
    with pytest.raises(Invalid):
        change(session, world, off=["vague.nothing"])
    with pytest.raises(Invalid):
        change(session, world, words={"compound": ["語"]})
    assert clarity_settings.stored(session, world.coordinator) is None
