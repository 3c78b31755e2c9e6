"""One page of an ordered query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`items` of page `page` (from 1) with `page_size` rows each, out of `total`."""

    items: list[Item]
    page: int
    page_size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page_size))


def cut(items: Sequence[Item], *, page: int, page_size: int) -> Page[Item]:
    """One page of a small list that was read whole."""
    start = (page - 1) * page_size
    return Page(list(items[start : start + page_size]), page, page_size, len(items))


def paginate(
    session: Session,
    query: sa.Select[*tuple[Any, ...]],
    *,
    page: int,
    page_size: int,
    scalars: bool = True,
) -> Page[Any]:
    """Run an ordered query for one page; a page past the end is empty, not an error."""
    count = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total = session.scalar(count) or 0
    limited = query.limit(page_size).offset((page - 1) * page_size)
    rows = session.scalars(limited) if scalars else session.execute(limited)
    return Page(list(rows), page, page_size, total)
