"""A line that holds several requirements is made into several, after a person has read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.errors import Conflict, Invalid
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import clarity, queries, splitting
from registry.requirements.models import Requirement, RequirementVersion
from registry.requirements.service import Saved
from registry.requirements.splitting import Part
from registry.requirements.views import blueprint, posted
from registry.web.database import actor, session
from registry.web.forms import Form, shown
from registry.web.gates import allow, writes

_ADDRESS = "/requirements/<string:slug>/<int:requirement_id>/split"


@blueprint.get(_ADDRESS)
@allow(Permission.WRITE_REQUIREMENTS)
def split_page(slug: str, requirement_id: int) -> ResponseReturnValue:
    """The proposed lines, each to be read and changed before anything is saved."""
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    draft = session().get_one(RequirementVersion, row.draft_version_id)
    texts = clarity.split_of(session(), actor(), draft.text) or (draft.text, "")
    parts = splitting.proposed(texts, draft.label)
    return _split_page(business, row, parts, shown({}, row.version))


@blueprint.post(_ADDRESS)
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def split(slug: str, requirement_id: int) -> ResponseReturnValue:
    """Store the parts as drafts; with `more` show the form again with one field more."""
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    parts = _typed()
    form = Form(values={"version": request.form.get("version", "")})
    if posted("more"):
        return _split_page(business, row, [*parts, Part("")], form, again=True)
    try:
        count = _stored(row, parts, form)
    except Conflict as stale:
        form.collided(stale.message, row.version)
        return _split_page(business, row, parts, form), 409
    if not form.ok:
        return _split_page(business, row, parts, form), 422
    flash(
        f"{count}件に分けて、下書きとして保存しました。新しい要件は、表でこの要件のすぐ後ろにあります。"
        "ほかの団体に見せるには、提出してください。",
        "success",
    )
    return redirect(url_for("requirements.detail", slug=slug, requirement_id=row.id), 303)


def _stored(row: Requirement, parts: Sequence[Part], form: Form) -> int:
    """How many lines it has become; the form says why when it has not."""
    saved: Sequence[Saved] = ()
    with form.catching(), _by_part():
        saved = splitting.split(session(), actor(), row, version=form.version, parts=parts)
    return len(saved)


def _typed() -> list[Part]:
    """The parts of the form; an emptied one is not wanted, but the first is the line itself."""
    numbers = range(1, splitting.MOST + 2)
    typed = [
        Part(request.form.get(f"part-{n}-text", "").strip(), posted(f"part-{n}-label"))
        for n in numbers
    ]
    typed = [Part(part.text.replace("\r\n", "\n"), part.label) for part in typed]
    return [part for number, part in enumerate(typed) if number == 0 or part.text]


@contextmanager
def _by_part() -> Iterator[None]:
    """What services call "0.text" is the field `part-1-text` of the form."""
    try:
        yield
    except Invalid as error:
        error.fields = {_field(name): texts for name, texts in error.fields.items()}
        raise


def _field(name: str) -> str:
    index, _, field = name.partition(".")
    return f"part-{int(index) + 1}-{field}" if index.isdecimal() else name


def _split_page(
    business: Business,
    row: Requirement,
    parts: Sequence[Part],
    form: Form,
    *,
    again: bool = False,
) -> str:
    while len(parts) < 2:
        parts = [*parts, Part("")]
    for number, part in enumerate(parts, start=1):
        form.values |= {f"part-{number}-text": part.text, f"part-{number}-label": part.label}
    draft = session().get_one(RequirementVersion, row.draft_version_id)
    return render_template(
        "requirements/split.html",
        business=business,
        requirement=row,
        draft=draft,
        form=form,
        count=len(parts),
        most=splitting.MOST,
        reason=splitting.reason(draft.label, draft.text, len(parts)),
        again=again,
    )
