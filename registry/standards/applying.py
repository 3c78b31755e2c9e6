"""Saying what a standard means for each town: proposed (see `proposal`), set or confirmed."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import audit
from registry.access import Actor, Permission
from registry.db import check_version, now
from registry.errors import Invalid, NotFound
from registry.municipalities.models import Municipality
from registry.standards import application_queries, checks
from registry.standards.models import Application, ApplicationState, StandardRequirement
from registry.standards.proposal import propose

NEEDS_VALUE: Final = frozenset({ApplicationState.OWN_VALUE, ApplicationState.EXCEPTION})


def set_application(
    session: Session,
    actor: Actor,
    *,
    standard: StandardRequirement,
    municipality_id: int,
    state: ApplicationState,
    value: str,
    version: int | None = None,
) -> Application:
    """Say what the standard means for one town; said by a person, it counts as confirmed.

    Raises NotFound for a town of another region, Invalid when an own value or an exception is not
    worded, Conflict for a stale version.
    """
    checks.business_for(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    town = session.get(Municipality, municipality_id)
    if town is None or town.region_id != actor.region_id:
        raise NotFound
    value = value.strip() if state in NEEDS_VALUE else ""
    if state in NEEDS_VALUE and not value:
        raise Invalid(
            "団体別の適用を保存していません。",
            {f"value-{town.code}": [f"{town.name}: {_missing_value(state)}"]},
        )
    application = session.scalar(
        sa.select(Application)
        .where(Application.standard_id == standard.id, Application.municipality_id == town.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    before = None
    if application is None:
        application = Application(standard_id=standard.id, municipality_id=town.id)
        session.add(application)
    else:
        if version is not None:
            check_version(
                application.version,
                version,
                {"state": application.state.label, "value": application.value},
            )
        before = _application_values(application)
    after = {"state": state.value, "value": value, "confirmed": True}
    if before == after:
        return application
    application.state, application.value = state, value
    application.confirmed_by, application.confirmed_at = actor.account_id, now()
    session.flush()  # the audit names its id
    audit.record(
        session,
        actor,
        "standards.set_application",
        f"application:{application.id}",
        before=before,
        after={"standard": standard.code, "municipality": town.code, **after},
    )
    return application


def propose_applications(session: Session, actor: Actor, *, standard: StandardRequirement) -> int:
    """Propose anew from today's alignments what nobody has confirmed; how many rows changed."""
    checks.business_for(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    changed = write_proposals(session, standard)
    if changed:
        audit.record(
            session,
            actor,
            "standards.propose_applications",
            f"standard_requirement:{standard.id}",
            after={"changed": changed},
        )
    return changed


def confirm_applications(session: Session, actor: Actor, *, standard: StandardRequirement) -> int:
    """Confirm every proposed application as it stands; how many were open.

    Raises Invalid naming the towns whose own value or exception is not worded yet.
    """
    checks.business_for(session, actor, Permission.DRAFT_STANDARDS, standard.business_id)
    rows = session.execute(
        sa.select(Application, Municipality)
        .join(Municipality, Municipality.id == Application.municipality_id)
        .where(Application.standard_id == standard.id, Application.confirmed_at.is_(None))
        .order_by(Municipality.code)
    ).all()
    wordless = {
        f"value-{town.code}": [f"{town.name}: {_missing_value(row.state)}"]
        for row, town in rows
        if row.state in NEEDS_VALUE and not row.value
    }
    if wordless:
        raise Invalid("団体別の適用を確認済みにしていません。", wordless)
    at = now()
    for row, _ in rows:
        row.confirmed_by, row.confirmed_at = actor.account_id, at
    if rows:
        audit.record(
            session,
            actor,
            "standards.confirm_applications",
            f"standard_requirement:{standard.id}",
            after={town.code: [row.state.value, row.value] for row, town in rows},
        )
    return len(rows)


def write_proposals(session: Session, standard: StandardRequirement) -> int:
    """Write today's proposals over whatever nobody has confirmed; how many rows changed."""
    towns = application_queries.towns_with_lines(session, standard)
    stored = {
        row.municipality_id: row
        for row in session.scalars(
            sa.select(Application)
            .where(Application.standard_id == standard.id)
            .order_by(Application.id)
        )
    }
    changed = 0
    for municipality_id, lines in towns.items():
        proposed = propose(standard.text, lines)
        row = stored.get(municipality_id)
        if row is None:
            row = Application(standard_id=standard.id, municipality_id=municipality_id)
            session.add(row)
        elif row.confirmed_at is not None or (row.state, row.value) == (
            proposed.state,
            proposed.value,
        ):
            continue
        row.state, row.value = proposed.state, proposed.value
        changed += 1
    session.flush()
    return changed


def _application_values(application: Application) -> dict[str, Any]:
    return {
        "state": application.state.value,
        "value": application.value,
        "confirmed": application.confirmed_at is not None,
    }


def _missing_value(state: ApplicationState) -> str:
    if state is ApplicationState.EXCEPTION:
        return "例外の内容(どう違うか、いつまでか)を入力してください。"
    return "団体の値を入力してください。"
