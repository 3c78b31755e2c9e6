"""Reading the region and its municipalities."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.errors import Invalid, NotFound
from registry.municipalities.models import Municipality, Region


def region(session: Session, code: str | None = None) -> Region:
    """The region of that code, or the only one there is.

    Raises NotFound for an unknown code, Invalid when a code is needed to choose.
    """
    query = sa.select(Region).order_by(Region.id)
    if code is not None:
        query = query.where(Region.code == code)
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise NotFound("圏域がまだありません。先に kaizu load を実行してください。")
    if len(found) > 1:
        raise Invalid("圏域が複数あります。--region で圏域コードを指定してください。")
    return found[0]


def own_region(session: Session, actor: Actor) -> Region:
    return session.get_one(Region, actor.region_id)


def all_towns(session: Session, actor: Actor) -> list[Municipality]:
    """The municipalities of the actor's region in code order."""
    return list(
        session.scalars(
            sa.select(Municipality)
            .where(Municipality.region_id == actor.region_id)
            .order_by(Municipality.code)
        )
    )


def by_code(session: Session, actor: Actor, code: str) -> Municipality:
    """Raises NotFound, also for a code of another region."""
    town = session.scalar(
        sa.select(Municipality).where(
            Municipality.region_id == actor.region_id, Municipality.code == code
        )
    )
    if town is None:
        raise NotFound(f"団体コード {code} の団体は見つかりませんでした。")
    return town
