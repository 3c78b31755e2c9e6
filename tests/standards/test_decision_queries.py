from __future__ import annotations

from sqlalchemy.orm import Session

from registry.standards import decision_queries
from registry.standards.models import Outcome
from tests.standards.material import decide, drafted
from tests.world import World


def test_history_shows_the_newest_decision_first(session: Session, world: World) -> None:
    standard = drafted(session, world)
    noise = drafted(session, world)
    decide(session, world, standard=standard, outcome=Outcome.DEFER)
    decide(session, world, standard=noise, outcome=Outcome.REJECT)
    decide(session, world, standard=standard)
    entries = decision_queries.history(session, standard=standard)
    assert [entry.outcome for entry in entries] == [Outcome.ADOPT, Outcome.DEFER]
    assert entries[0].who == world.coordinator.name
    assert entries[0].subject_version == standard.version
