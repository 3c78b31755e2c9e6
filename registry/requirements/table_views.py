"""What is done in a town's table: saving it, by form or by script, and acts on its ticked rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import flash, get_template_attribute, redirect, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import clarity, count_queries, editing, service, storage
from registry.requirements.grid import about, typed_rows
from registry.requirements.schemas import RowsSchema
from registry.requirements.values import row_id
from registry.requirements.views import blueprint, kept_arguments, own_town, posted, table_page
from registry.web.database import actor, session
from registry.web.gates import allow, writes


@blueprint.post("/requirements/<string:slug>")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save(slug: str) -> ResponseReturnValue:
    """The plain form of the table: all rows or none."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    saved, failed_page = save_typed(business, town)
    if failed_page:
        return failed_page, 422
    changed = sum(one.changed for one in saved)
    if changed:
        flash(f"{changed}行を保存しました。", "success")
    else:
        flash("変わったところはありませんでした。", "info")
    return redirect(url_for("requirements.table", slug=slug, **kept_arguments()), 303)


def save_typed(business: Business, town: Municipality) -> tuple[list[editing.Answer], str]:
    """Save what stands in the posted table: the answers, and the page to show when it failed."""
    rows = typed_rows(request.form)
    answers = editing.save_rows(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        rows=rows,
        whole=True,
    )
    failed = sum(not one.ok for one in answers)
    if not failed:
        return answers, ""
    message = f"{failed}行に直す点があります。まだ1行も保存していません。入力した内容はこの画面に残っています。"
    return answers, table_page(business, town, answers=answers, typed=rows, message=message)


@blueprint.post("/requirements/<string:slug>/rows")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save_rows(slug: str) -> ResponseReturnValue:
    """The table's script: rows one by one, or a pasted block whole (contract in js/grid.js)."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    try:
        sent = RowsSchema().load(request.get_json(silent=True) or {}, unknown=ma.EXCLUDE)
    except ma.ValidationError as error:
        found = error.messages if isinstance(error.messages, dict) else {}
        texts = found.get("rows")
        many = isinstance(texts, list)
        raise Invalid(
            str(texts[0])
            if many and texts
            else "表の内容を読み取れませんでした。画面を開き直してください。"
        ) from error
    whole = sent["mode"] == "all"
    rows = [editing.Row(row["id"], row["version"], row["fields_"]) for row in sent["rows"]]
    answers = editing.save_rows(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        rows=rows,
        whole=whole,
    )
    if whole and not all(one.ok for one in answers):
        return {"rows": [one.to_data() for one in answers]}, 422
    return _drawn(business, town, answers)


def _drawn(
    business: Business, town: Municipality, answers: Sequence[editing.Answer]
) -> dict[str, Any]:
    """The answers with what the page shows beside the rows, as it would be drawn by now."""
    stored = storage.stored_lines(
        session(),
        municipality_id=town.id,
        business_id=business.id,
        ids={one for answer in answers if (one := row_id(answer.id)) is not None},
    )
    markers = clarity.of_rows(
        session(), actor(), {one: line.values.text for one, line in stored.items()}
    )
    state = get_template_attribute("requirements/row_state.html", "row_state")
    rows = []
    for answer in answers:
        data, line = answer.to_data(), stored.get(row_id(answer.id) or 0)
        if line is not None and not answer.errors:
            named = about(line.values.label, line.values.text)
            data["parts"] = {
                "state": state(
                    business, line.id, line.state, line.return_reason, named, markers[line.id]
                )
            }
        rows.append(data)
    counts = count_queries.own_counts(session(), actor()).get(business.id, count_queries.Counts())
    words = get_template_attribute("requirements/row_state.html", "counts_line")(counts)
    changed = [markers[int(one.id)] for one in answers if one.ok and one.changed]
    return {
        "rows": rows,
        "parts": {"counts": words},
        "message": clarity.in_words(changed) if changed else "",
    }


@blueprint.post("/requirements/<string:slug>/delete")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete_ticked(slug: str) -> ResponseReturnValue:
    """Delete the ticked drafts; the table's row versions say what was seen of them."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    saved, failed_page = save_typed(business, town)
    if failed_page:
        return failed_page, 422
    just_saved = {one.id: one.version for one in saved if one.changed}
    count = service.delete_many(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        items=[(one, just_saved.get(str(one), _seen_version(one))) for one in ticked()],
    )
    flash(f"下書き{count}件を削除しました。", "success")
    return redirect(url_for("requirements.table", slug=slug, **kept_arguments()), 303)


def _seen_version(requirement_id: int) -> int:
    """0, which no row has, for a row the page did not show."""
    return row_id(request.form.get(f"rows-{requirement_id}-version", "")) or 0


@blueprint.post("/requirements/<string:slug>/goal")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def set_goal(slug: str) -> ResponseReturnValue:
    """Hang the ticked rows under one goal."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    code = posted("bulk_goal")
    goal = goals.by_code(session(), actor(), code) if code else None
    _, failed_page = save_typed(business, town)
    if failed_page:
        return failed_page, 422
    count = service.set_goal(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        requirement_ids=ticked(),
        goal_id=goal.id if goal else None,
    )
    name = f"{goal.code}" if goal else "なし"
    flash(f"{count}件の目標を「{name}」にしました。", "success")
    return redirect(url_for("requirements.table", slug=slug, **kept_arguments()), 303)


def ticked() -> list[int]:
    ticked = (row_id(one) for one in request.form.getlist("selected"))
    return [one for one in ticked if one is not None]
