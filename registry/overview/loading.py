"""`kaizu load DIR`: a folder of texts becomes a region; loading it again changes nothing.

The texts are read by people first, so each fault is told with its file and line.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, Role, terminal_actor
from registry.accounts import queries as accounts_queries
from registry.accounts import service as accounts
from registry.errors import Invalid
from registry.goals import queries as goals_queries
from registry.goals import service as goals
from registry.goals.models import Beneficiary, Horizon, IndicatorKind, Viewpoint
from registry.municipalities import queries as municipalities
from registry.municipalities.models import Municipality, MunicipalityKind, Region
from registry.processes import flow_queries, flow_service, step_table
from registry.processes import queries as processes_queries
from registry.processes import service as processes
from registry.processes.bpmn import writing
from registry.processes.models import FlowKind
from registry.vendors import queries as vendors_queries
from registry.vendors import service as vendors


@dataclass(frozen=True)
class Folder:
    """A fixture folder (its files are described in ARCHITECTURE)."""

    path: Path

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of a tsv file; `\\n` written in a cell is a newline. No file, no rows."""
        file = self.path / name
        if not file.is_file():
            return
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
            for row in reader:
                if None in row or None in row.values():
                    raise Invalid(f"{name} の {reader.line_num} 行目は、列の数が見出しと違います。")
                yield {key: value.replace("\\n", "\n") for key, value in row.items()}

    def toml(self, name: str) -> dict[str, Any]:
        """Raises Invalid for a missing or malformed file."""
        try:
            return tomllib.loads((self.path / name).read_text(encoding="utf-8"))
        except OSError as error:
            raise Invalid(
                f"{self.path / name} を読めません。フォルダー名を確かめてください。"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise Invalid(f"{name} の書き方が正しくありません({error})。") from error


def load(session: Session, folder: Folder) -> Actor:
    """Everything that stands before the towns' lists: region, towns, goals, businesses, people."""
    region = _region(session, folder)
    actor = terminal_actor(region.id)
    _towns(session, actor, folder)
    _vendors(session, actor, folder)
    _accounts(session, actor, folder)
    _goals(session, actor, folder)
    _businesses(session, actor, folder)
    _flows(session, actor, folder)
    return actor


def person(session: Session, email: str) -> Actor:
    """The named person of the folder. Raises Invalid when there is no such account."""
    account = accounts_queries.by_email(session, email)
    if account is None:
        raise Invalid(f"アカウント {email} がありません。accounts.tsv を確かめてください。")
    return accounts_queries.actor_of(session, account)


def _region(session: Session, folder: Folder) -> Region:
    given = folder.toml("region.toml")
    known = session.scalar(sa.select(Region).where(Region.code == given["code"]))
    if known is not None:
        return known
    region = Region(**{key: given[key] for key in ("code", "name", "bureau", "issuer")})
    session.add(region)
    session.flush()  # everything below belongs to it
    audit.record(
        session,
        terminal_actor(region.id),
        "municipalities.create_region",
        f"region:{region.id}",
        after={"code": region.code, "name": region.name},
    )
    return region


def _towns(session: Session, actor: Actor, folder: Folder) -> None:
    known = {town.code for town in municipalities.all_towns(session, actor)}
    for row in folder.rows("municipalities.tsv"):
        if row["code"] in known:
            continue
        town = Municipality(
            region_id=actor.region_id,
            code=row["code"],
            name=row["name"],
            kana=row["kana"],
            kind=MunicipalityKind(row["kind"]),
            population=int(row["population"]),
        )
        session.add(town)
        session.flush()  # the audit names its id
        audit.record(
            session,
            actor,
            "municipalities.create",
            f"municipality:{town.id}",
            after={"code": town.code, "name": town.name},
        )


def _vendors(session: Session, actor: Actor, folder: Folder) -> None:
    known = {vendor.name for vendor in vendors_queries.vendors(session, actor)}
    for row in folder.rows("vendors.tsv"):
        if row["name"] not in known:
            vendors.create_vendor(session, actor, name=row["name"], kana=row["kana"])


def _accounts(session: Session, actor: Actor, folder: Folder) -> None:
    for row in folder.rows("accounts.tsv"):
        if accounts_queries.by_email(session, row["email"]) is not None:
            continue
        code = row["municipality_code"]
        account = accounts.create_account(
            session,
            actor,
            email=row["email"],
            name=row["name"],
            role=Role(row["role"]),
            municipality=municipalities.by_code(session, actor, code) if code else None,
        )
        if row["vendor"]:
            vendors.join(session, actor, name=row["vendor"], account_id=account.id)


def _goals(session: Session, actor: Actor, folder: Folder) -> None:
    known = {goal.code: goal.id for goal in goals_queries.all_goals(session, actor)}
    for row in folder.rows("goals.tsv"):
        if row["code"] in known:
            continue
        if row["parent"] and row["parent"] not in known:
            raise Invalid(
                f"goals.tsv の {row['code']} は、親の {row['parent']} より後に書いてください。"
            )
        goal = goals.create_goal(
            session,
            actor,
            code=row["code"],
            parent_id=known[row["parent"]] if row["parent"] else None,
            statement=row["statement"],
            viewpoint=Viewpoint(row["viewpoint"]),
            horizon=Horizon(row["horizon"]),
            beneficiary=Beneficiary(row["beneficiary"]),
            indicator_kind=IndicatorKind(row["indicator_kind"]) if row["indicator_kind"] else None,
            measure=row["measure"],
            unit=row["unit"],
            now=row["now"],
            target=row["target"],
            due=date.fromisoformat(row["due"]) if row["due"] else None,
            judgement=row["judgement"],
        )
        known[goal.code] = goal.id


def _businesses(session: Session, actor: Actor, folder: Folder) -> None:
    known = {business.slug for business in processes_queries.businesses(session, actor)}
    for row in folder.rows("businesses.tsv"):
        if row["slug"] not in known:
            processes.create_business(session, actor, **row)
    for row in folder.rows("terms.tsv"):
        business = processes_queries.business(session, actor, row["business"])
        processes.set_term(
            session, actor, business=business, term=row["term"], meaning=row["meaning"]
        )


def _flows(session: Session, actor: Actor, folder: Folder) -> None:
    """The towns' flows, written down as step tables."""
    for row in folder.rows("flows.tsv"):
        business = processes_queries.business(session, actor, row["business"])
        town = municipalities.by_code(session, actor, row["municipality_code"])
        kind, title = FlowKind(row["kind"]), row["title"]
        known = flow_queries.flows(session, actor, business.id)
        if any(
            (one.town.id, one.record.kind, one.record.title) == (town.id, kind, title)
            for one in known
        ):
            continue
        try:
            text = (folder.path / row["file"]).read_text(encoding="utf-8")
        except OSError as error:
            raise Invalid(f"flows.tsv が指す {row['file']} を読めません。") from error
        flow = step_table.to_flow(step_table.read_tsv(text), title=title)
        flow_service.create_flow(
            session,
            actor,
            municipality_id=town.id,
            business=business,
            kind=kind,
            title=title,
            document=writing.compose(flow),
            note=row["note"],
        )
