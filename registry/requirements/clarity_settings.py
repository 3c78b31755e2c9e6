"""A region's settings of the clarity check, kept by its coordinator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry import access, audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Conflict
from registry.requirements.models import ClaritySetting
from registry.text.clarity.rules import DEFAULT, Settings
from registry.text.clarity.settings import read_settings


def stored(session: Session, actor: Actor) -> ClaritySetting | None:
    """The region's own settings; None while nothing was changed."""
    return session.scalar(
        sa.select(ClaritySetting).where(ClaritySetting.region_id == actor.region_id)
    )


def settings_of(session: Session, actor: Actor) -> Settings:
    """What the check is to use for this person's region."""
    row = stored(session, actor)
    if row is None:
        return DEFAULT
    return Settings(
        frozenset(row.off),
        frozenset((rule, word) for rule, words in row.words.items() for word in words),
        frozenset(row.allowed),
    )


def change(
    session: Session,
    actor: Actor,
    *,
    version: int | None,
    off: Sequence[str],
    words: Mapping[str, Sequence[str]],
    allowed: Sequence[str],
) -> ClaritySetting:
    """Store the region's settings. `version` is None for the first time.

    Raises Forbidden, Invalid for an unknown rule or an unusable word, Conflict when another person
    changed them in between.
    """
    access.require(actor, Permission.EDIT_BUSINESSES, region_id=actor.region_id)
    wanted: dict[str, Any] = {
        "off": sorted(set(off)),
        "words": {rule: sorted(set(entries)) for rule, entries in words.items() if entries},
        "allowed": sorted(set(allowed)),
    }
    read_settings(wanted)
    row = stored(session, actor)
    before = None if row is None else {name: getattr(row, name) for name in wanted}
    if row is None:
        if version is not None:
            raise Conflict("点検の設定は、ほかの人が変えています。画面を開き直してください。")
        row = ClaritySetting(region_id=actor.region_id)
        session.add(row)
    else:
        check_version(row.version, version or 0, before)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.account_id = actor.account_id
    row.changed_at = now()
    try:
        session.flush()  # the row's id and version are for the answer
    except IntegrityError as error:
        raise Conflict(
            "点検の設定は、ほかの人が先に変えました。画面を開き直してください。"
        ) from error
    audit.record(
        session,
        actor,
        "requirements.change_clarity_settings",
        f"clarity_setting:{row.id}",
        before=before,
        after=wanted,
    )
    return row
