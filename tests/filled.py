"""The cast with everything in it: one business of the first region, from lines to a delivery.

Some texts are canaries, each with a word of its own that no comparison of words takes apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import jobs
from registry.accounts import service as accounts_service
from registry.accounts.models import Account
from registry.comparison import proposing
from registry.comparison.models import Proposal
from registry.db import now
from registry.processes import flow_service, step_table
from registry.processes import queries as processes_queries
from registry.processes import service as processes
from registry.processes.bpmn import writing
from registry.processes.models import FlowKind
from registry.requirements import importing, reviewing
from registry.requirements.models import Requirement, RequirementList
from registry.requirements.table import Row, Table
from registry.specs import service as specs
from registry.specs.models import SpecDraft
from tests.comparison.desk import Desk
from tests.specs import agreed
from tests.standards import nation
from tests.vendors import held
from tests.world import World

AIZU, KITAKATA, YUGAWA = "072028", "072087", "074225"
SLUG = "snow-removal"  # the other region has no business of this name

OWN_DRAFT = "KANARIAICHI 会津若松市の下書きであること。"
OWN_IMPORT = "KANARIANI 会津若松市の取込前の行であること。"
THEIR_DRAFT = "KANARIASAN 喜多方市の下書きであること。"
THEIR_EDIT = "KANARIASHI 喜多方市の書きかけの直しであること。"
THEIR_REASON = "KANARIAGO 喜多方市の差戻しの理由。"
THEIR_IMPORT = "KANARIAROKU 喜多方市の取込前の行であること。"
HIDDEN = "KANARIANANA 湯川村が内訳を公開しない行であること。"
UNDELIVERED = "KANARIAHACHI まだ配布していない版の要件であること。"
SUBMITTED = "KANARIAKYUU 会津若松市が提出した行であること。"

CANARIES = (
    OWN_DRAFT,
    OWN_IMPORT,
    THEIR_DRAFT,
    THEIR_EDIT,
    THEIR_REASON,
    THEIR_IMPORT,
    HIDDEN,
    UNDELIVERED,
    SUBMITTED,
)


@dataclass(frozen=True)
class Filled:
    """Ids of one row of each kind; those of lines and imports belong to 会津若松市."""

    world: World
    account_id: int
    alignment_id: int
    cluster: int
    clustered_id: int
    delivery_id: int
    flow_id: int
    import_id: int
    import_job_id: int
    join_id: int
    own_draft_id: int
    proposal_job_id: int
    requirement_version_id: int
    reset_token: str
    spec_id: int
    submitted_id: int
    term_id: int
    vendor_id: int


def fill(session: Session, cast: World) -> Filled:
    """Add everything to the cast; the caller commits."""
    world = replace(cast, business=cast.other_business)
    desk = Desk(session, world.business)
    processes.set_term(
        session, world.coordinator, business=world.business, term="除雪", meaning="雪をのけること。"
    )
    lines = _lines(session, world, desk)
    _review(session, world, lines)
    imports = {code: _import(session, world, code, text) for code, text in IMPORTS}
    own_job = jobs.enqueue(session, world.of("editor"), importing.JOB, {"list_id": 0})
    grouped = desk.group("F-001", "出動の基準", lines["sent"], lines["theirs"], lines["hidden"])
    desk.group("F-002", "委託業者への連絡", lines["edited"])
    spec_id = nation.stored(session, world).id
    edition = held.released(session, world)
    agreed.drafted(session, world, "まだ決めていない標準")
    agreed.adopted(session, world, "第二版で足す標準", text=UNDELIVERED)
    held.released(session, world, "1.1")
    delivery = held.delivered(session, world, edition)
    business_id = world.business.id
    session.add(
        SpecDraft(business_id=business_id, content=b"%PDF", sha256="0" * 64, created_at=now())
    )
    specs.enqueue_draft(session, world.coordinator, business_id=business_id)
    alignment_id = desk.align(grouped, lines["also"]).id
    material = proposing.gather(session, world.coordinator, business_id)
    proposing.replace(session, business_id, material, proposing.find(material))
    proposal_job = proposing.enqueue(session, world.coordinator, world.business)
    helped = session.get_one(Account, world.accounts["vendor@vendor-b.example"].id)
    term = processes_queries.terms(session, business_id)[0]
    session.flush()
    joining, clustered = _proposals(session)
    assert lines["sent"].submitted_version_id is not None
    assert clustered.cluster is not None
    return Filled(
        world=world,
        account_id=helped.id,
        alignment_id=alignment_id,
        cluster=clustered.cluster,
        clustered_id=clustered.id,
        delivery_id=delivery.id,
        flow_id=_flow(session, world),
        import_id=imports[AIZU].id,
        import_job_id=own_job.id,
        join_id=joining.id,
        own_draft_id=lines["draft"].id,
        proposal_job_id=proposal_job.id,
        requirement_version_id=lines["sent"].submitted_version_id,
        reset_token=accounts_service.create_reset(session, world.administrator, helped),
        spec_id=spec_id,
        submitted_id=lines["sent"].id,
        term_id=term.id,
        vendor_id=world.vendors["a"].id,
    )


def _flow(session: Session, world: World) -> int:
    """会津若松市's flow of the business."""
    rows = step_table.read_tsv("担当\t手順\t次へ\n窓口\t出動を指示する\t終了\n")
    made = flow_service.create_flow(
        session,
        world.of("editor"),
        municipality_id=world.towns[AIZU].id,
        business=world.business,
        kind=FlowKind.AS_IS,
        title="除雪の手順",
        document=writing.compose(step_table.to_flow(rows, title="除雪の手順")),
    )
    return made.id


def _lines(session: Session, world: World, desk: Desk) -> dict[str, Requirement]:
    towns = world.towns
    lines = {
        "sent": desk.line(towns[AIZU], SUBMITTED),
        "also": desk.line(towns[AIZU], "積雪10センチで出動すること。"),
        "alone": desk.line(towns[AIZU], "通行止めを地図で知らせること。"),
        "draft": desk.line(towns[AIZU], OWN_DRAFT, submitted=False),
        "theirs": desk.line(towns[KITAKATA], "積雪15センチで出動すること。"),
        "edited": desk.line(towns[KITAKATA], "委託業者へ電話で連絡すること。"),
        "near": desk.line(towns[KITAKATA], "通行止めを地図で知らせること。"),
        "joins": desk.line(towns[KITAKATA], "積雪10センチで出動すること"),
        "back": desk.line(towns[KITAKATA], "記録を残すこと。"),
        "their draft": desk.line(towns[KITAKATA], THEIR_DRAFT, submitted=False),
        "hidden": desk.line(towns[YUGAWA], HIDDEN),
        "hidden alone": desk.line(towns[YUGAWA], f"{HIDDEN}二つ目。"),
    }
    edit = desk.version(lines["edited"], THEIR_EDIT, number=2)
    lines["edited"].draft_version_id = edit.id
    desk.hide(towns[YUGAWA])
    return lines


def _proposals(session: Session) -> tuple[Proposal, Proposal]:
    """A line that may join a group, and one that may make a new group with another."""
    joins = sa.select(Proposal).where(Proposal.group_id.is_not(None)).order_by(Proposal.id)
    clustered = sa.select(Proposal).where(Proposal.cluster.is_not(None)).order_by(Proposal.id)
    joining, first = session.scalars(joins).first(), session.scalars(clustered).first()
    assert joining is not None
    assert first is not None
    return joining, first


def _review(session: Session, world: World, lines: dict[str, Requirement]) -> None:
    back = lines["back"]
    assert back.submitted_version_id is not None
    session.flush()
    reviewing.send_back(
        session,
        world.of("approver", KITAKATA),
        items=[(back.id, back.submitted_version_id)],
        reason=THEIR_REASON,
    )


IMPORTS = ((AIZU, OWN_IMPORT), (KITAKATA, THEIR_IMPORT))


def _import(session: Session, world: World, code: str, text: str) -> RequirementList:
    rows = (Row(1, ("番号", "要件")), Row(2, ("1", text)))
    return importing.open_list(
        session,
        world.of("editor", code),
        municipality_id=world.towns[code].id,
        business_id=world.business.id,
        name="一覧",
        sha256="0" * 64,
        table=Table(name="list.csv", format="csv", rows=rows),
    )
