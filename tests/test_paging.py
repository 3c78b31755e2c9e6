"""Pages of an ordered query."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.goals.models import Goal
from registry.paging import Page, paginate
from tests.world import World

QUERY = sa.select(Goal).order_by(Goal.id)


def test_pages_cut_the_rows_in_order(session: Session, world: World) -> None:
    first = paginate(session, QUERY, page=1, page_size=2)
    last = paginate(session, QUERY, page=3, page_size=2)
    assert [goal.code for goal in first.items] == ["G-1", "G-1-1"]
    assert (len(last.items), last.total, last.pages) == (1, 5, 3)


def test_past_the_end_is_empty(session: Session, world: World) -> None:
    assert paginate(session, QUERY, page=9, page_size=2).items == []


def test_rows_of_columns_come_as_rows(session: Session, world: World) -> None:
    query = sa.select(Goal.code, Goal.statement).order_by(Goal.id)
    page = paginate(session, query, page=1, page_size=1, scalars=False)
    assert page.items[0].code == "G-1"


def test_an_empty_list_has_one_page() -> None:
    assert Page([], 1, 50, 0).pages == 1
