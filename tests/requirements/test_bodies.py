from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.db import Database
from registry.requirements.bodies import body_ids, digest
from registry.requirements.models import Body
from registry.text.normalise import RULES, body_digest
from tests.world import World


def count(session: Session) -> int | None:
    return session.scalar(sa.select(sa.func.count()).select_from(Body))


def test_lines_that_say_the_same_share_one_body(session: Session) -> None:
    session.add(Body(rule=RULES + 1, digest="0" * 64, text="別の規則の本文"))
    session.flush()
    found = body_ids(
        session, ["①予約を検索できること。", "予約を検索すること", "予約を検索できないこと。"]
    )
    first, second, third = found.values()
    assert first == second != third
    assert count(session) == 3


def test_the_address_of_a_body_is_that_of_its_text() -> None:
    for text in ("①予約を検索できること。", "ﾒｰﾙで通知する", "", "・"):
        assert digest(text) == body_digest(text)


def test_a_second_save_finds_the_bodies_of_the_first(session: Session) -> None:
    texts = [f"帳票{number}を出力できること。" for number in range(2500)]
    first = body_ids(session, texts)
    assert len(set(first.values())) == 2500
    assert body_ids(session, reversed(texts)) == first
    assert count(session) == 2500
    assert body_ids(session, []) == {}


def test_two_savers_of_one_new_text_agree(database: Database, world: World) -> None:
    texts = [f"通知{number}を送信できること。" for number in range(200)]
    found: list[dict[str, int]] = []
    start = threading.Barrier(2)

    def save(order: Any) -> None:
        start.wait()
        with database.writing() as session:
            found.append(body_ids(session, order))
            session.commit()

    threads = [threading.Thread(target=save, args=(one,)) for one in (texts, texts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
