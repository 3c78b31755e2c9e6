"""Proposals from the first computation to a person's answer."""

from __future__ import annotations

import re

import sqlalchemy as sa

from registry.comparison.models import Proposal
from registry.db import Database
from registry.jobs import Job
from registry.standards.models import Alignment, Relation, RequirementGroup
from tests.comparison.desk import AIZU, SEARCH, YUGAWA, Desk
from tests.comparison.pages import (
    BASE,
    COORDINATOR,
    Placed,
    SignIn,
    change,
    compute,
    group_of,
    read,
    text_of,
)
from tests.world import World


def ids(database: Database, *lines: int) -> list[tuple[int, int | None]]:
    with database.read() as session:
        return [
            (id, cluster)
            for id, cluster in session.execute(
                sa.select(Proposal.id, Proposal.cluster)
                .where(Proposal.requirement_id.in_(lines), Proposal.dismissed_by.is_(None))
                .order_by(Proposal.id)
            )
        ]


def test_proposals_are_computed_read_and_confirmed_by_a_person(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    assert "「提案を作る」を押すと" in read(client, f"{BASE}/proposals")
    assert client.send(f"{BASE}/proposals/compute").status_code == 303
    waiting = client.get(f"{BASE}/proposals").get_data(as_text=True)
    assert "順番を待っています" in waiting
    with database.read() as session:
        job = session.scalars(sa.select(Job.id).order_by(Job.id)).one()
    assert "順番を待っています" in read(client, f"{BASE}/proposals/jobs/{job}")
    compute(client, database)
    assert "件の提案があります" in read(client, f"{BASE}/proposals/jobs/{job}")
    page = read(client, f"{BASE}/proposals?kind=new")
    assert "2団体 2行" in page
    assert "鍵の貸出しと返却を記録" in page
    assert "共通の語" in page
    assert group_of(database, "loose", placed) is None
    found = ids(database, placed.lines["loose"], placed.lines["twin"])
    cluster = found[0][1]
    path = f"{BASE}/proposals/clusters/{cluster}"
    refused = client.send(f"{path}/confirm", label="鍵の管理")
    assert refused.status_code == 422
    assert "行を選んでください" in refused.get_data(as_text=True)
    assert 'value="鍵の管理"' in refused.get_data(as_text=True)
    refused = client.send(f"{path}/confirm", selected=[found[0][0]], label="")
    assert refused.status_code == 422
    answer = client.send(f"{path}/confirm", selected=[id for id, _ in found], label="鍵の管理")
    assert answer.status_code == 303
    assert group_of(database, "loose", placed) == group_of(database, "twin", placed) == "F-003"
    assert client.send(f"{path}/confirm", selected=[1], label="もう一度").status_code == 409
    assert "この種類の提案はありません" in read(client, f"{BASE}/proposals?kind=new")


def test_a_line_joins_a_group_or_the_proposal_is_dismissed_for_good(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    change(database, world, lambda desk: desk.line(world.towns[YUGAWA], SEARCH))
    client = signed_in(COORDINATOR)
    compute(client, database)
    page = read(client, f"{BASE}/proposals?kind=join")
    assert "F-001 空き状況の検索" in page
    assert "1.00" in page
    with database.read() as session:
        proposal = session.scalars(
            sa.select(Proposal.id)
            .where(Proposal.group_id == placed.groups["F-001"])
            .order_by(Proposal.id)
        ).one()
    assert client.send(f"{BASE}/proposals/join").status_code == 422
    assert client.send(f"{BASE}/proposals/dismiss", selected=[proposal]).status_code == 303
    compute(client, database)
    assert "F-001 空き状況の検索" not in read(client, f"{BASE}/proposals?kind=join")
    assert client.send(f"{BASE}/proposals/join", selected=[proposal]).status_code == 409


def test_near_lines_are_confirmed_with_the_relation_a_person_chose(
    signed_in: SignIn, placed: Placed, database: Database, world: World
) -> None:
    def write(desk: Desk) -> None:
        desk.line(world.towns[AIZU], "利用料金の還付は利用日の5日前まで申請できること。")
        desk.line(world.towns[YUGAWA], "利用料金の還付は利用日の8日前まで申請できること。")

    change(database, world, write)
    client = signed_in(COORDINATOR)
    compute(client, database)
    page = client.get(f"{BASE}/proposals?kind=beside").get_data(as_text=True)
    ticked = re.findall(r'name="selected" value="(\d+)"', page)
    cluster = re.findall(r'id="cluster-(\d+)"', page)[0]
    assert len(ticked) == 2
    assert "値が違う" in text_of(page)
    answer = client.send(
        f"{BASE}/proposals/clusters/{cluster}/confirm",
        selected=ticked,
        label="還付の期限",
        **{f"relation-{ticked[0]}": "same", f"relation-{ticked[1]}": "value_differs"},
    )
    assert answer.status_code == 303
    with database.read() as session:
        found = session.scalars(
            sa.select(Alignment.relation)
            .join(RequirementGroup, RequirementGroup.id == Alignment.group_id)
            .where(RequirementGroup.label == "還付の期限")
            .order_by(Alignment.id)
        ).all()
    assert sorted(found) == [Relation.SAME, Relation.VALUE_DIFFERS]


def test_a_cluster_is_dismissed_whole(
    signed_in: SignIn, placed: Placed, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    compute(client, database)
    (_, cluster), *_ = ids(database, placed.lines["loose"])
    path = f"{BASE}/proposals/clusters/{cluster}/dismiss"
    assert client.send(path).status_code == 303
    assert client.send(path).status_code == 409
    compute(client, database)
    assert "この種類の提案はありません" in read(client, f"{BASE}/proposals?kind=new")
