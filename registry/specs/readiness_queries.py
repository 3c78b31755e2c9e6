"""Whether the next edition can be frozen, and what somebody should look at before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access import Actor
from registry.municipalities import queries as municipalities
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements.models import Requirement, RequirementVersion
from registry.specs import document
from registry.specs.content_queries import applications, without_decision
from registry.specs.queries import ADOPTED
from registry.standards import decision_queries
from registry.standards.models import (
    Decision,
    Outcome,
    StandardRequirement,
)

# A piece of a hidden line of this length cannot be there by chance.
COPIED_LENGTH: Final = 15


@dataclass(frozen=True, slots=True)
class Point:
    """A standard somebody should look at before freezing; `note` says why."""

    code: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far the next edition is.

    `undecided`, `put_off`, `edited`: not printed, or printed as decided before an edit; they do
    not block. `unconfirmed` and `copied` (a value repeats a hidden wording) do.
    """

    decided: int
    undecided: Sequence[Point]
    put_off: Sequence[Point]
    edited: Sequence[Point]
    unconfirmed: Sequence[Point]
    copied: Sequence[Point]

    @property
    def problems(self) -> list[str]:
        """Why an edition cannot be frozen now, each with what to do; empty when it can."""
        found = []
        if not self.decided:
            found.append(
                "採用と決まった標準要件がありません。標準要件の画面で採否を決めてください。"
            )
        if self.unconfirmed:
            found.append(
                f"団体別の適用が未確認の標準要件が {len(self.unconfirmed)} 件あります。"
                "標準要件の画面で、団体ごとの適用を確認してください。"
            )
        if self.copied:
            found.append(
                f"内訳を公開していない団体の文が団体の値に写っている標準要件が {len(self.copied)} 件"
                "あります。値を書き直してください。"
            )
        return found


def readiness(session: Session, actor: Actor, business: Business) -> Readiness:
    decisions = decision_queries.decided(session, actor, business.id)
    adopted = [decision for decision in decisions if decision.outcome in ADOPTED]
    versions = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(StandardRequirement.id, StandardRequirement.version)
            .where(StandardRequirement.business_id == business.id)
            .order_by(StandardRequirement.id)
        )
    }
    applied = applications(session, business.id)
    towns = {town.code: town.name for town in municipalities.all_towns(session, actor)}
    hidden = _hidden_wordings(session, actor, business.id)
    return Readiness(
        decided=len(adopted),
        undecided=[
            Point(row.code, row.title, "採否を決めていません")
            for row in without_decision(session, business.id)
        ],
        put_off=[
            _point(decision, decision.outcome.label)
            for decision in decisions
            if decision.outcome is Outcome.DEFER
        ],
        edited=[
            _point(decision, "決定したときの内容で載ります")
            for decision in adopted
            if versions[decision.standard_id or 0] != decision.subject_version
        ],
        unconfirmed=list(_unconfirmed(adopted, applied, towns)),
        copied=list(_copied(adopted, applied, towns, hidden)),
    )


def _point(decision: Decision, note: str) -> Point:
    return Point(decision.snapshot["code"], decision.snapshot["title"], note)


def _unconfirmed(
    adopted: Iterable[Decision],
    applied: Mapping[int, Mapping[str, document.Applied]],
    towns: Mapping[str, str],
) -> Iterable[Point]:
    """A line of a national spec is for every town alike until somebody says more."""
    for decision in adopted:
        stored = applied.get(decision.standard_id or 0, {})
        if not stored and decision.snapshot["national_item_id"] is not None:
            continue
        names = [
            name for code, name in towns.items() if code not in stored or not stored[code].confirmed
        ]
        if names:
            yield _point(decision, "、".join(names))


def _copied(
    adopted: Iterable[Decision],
    applied: Mapping[int, Mapping[str, document.Applied]],
    towns: Mapping[str, str],
    hidden: Mapping[str, Sequence[str]],
) -> Iterable[Point]:
    for decision in adopted:
        for code, one in applied.get(decision.standard_id or 0, {}).items():
            value = _bare(one.value or "")
            if value and any(_repeats(value, text) for text in hidden.get(code, ())):
                yield _point(decision, towns[code])


def _hidden_wordings(session: Session, actor: Actor, business_id: int) -> dict[str, list[str]]:
    """The submitted texts of the towns that hide their detail, by municipality code."""
    hiding = processes.hidden_towns(session, business_id)
    codes = {
        town.id: town.code for town in municipalities.all_towns(session, actor) if town.id in hiding
    }
    found: dict[str, list[str]] = defaultdict(list)
    for town_id, text in session.execute(
        sa.select(Requirement.municipality_id, RequirementVersion.text)
        .join(RequirementVersion, RequirementVersion.id == Requirement.submitted_version_id)
        .where(Requirement.business_id == business_id, Requirement.municipality_id.in_(codes))
        .order_by(Requirement.id)
    ):
        found[codes[town_id]].append(_bare(text))
    return found


def _repeats(value: str, text: str) -> bool:
    return bool(text) and (text in value or (len(value) >= COPIED_LENGTH and value in text))


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
