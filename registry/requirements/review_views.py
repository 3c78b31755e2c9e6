"""Submitting a town's lines, and what waits for its approver."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Invalid
from registry.goals import queries as goals
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import (
    diffs,
    line_queries,
    queries,
    review_queries,
    reviewing,
    submissions,
)
from registry.requirements.grid import LABELS
from registry.requirements.line_queries import Filter
from registry.requirements.line_views import detail_page
from registry.requirements.models import RequirementState
from registry.requirements.schemas import ReviewSchema, WithdrawalSchema
from registry.requirements.table_views import save_typed, ticked
from registry.requirements.values import row_id
from registry.requirements.views import (
    PAGE_SIZE,
    asked_for,
    blueprint,
    kept_arguments,
    own_town,
    posted,
)
from registry.text.worddiff import diff_words
from registry.web import paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

_LONGEST_ADDRESS: Final = 3000  # gunicorn refuses a request line of more than 4,094 characters


@blueprint.get("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
def submit_page(slug: str) -> ResponseReturnValue:
    """What would be submitted, what needs a 変更理由, and what is worth a look before.

    `?lines=12-15.20` ticks these lines alone; without it every line is ticked.
    """
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    return _submit_page(business, town, Form(), _spans(asked_for("lines")))


def _submit_page(
    business: Business, town: Municipality, form: Form, chosen: list[tuple[int, int]] | None
) -> str:
    owner = {"municipality_id": town.id, "business_id": business.id}
    every = line_queries.lines(session(), actor(), **owner, narrowed=Filter()).items
    agreed = review_queries.agreed_changes(session(), actor(), **owner)
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    open_states = {RequirementState.DRAFT, RequirementState.RETURNED}
    items: list[dict[str, Any]] = []
    for line in every:
        if line.state not in open_states:
            continue
        confirmed, draft = agreed.get(line.id, (None, None))
        changes = diffs.changed_fields(confirmed, draft, codes) if confirmed and draft else []
        ticked = chosen is None or any(first <= line.id <= last for first, last in chosen)
        items.append({"line": line, "changes": changes, "checked": ticked})
    changed = [item for item in items if item["changes"]]
    return render_template(
        "requirements/submit.html",
        business=business,
        form=form,
        labels={"reason": "同じ理由をすべてに"}
        | {f"reason-{item['line'].id}": "変更理由" for item in changed},
        changed=changed,
        first=[item for item in items if not item["changes"]],
        lines=[item["line"] for item in items],
        stand=_stand(items),
        total=len(every),
        max_reason=submissions.MAX_REASON,
    )


def _stand(items: Sequence[Mapping[str, Any]]) -> int:
    """Tells one state of the page from another: reasons kept in a browser's tab are only put back
    by themselves where the lines and their ticks are still the same."""
    seen = [(item["line"].id, item["line"].version, item["checked"]) for item in items]
    return zlib.crc32(repr(seen).encode())


@blueprint.post("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
@writes
def submit(slug: str) -> ResponseReturnValue:
    """Submit the ticked rows, or all drafts when the page says so.

    The table has no place for reasons: where one is needed its ticks go on to the submit page,
    and what was typed in the table is stored all the same.
    """
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    everything = request.form.get("everything") == "1"
    _, failed_page = save_typed(business, town)
    if failed_page:
        return failed_page, 422
    try:
        count = reviewing.submit(
            session(),
            actor(),
            municipality_id=town.id,
            business_id=business.id,
            requirement_ids=None if everything else ticked(),
            reasons=_typed_reasons(),
            reason=posted("reason"),
        )
    except Invalid as refused:
        if not refused.fields:
            raise
        if "asked" in request.form:
            return _submit_page(business, town, _refused(refused), _ticked_spans()), 422
        lines = None if everything else _written(ticked())
        flash(
            "確定した内容から変わった要件があります。変更理由を入力して、提出してください。"
            "まだ提出していません。",
            "info",
        )
        return redirect(url_for("requirements.submit_page", slug=slug, lines=lines), 303)
    if count:
        flash(f"{count}件を提出しました。団体承認者の確定を待っています。", "success")
    else:
        flash("提出する下書きはありませんでした。選んだ要件はすでに提出されています。", "info")
    return redirect(url_for("requirements.table", slug=slug, **kept_arguments()), 303)


def _typed_reasons() -> dict[int, str]:
    """The reasons of the form by requirement id."""
    found = {}
    for name in request.form:
        if name.startswith("reason-") and (one := row_id(name.removeprefix("reason-"))):
            found[one] = posted(name).replace("\r\n", "\n")
    return found


def _refused(error: Invalid) -> Form:
    """The form as sent, with what the service calls "reasons.12" beside the field reason-12."""
    errors = {name.replace("reasons.", "reason-"): texts for name, texts in error.fields.items()}
    return Form(values=request.form.to_dict(), errors=errors, message=error.message)


def _ticked_spans() -> list[tuple[int, int]]:
    return [(one, one) for one in ticked()]


def _written(ids: Sequence[int]) -> str:
    """Ids as an address holds them: 12-15.20. "-", which is none, for more than fits in one."""
    spans: list[list[int]] = []
    for one in sorted(set(ids)):
        if spans and spans[-1][1] == one - 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    words = ".".join(f"{a}-{b}" if a != b else str(a) for a, b in spans)
    return words if len(words) <= _LONGEST_ADDRESS else "-"


def _spans(words: str) -> list[tuple[int, int]] | None:
    """What `_written` wrote: (first, last) of each run of ids; None where nothing was written."""
    if not words:
        return None
    found = []
    for part in words.split("."):
        first, _, last = part.partition("-")
        a, b = row_id(first), row_id(last or first)
        if a is not None and b is not None:
            found.append((a, b))
    return found


@blueprint.get("/approvals")
@allow(Permission.CONFIRM_REQUIREMENTS)
def approvals() -> ResponseReturnValue:
    return _approvals_page(Form())


def _approvals_page(form: Form) -> str:
    slug = asked_for("business")
    business = processes.business(session(), actor(), slug) if slug else None
    page, size = paging.asked(PAGE_SIZE)
    found = review_queries.waiting(
        session(),
        actor(),
        business_id=business.id if business else None,
        page=page,
        page_size=size,
    )
    items = [
        {
            "line": one,
            "pieces": diff_words(one.confirmed_text, one.text)
            if one.confirmed_text is not None
            else None,
        }
        for one in found.items
    ]

    def href(number: int) -> str:
        return url_for("requirements.approvals", business=slug or None, page=number)

    return render_template(
        "requirements/approvals.html",
        page=found,
        items=items,
        business=business,
        business_options=[(one.slug, one.name) for one in processes.businesses(session(), actor())],
        href=href,
        form=form,
        filter_form=shown({"business": slug}),
        labels=LABELS,
    )


@blueprint.post("/approvals/confirm")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def confirm() -> ResponseReturnValue:
    count = reviewing.confirm(session(), actor(), items=_reviewed())
    flash(f"{count}件を確定しました。", "success")
    return redirect(url_for("requirements.approvals"), 303)


@blueprint.post("/approvals/send-back")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def send_back() -> ResponseReturnValue:
    form = bind(ReviewSchema())
    if form.ok:
        with form.catching():
            count = reviewing.send_back(
                session(), actor(), items=_reviewed(), reason=form.data["reason"]
            )
            flash(f"{count}件を差し戻しました。理由は入力した人に表示されます。", "success")
            return redirect(url_for("requirements.approvals"), 303)
    return _approvals_page(form), 422


@blueprint.post("/requirements/<string:slug>/<int:requirement_id>/withdraw")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def withdraw(slug: str, requirement_id: int) -> ResponseReturnValue:
    """Take one confirmed line back, from its page."""
    business = processes.business(session(), actor(), slug)
    row, _ = queries.get_readable(session(), actor(), business.id, requirement_id)
    form = bind(WithdrawalSchema())
    version_id = row_id(form.values.get("version_id", ""))
    if version_id is None:
        raise Invalid("この画面では取り下げられません。画面を開き直してください。")
    if form.ok:
        with form.catching():
            reviewing.withdraw(
                session(),
                actor(),
                items=[(row.id, version_id)],
                reason=form.data["reason"],
            )
            flash(
                "取り下げました。ほかの団体には見えません。入力した人には理由が表示されます。",
                "success",
            )
            return redirect(
                url_for("requirements.detail", slug=slug, requirement_id=requirement_id), 303
            )
    return detail_page(business, row.id, form=form), 422


def _reviewed() -> list[tuple[int, int]]:
    """The ticked submissions. Raises Invalid for anything that this page did not send."""
    items = []
    for one in request.form.getlist("selected"):
        requirement_id, version_id = map(row_id, (one + "-").split("-")[:2])
        if requirement_id is None or version_id is None:
            raise Invalid("選ばれた要件を読み取れませんでした。画面を開き直してください。")
        items.append((requirement_id, version_id))
    return items
