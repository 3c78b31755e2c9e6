"""Bodies: each normalised text is stored once and found again by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from registry.requirements.models import Body
from registry.text.normalise import RULES, body_text

CHUNK: Final = 1000  # well under the number of parameters either engine takes

TABLE: Final = cast(sa.Table, Body.__table__)

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@lru_cache(maxsize=32_768)
def body(text: str) -> str:
    """`body_text`, remembered: an import asks for the same text up to three times."""
    return body_text(text)


def digest(text: str) -> str:
    """`body_digest` from the remembered body: a body is its own body."""
    return hashlib.sha256(body(text).encode("utf-8", "surrogatepass")).hexdigest()


def body_ids(session: Session, texts: Iterable[str]) -> dict[str, int]:
    """Text as typed → id of its body under the present rules; missing bodies are made.

    Two towns may save the same new text at once: the second insert waits, does nothing, and the
    row of the first is read. Digests go in sorted order so that the two cannot lock each other.
    """
    digests = {text: digest(text) for text in dict.fromkeys(texts)}
    wanted = {one: text for text, one in digests.items()}
    found = _find(session, sorted(wanted))
    missing = sorted(wanted.keys() - found.keys())
    rows = [{"rule": RULES, "digest": one, "text": body(wanted[one])} for one in missing]
    for chunk in chunks(rows):
        session.execute(_insert(session), chunk)
    found |= _find(session, missing)
    return {text: found[one] for text, one in digests.items()}


def _find(session: Session, digests: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(digests):
        rows = session.execute(
            sa.select(Body.digest, Body.id)
            .where(Body.rule == RULES, Body.digest.in_(chunk))
            .order_by(Body.id)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def _insert(session: Session) -> sa.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(TABLE).on_conflict_do_nothing()
    return sqlite.insert(TABLE).on_conflict_do_nothing()
