"""Submitted lines, groups and alignments put straight into their tables."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.comparison import proposing
from registry.db import now
from registry.municipalities.models import Municipality
from registry.processes.models import Business, BusinessProcess
from registry.requirements import bodies
from registry.requirements.models import (
    ImportState,
    Obligation,
    Requirement,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.standards.models import (
    Alignment,
    Relation,
    RequirementGroup,
    StandardAnswer,
    StandardRequirement,
)
from tests.world import World

AIZU, KITAKATA, YUGAWA = "072028", "072087", "074225"
SEARCH = "施設の空き状況を検索できること。"


@dataclass
class Desk:
    session: Session
    business: Business

    def line(
        self,
        town: Municipality,
        text: str,
        *,
        obligation: Obligation | None = Obligation.MANDATORY,
        mark: str = "◎",
        submitted: bool = True,
    ) -> Requirement:
        own = self._list(town)
        requirement = Requirement(
            municipality_id=town.id,
            business_id=self.business.id,
            list_id=own.id,
            position=1,
            state=RequirementState.SUBMITTED if submitted else RequirementState.DRAFT,
        )
        self.session.add(requirement)
        self.session.flush()
        requirement.position = requirement.id
        version = self.version(requirement, text, obligation=obligation, mark=mark)
        requirement.draft_version_id = version.id
        if submitted:
            requirement.submitted_version_id = version.id
        self.session.flush()
        return requirement

    def version(
        self,
        requirement: Requirement,
        text: str,
        *,
        obligation: Obligation | None = Obligation.MANDATORY,
        mark: str = "◎",
        number: int = 1,
    ) -> RequirementVersion:
        version = RequirementVersion(
            requirement_id=requirement.id,
            number=number,
            section="予約",
            label=str(requirement.id),
            text=text,
            mark=mark,
            obligation=obligation,
            body_id=bodies.body_ids(self.session, [text])[text],
            created_at=now(),
        )
        self.session.add(version)
        self.session.flush()
        return version

    def resubmit(self, requirement: Requirement, text: str) -> None:
        """The town submits another wording of its line."""
        version = self.version(requirement, text, number=2)
        requirement.draft_version_id = requirement.submitted_version_id = version.id
        self.session.flush()

    def withdraw(self, requirement: Requirement) -> None:
        requirement.deleted_at = now()
        self.session.flush()

    def group(
        self, code: str, label: str, *lines: Requirement, goal_id: int | None = None
    ) -> RequirementGroup:
        group = RequirementGroup(
            business_id=self.business.id, code=code, label=label, goal_id=goal_id
        )
        self.session.add(group)
        self.session.flush()
        for line in lines:
            self.align(group, line)
        return group

    def align(
        self, group: RequirementGroup, line: Requirement, relation: Relation = Relation.SAME
    ) -> Alignment:
        assert line.submitted_version_id is not None
        alignment = Alignment(
            group_id=group.id,
            requirement_id=line.id,
            requirement_version_id=line.submitted_version_id,
            relation=relation,
            confirmed_at=now(),
        )
        self.session.add(alignment)
        self.session.flush()
        return alignment

    def standard(self, serial: int, text: str, *groups: RequirementGroup) -> StandardRequirement:
        standard = StandardRequirement(
            business_id=self.business.id,
            serial=serial,
            code=f"A-{self.business.number}{serial:04}-01",
            title=f"標準{serial}",
            text=text,
            obligation=Obligation.MANDATORY,
            kind="functional",
        )
        self.session.add(standard)
        self.session.flush()
        for group in groups:
            self.session.add(StandardAnswer(standard_id=standard.id, group_id=group.id))
        self.session.flush()
        return standard

    def hide(self, town: Municipality) -> None:
        self.session.add(
            BusinessProcess(
                municipality_id=town.id, business_id=self.business.id, hides_detail=True
            )
        )
        self.session.flush()

    def _list(self, town: Municipality) -> RequirementList:
        own = RequirementList(
            municipality_id=town.id,
            business_id=self.business.id,
            name="一覧",
            state=ImportState.STORED,
            created_at=now(),
        )
        self.session.add(own)
        self.session.flush()
        return own


def spread(desk: Desk, world: World) -> dict[str, Requirement]:
    """F-001 with three towns, one of another wording; beside it what must not count."""
    towns = world.towns
    lines = {
        AIZU: desk.line(towns[AIZU], SEARCH),
        KITAKATA: desk.line(towns[KITAKATA], "空き状況を検索できる"),
        YUGAWA: desk.line(towns[YUGAWA], SEARCH, obligation=Obligation.OPTIONAL),
    }
    desk.group("F-001", "空き状況の検索", *lines.values())
    draft = desk.line(towns[KITAKATA], "下書きの行", submitted=False)
    gone = desk.line(towns[KITAKATA], "取り下げた行")
    group = desk.group("F-002", "だれも言わないこと", gone)
    desk.withdraw(gone)
    other = Desk(desk.session, world.other_business)
    other.group("F-001", "よその業務", other.line(towns[AIZU], SEARCH))
    foreign = Desk(desk.session, world.foreign_business)
    foreign.group("F-001", "よその地域", foreign.line(world.other_town, SEARCH))
    assert draft.id
    assert group.id
    return lines


def propose(desk: Desk, world: World) -> None:
    """What the job does, in the test's own session."""
    material = proposing.gather(desk.session, world.coordinator, desk.business.id)
    proposing.replace(desk.session, desk.business.id, material, proposing.find(material))
