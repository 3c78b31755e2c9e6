from __future__ import annotations

from sqlalchemy.orm import Session

from registry.db import Database
from registry.requirements import clarity, line_queries
from registry.requirements.line_queries import Filter
from registry.text.clarity.rules import Kind
from tests.counting import statements
from tests.requirements.lists import lines
from tests.world import World

VAGUE = "税証明を迅速に発行できること。"


def test_markers_of_a_page_take_the_same_queries_for_many_lines(
    session: Session, world: World, database: Database
) -> None:
    def asked(narrowed: Filter) -> int:
        found = line_queries.lines(
            session,
            world.of("editor"),
            municipality_id=world.towns["072028"].id,
            business_id=world.business.id,
            narrowed=narrowed,
        ).items
        session.flush()
        with statements(database) as counted:
            texts = {line.id: line.text for line in found}
            markers = clarity.of_rows(session, world.of("editor"), texts)
        assert len(markers) == len(found)
        return len(counted)

    lines(session, world, [VAGUE])
    one = asked(Filter())
    lines(session, world, [VAGUE] * 20)
    assert asked(Filter()) == one
    assert clarity.of_rows(session, world.of("editor"), {}) == {}


def test_what_is_left_is_said_in_one_sentence(session: Session, world: World) -> None:
    texts = {1: VAGUE, 2: "帳票の件", 3: "予約できること。"}
    markers = clarity.of_rows(session, world.of("editor"), texts)
    assert clarity.in_words(markers.values()) == "点検で要確認1件・助言1件が見つかりました。"
    assert clarity.in_words([markers[3]]) == "点検で残った点はありません。"


def test_the_lines_of_an_import_are_counted_by_kind(session: Session, world: World) -> None:
    incoming = clarity.of_incoming(
        session, world.of("editor"), [(2, VAGUE), (3, "予約できること。"), (4, "帳票の件")]
    )
    assert set(incoming.by_row) == {2, 4}
    assert list(incoming.kinds) == [(Kind.VAGUE, 1)]
    assert (incoming.lines, incoming.advice) == (1, 1)
    many = [(row, "予約できること。") for row in range(clarity.MOST_COUNTED + 5)]
    incoming = clarity.of_incoming(session, world.of("editor"), many)
    assert (incoming.counted, incoming.total) == (clarity.MOST_COUNTED, len(many))
