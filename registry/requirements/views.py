"""The pages of requirements: the town's table, one line and its history, what waits for approval."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import marshmallow as ma
from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from registry.access import Actor, Permission
from registry.db import check_version
from registry.errors import Invalid, NotFound
from registry.goals import queries as goals
from registry.goals.models import Goal
from registry.municipalities.models import Municipality
from registry.processes import queries as processes
from registry.processes.models import Business
from registry.requirements import diffs, editing, export, queries, service
from registry.requirements.legend import Axis
from registry.requirements.models import (
    Obligation,
    Requirement,
    RequirementKind,
    RequirementList,
    RequirementState,
    RequirementVersion,
)
from registry.requirements.queries import SORTS, Filter, Line
from registry.requirements.schemas import FIELDS, RequirementSchema, ReviewSchema, RowsSchema
from registry.requirements.values import COLUMNS, Values, remark, row_id
from registry.text.worddiff import diff_words
from registry.web import paging
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

blueprint = Blueprint("requirements", __name__)

PAGE_SIZE: Final = 100
LABELS: Final = {
    "section": "分類",
    "label": "番号",
    "text": "要件",
    "obligation": "実装区分",
    "kind": "種別",
    "goal": "目標",
    "step": "手順",
    "note": "備考",
    "reason": "差戻しの理由",
}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROW: Final = re.compile(r"rows-(new-\d{1,6}|\d{1,10})-([a-z]+)")


@blueprint.get("/requirements")
@allow(Permission.READ_CONTENT)
def listing() -> ResponseReturnValue:
    """Choose a business; the own town's progress in each."""
    own = queries.own_counts(session(), actor())
    region = queries.towns_submitted(session(), actor())
    rows = [
        {
            "business": one,
            "own": own.get(one.id, queries.Counts()),
            "region": region.get(one.id, (0, 0)),
        }
        for one in processes.businesses(session(), actor())
    ]
    return render_template("requirements/listing.html", rows=rows, may=_may(actor()))


@blueprint.get("/requirements/<string:slug>")
@allow(Permission.READ_CONTENT)
def table(slug: str) -> ResponseReturnValue:
    """The own town's table to work in; another town's submitted lines to read."""
    business = processes.business(session(), actor(), slug)
    code = _asked("municipality") or actor().municipality_code
    if code is None:
        return redirect(url_for("requirements.towns", slug=slug), 303)
    return _table(business, queries.municipality(session(), actor(), code))


@blueprint.get("/requirements/<string:slug>/towns")
@allow(Permission.READ_CONTENT)
def towns(slug: str) -> ResponseReturnValue:
    """Every town with what may be known of its lines."""
    business = processes.business(session(), actor(), slug)
    counts = queries.town_counts(session(), actor(), business.id)
    return render_template("requirements/towns.html", business=business, towns=counts)


def _table(
    business: Business,
    town: Municipality,
    *,
    answers: Sequence[editing.Answer] = (),
    typed: Sequence[editing.Row] = (),
    message: str = "",
) -> str:
    narrowed, (page, size) = _filter(), paging.asked(PAGE_SIZE)
    own = town.id == actor().municipality_id
    owner = {"municipality_id": town.id, "business_id": business.id}
    readable = queries.may_read(session(), actor(), town.id, business.id)
    found = queries.lines(session(), actor(), **owner, narrowed=narrowed, page=page, page_size=size)
    every = goals.all_goals(session(), actor())
    editable = own and actor().may(Permission.WRITE_REQUIREMENTS)
    return render_template(
        "requirements/table.html",
        business=business,
        town=town,
        own=own,
        readable=readable,
        editable=editable,
        may=_may(actor()),
        counts=queries.own_counts(session(), actor()).get(business.id, queries.Counts()),
        town_counts=None
        if own
        else next(
            one
            for one in queries.town_counts(session(), actor(), business.id)
            if one.municipality_id == town.id
        ),
        page=found,
        rows=_grid_rows(found.items, answers, typed),
        columns=_grid_columns(every, narrowed, slug=business.slug),
        narrowed=narrowed,
        filter_form=_filter_form(narrowed, town, own=own),
        sections=[
            (one, one)
            for one in (queries.sections(session(), actor(), **owner) if readable else [])
        ],
        goals=every,
        goal_filter=[("-", "目標なし"), *goal_options(every, short=20)[1:]],
        states=[
            one for one in RequirementState.choices() if own or one[0] in {"submitted", "confirmed"}
        ],
        complete=found.total <= size and narrowed == Filter() and not answers,
        href=_page_href(business.slug),
        error=message,
        blanks=0 if any(row.id.startswith("new-") for row in typed) else 3,
        narrowed_at_all=narrowed != Filter(sort=narrowed.sort, descending=narrowed.descending),
        form_action=url_for("requirements.table", slug=business.slug, **_arguments()),
        read_columns=_read_columns(business.slug, narrowed),
    )


def _may(person: Actor) -> dict[str, bool]:
    """What the buttons of a page ask."""
    return {
        "write": person.may(Permission.WRITE_REQUIREMENTS),
        "submit": person.may(Permission.SUBMIT_REQUIREMENTS),
        "import": person.may(Permission.IMPORT_REQUIREMENTS),
        "confirm": person.may(Permission.CONFIRM_REQUIREMENTS),
        "own": person.municipality_id is not None,
    }


def _asked(name: str) -> str:
    """A word of the address; the character that PostgreSQL takes in no text asks for nothing."""
    return request.args.get(name, "").replace("\x00", "").strip()


def _filter() -> Filter:
    """What the address narrows the table to; a state that does not exist is no filter."""
    state, sort = _asked("state"), _asked("sort")
    return Filter(
        state=RequirementState(state) if state in RequirementState.values() else None,
        section=_asked("section"),
        goal=_asked("goal"),
        q=_asked("q")[:200],
        sort=sort if sort in SORTS else "position",
        descending=request.args.get("order") == "descending",
    )


def _filter_form(narrowed: Filter, town: Municipality, *, own: bool) -> Form:
    return shown(
        {
            "q": narrowed.q,
            "state": narrowed.state.value if narrowed.state else "",
            "section": narrowed.section,
            "goal": narrowed.goal,
            "municipality": "" if own else town.code,
        }
    )


def _arguments() -> dict[str, Any]:
    kept = ("municipality", "q", "state", "section", "goal", "sort", "order", "page_size")
    return {name: value for name in kept if (value := _asked(name))}


def _page_href(slug: str) -> Any:
    def href(page: int) -> str:
        return url_for("requirements.table", slug=slug, **_arguments() | {"page": str(page)})

    return href


def _sort_href(slug: str, narrowed: Filter, key: str) -> str:
    down = narrowed.sort == key and not narrowed.descending
    order = {"sort": key, "order": "descending" if down else "ascending"}
    return url_for("requirements.table", slug=slug, **_arguments() | order)


def _grid_columns(every: Sequence[Goal], narrowed: Filter, *, slug: str) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = [
        {"key": "section", "label": "分類", "type": "textarea"},
        {"key": "label", "label": "番号", "narrow": True},
        {"key": "text", "label": "要件", "type": "textarea", "required": True, "text": True},
        {"key": "obligation", "label": "実装区分", "type": "select", "options": OBLIGATIONS},
        {"key": "kind", "label": "種別", "type": "select", "options": KINDS},
        {
            "key": "goal",
            "label": "目標",
            "type": "select",
            "options": goal_options(every, short=12),
        },
        {"key": "note", "label": "備考", "type": "textarea"},
    ]
    for column in columns:
        if column["key"] in SORTS:
            column["href"] = _sort_href(slug, narrowed, column["key"])
            if narrowed.sort == column["key"]:
                column["sorted"] = "descending" if narrowed.descending else "ascending"
    return columns


def _read_columns(slug: str, narrowed: Filter) -> list[dict[str, Any]]:
    wide = {"text", "note"}
    columns: list[dict[str, Any]] = []
    for key in ("section", "label", "text", "obligation", "kind", "goal", "note", "state"):
        column: dict[str, Any] = {"label": LABELS.get(key, "状態"), "text": key in wide}
        if key in SORTS:
            column["href"] = _sort_href(slug, narrowed, key)
            if narrowed.sort == key:
                column["sorted"] = "descending" if narrowed.descending else "ascending"
        columns.append(column)
    return columns


OBLIGATIONS: Final = [("", "－"), *Obligation.choices()]
# 機能 is what nearly every line is; an empty value lets an untouched new row stay an empty one.
KINDS: Final = [
    ("" if value == RequirementKind.FUNCTIONAL else value, label)
    for value, label in RequirementKind.choices()
]


def goal_options(every: Sequence[Goal], *, short: int = 60) -> list[tuple[str, str]]:
    """Goals for a select box in printed order; closed ones last, so that old lines show theirs."""

    def label(goal: Goal) -> str:
        words = goal.statement if len(goal.statement) <= short else goal.statement[:short] + "…"
        return f"{goal.code} {words}" + ("(終了)" if goal.closed else "")

    ordered = sorted(every, key=lambda goal: goal.closed)
    return [("", "－"), *((goal.code, label(goal)) for goal in ordered)]


def _grid_rows(
    lines: Sequence[Line],
    answers: Sequence[editing.Answer],
    typed: Sequence[editing.Row],
) -> list[dict[str, Any]]:
    """Rows for the table; after a failed save with what was typed and the reasons."""
    sent = {row.id: row for row in typed}
    failed = {one.id: one for one in answers if not one.ok}
    rows = [
        {
            "id": line.id,
            "version": line.version,
            "label": f"{line.label or '番号なし'} {line.text[:20]}",
            "values": _cells(line)
            | (dict(sent[str(line.id)].fields) if str(line.id) in sent else {}),
            "errors": _messages(failed.get(str(line.id))),
            "line": line,
        }
        for line in lines
    ]
    known = {str(line.id) for line in lines}
    rows += [
        {
            "id": None,
            "new": row.id,
            "label": "新しい行",
            "values": dict(row.fields),
            "errors": _messages(failed.get(row.id)),
            "line": None,
        }
        for row in typed
        if row.id not in known and row.id.startswith("new-")
    ]
    return rows


def _messages(answer: editing.Answer | None) -> dict[str, list[str]]:
    if answer is None:
        return {}
    if answer.conflict is None:
        return answer.errors
    theirs = answer.conflict["fields"]
    return {
        "_row": [
            f"{answer.conflict.get('who', 'ほかの人')}さんが先に保存したため、この行は保存していません。",
            f"いま保存されている要件: {theirs['text']}",
        ]
    }


def _cells(line: Line) -> dict[str, str]:
    return {
        "section": line.section,
        "label": line.label,
        "text": line.text,
        "obligation": line.obligation.value if line.obligation else "",
        "kind": "" if line.kind is RequirementKind.FUNCTIONAL else line.kind.value,
        "goal": line.goal,
        "note": line.note,
    }


def own_town(person: Actor) -> Municipality:
    """The town whose table this person writes. Raises NotFound for people without one."""
    if person.municipality_code is None:
        raise NotFound
    return queries.municipality(session(), person, person.municipality_code)


@blueprint.post("/requirements/<string:slug>")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def save(slug: str) -> ResponseReturnValue:
    """The plain form of the table: all rows or none."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    saved, failed_page = _save_typed(business, town)
    if failed_page:
        return failed_page, 422
    changed = sum(one.changed for one in saved)
    if changed:
        flash(f"{changed}行を保存しました。", "success")
    else:
        flash("変わったところはありませんでした。", "info")
    return redirect(url_for("requirements.table", slug=slug, **_arguments()), 303)


def _save_typed(business: Business, town: Municipality) -> tuple[list[editing.Answer], str]:
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
    return answers, _table(business, town, answers=answers, typed=rows, message=message)


def typed_rows(form: Mapping[str, str]) -> list[editing.Row]:
    """The rows of the plain form; a new row without any text is no row."""
    fields: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        found = _ROW.fullmatch(name)
        if found:
            fields.setdefault(found[1], {})[found[2]] = value
    rows = []
    for name, sent in fields.items():
        version = sent.pop("version", "")
        if name.startswith("new-") and not any(value.strip() for value in sent.values()):
            continue
        rows.append(editing.Row(name, row_id(version), sent))
    return rows


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
    stored = not whole or all(one.ok for one in answers)
    return {"rows": [one.to_data() for one in answers]}, 200 if stored else 422


# ── acts on ticked rows ──


def _sent(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()


def _ticked() -> list[int]:
    ticked = (row_id(one) for one in request.form.getlist("selected"))
    return [one for one in ticked if one is not None]


@blueprint.post("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
@writes
def submit(slug: str) -> ResponseReturnValue:
    """Submit the ticked rows, or all drafts when the page says so."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    everything = request.form.get("everything") == "1"
    _, failed_page = _save_typed(business, town)
    if failed_page:
        return failed_page, 422
    count = service.submit(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        requirement_ids=None if everything else _ticked(),
    )
    if count:
        flash(f"{count}件を提出しました。団体承認者の確定を待っています。", "success")
    else:
        flash("提出する下書きはありませんでした。選んだ要件はすでに提出されています。", "info")
    return redirect(url_for("requirements.table", slug=slug), 303)


@blueprint.get("/requirements/<string:slug>/submit")
@allow(Permission.SUBMIT_REQUIREMENTS)
def submit_page(slug: str) -> ResponseReturnValue:
    """What would be submitted, and what is worth a look before."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    every = queries.lines(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        narrowed=Filter(),
    ).items
    open_states = {RequirementState.DRAFT, RequirementState.RETURNED}
    return render_template(
        "requirements/submit.html",
        business=business,
        lines=[line for line in every if line.state in open_states],
        total=len(every),
    )


@blueprint.post("/requirements/<string:slug>/delete")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete_ticked(slug: str) -> ResponseReturnValue:
    """Delete the ticked drafts; the table's row versions say what was seen of them."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    saved, failed_page = _save_typed(business, town)
    if failed_page:
        return failed_page, 422
    just_saved = {one.id: one.version for one in saved if one.changed}
    count = service.delete_many(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        items=[(one, just_saved.get(str(one), _seen_version(one))) for one in _ticked()],
    )
    flash(f"下書き{count}件を削除しました。", "success")
    return redirect(url_for("requirements.table", slug=slug), 303)


def _seen_version(requirement_id: int) -> int:
    """0, which no row has, for a row the page did not show."""
    return row_id(request.form.get(f"rows-{requirement_id}-version", "")) or 0


@blueprint.post("/requirements/<string:slug>/goal")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def set_goal(slug: str) -> ResponseReturnValue:
    """Hang the ticked rows under one goal."""
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    code = _sent("bulk_goal")
    goal = goals.by_code(session(), actor(), code) if code else None
    _, failed_page = _save_typed(business, town)
    if failed_page:
        return failed_page, 422
    count = service.set_goal(
        session(),
        actor(),
        municipality_id=town.id,
        business_id=business.id,
        requirement_ids=_ticked(),
        goal_id=goal.id if goal else None,
    )
    name = f"{goal.code}" if goal else "なし"
    flash(f"{count}件の目標を「{name}」にしました。", "success")
    return redirect(url_for("requirements.table", slug=slug), 303)


@blueprint.post("/requirements/<string:slug>/export")
@allow(Permission.READ_CONTENT)
@writes
def export_table(slug: str) -> ResponseReturnValue:
    """All lines of the town as xlsx, whatever the table was narrowed to."""
    business = processes.business(session(), actor(), slug)
    code = _sent("municipality") or actor().municipality_code or ""
    town = queries.municipality(session(), actor(), code)
    if not queries.may_read(session(), actor(), town.id, business.id):
        raise NotFound("この団体は内訳を公開していません。")
    owner = {"municipality_id": town.id, "business_id": business.id}
    lines = queries.lines(session(), actor(), **owner, narrowed=Filter()).items
    own = town.id == actor().municipality_id
    title = f"{town.name} {business.name} 要件"
    content = (export.own_workbook if own else export.read_workbook)(title, lines)
    service.record_export(session(), actor(), **owner, count=len(lines))
    return xlsx(content, f"{town.name}_{business.name}_要件.xlsx")


def xlsx(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


# ── one line ──


@blueprint.get("/requirements/<string:slug>/new")
@allow(Permission.WRITE_REQUIREMENTS)
def new(slug: str) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    return _edit_page(business, None, Form())


@blueprint.post("/requirements/<string:slug>/new")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def create(slug: str) -> ResponseReturnValue:
    business, town = processes.business(session(), actor(), slug), own_town(actor())
    form = bind(RequirementSchema())
    if form.ok:
        with form.catching(), _by_field():
            made = service.save_new(
                session(),
                actor(),
                requirement_list=service.hand_kept_list(
                    session(), actor(), municipality_id=town.id, business_id=business.id
                ),
                values=_values(None, form),
            )
            flash("要件を下書きとして保存しました。", "success")
            if request.form.get("again"):
                return redirect(url_for("requirements.new", slug=slug), 303)
            return redirect(url_for("requirements.detail", slug=slug, requirement_id=made.id), 303)
    return _edit_page(business, None, form), 422


@blueprint.get("/requirements/<string:slug>/<int:requirement_id>/edit")
@allow(Permission.WRITE_REQUIREMENTS)
def edit(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    held = editing.to_fields(values_of(_draft(row)), codes)
    held["kind"] = _draft(row).kind.value
    return _edit_page(business, row, shown(held, row.version))


@blueprint.post("/requirements/<string:slug>/<int:requirement_id>/edit")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def update(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    form = bind(RequirementSchema())
    if form.ok:
        with form.catching(), _by_field():
            before = values_of(_draft(row))
            check_version(row.version, form.version, _theirs(row, before))
            legends = editing.legends(session(), [row.list_id])
            values = remark(_values(before, form), legends.get(row.list_id))
            service.save_edit(session(), actor(), row, version=form.version, values=values)
            flash("保存しました。ほかの団体に見せるには、提出してください。", "success")
            return redirect(url_for("requirements.detail", slug=slug, requirement_id=row.id), 303)
    return _edit_page(business, row, form), 422


def _theirs(row: Requirement, before: Values) -> dict[str, object]:
    """The stored side of the page on colliding edits, in the form's own fields."""
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    held: dict[str, object] = dict(editing.to_fields(before, codes))
    return held | {"kind": before.kind.value, "version": row.version}


@contextmanager
def _by_field() -> Iterator[None]:
    """What services call "0.goal_id" is the form's field `goal`."""
    try:
        yield
    except Invalid as error:
        error.fields = {
            name.removeprefix("0.").replace("goal_id", "goal"): texts
            for name, texts in error.fields.items()
        }
        raise


def _values(before: Values | None, form: Form) -> Values:
    by_code = {goal.code: goal for goal in goals.all_goals(session(), actor())}
    return editing.with_fields(before, form.data, by_code)


def values_of(version: RequirementVersion) -> Values:
    return Values(**{name: getattr(version, name) for name in COLUMNS})


def _draft(row: Requirement) -> RequirementVersion:
    return session().get_one(RequirementVersion, row.draft_version_id)


def _edit_page(business: Business, row: Requirement | None, form: Form) -> str:
    return render_template(
        "requirements/edit.html",
        business=business,
        requirement=row,
        draft=_draft(row) if row else None,
        form=form,
        labels=LABELS,
        fields=FIELDS,
        obligations=Obligation.choices(),
        kinds=RequirementKind.choices(),
        goals=goal_options(
            [
                goal
                for goal in goals.all_goals(session(), actor())
                if not goal.closed or goal.code == form.values.get("goal")
            ]
        ),
    )


@blueprint.get("/requirements/<string:slug>/<int:requirement_id>")
@allow(Permission.READ_CONTENT)
def detail(slug: str, requirement_id: int) -> ResponseReturnValue:
    """One line with its own mark, section and number, and who changed what when."""
    business = processes.business(session(), actor(), slug)
    row, town = queries.get_readable(session(), actor(), business.id, requirement_id)
    own = town.id == actor().municipality_id
    codes = {goal.id: goal.code for goal in goals.all_goals(session(), actor())}
    entries = queries.history(session(), actor(), row)
    older: list[queries.HistoryEntry | None] = [*entries[1:], None]
    history = [
        {
            "entry": entry,
            "changes": diffs.changed_fields(
                values_of(before.version), values_of(entry.version), codes
            )
            if before
            else [],
            "first": before is None,
        }
        for entry, before in zip(entries, older, strict=True)
    ]
    shown_id = row.draft_version_id if own else row.submitted_version_id
    current = next(entry for entry in entries if entry.version.id == shown_id)
    on_list = session().get(RequirementList, row.list_id) if own else None
    return render_template(
        "requirements/detail.html",
        business=business,
        town=town,
        own=own,
        requirement=row,
        current=current,
        history=history,
        mark_meaning=_mark_meaning(current.version),
        list_name=on_list.name if on_list else "",
        goal=next(
            (
                goal
                for goal in goals.all_goals(session(), actor())
                if goal.id == current.version.goal_id
            ),
            None,
        ),
        editable=own and actor().may(Permission.WRITE_REQUIREMENTS),
        may=_may(actor()),
    )


def _mark_meaning(version: RequirementVersion) -> str:
    """What the list's legend says of the mark, in words."""
    meaning = version.meaning or {}
    axis = meaning.get("axis", "")
    if axis not in Axis.values():
        return ""
    value = meaning.get("value") or ""
    words = dict(Obligation.choices()).get(value, value) if axis == Axis.OBLIGATION else value
    return f"{Axis(axis).label}: {words}" if words else Axis(axis).label


@blueprint.post("/requirements/<string:slug>/<int:requirement_id>/delete")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def delete(slug: str, requirement_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    service.delete(session(), actor(), row, version=Form(values=dict(request.form)).version)
    flash("下書きを削除しました。", "success")
    return redirect(url_for("requirements.table", slug=slug), 303)


# ── approvals ──


@blueprint.get("/approvals")
@allow(Permission.CONFIRM_REQUIREMENTS)
def approvals() -> ResponseReturnValue:
    return _approvals_page(Form())


def _approvals_page(form: Form) -> str:
    slug = _asked("business")
    business = processes.business(session(), actor(), slug) if slug else None
    page, size = paging.asked(PAGE_SIZE)
    found = queries.waiting(
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
    count = service.confirm(session(), actor(), items=_reviewed())
    flash(f"{count}件を確定しました。", "success")
    return redirect(url_for("requirements.approvals"), 303)


@blueprint.post("/approvals/send-back")
@allow(Permission.CONFIRM_REQUIREMENTS)
@writes
def send_back() -> ResponseReturnValue:
    form = bind(ReviewSchema())
    if form.ok:
        with form.catching():
            count = service.send_back(
                session(), actor(), items=_reviewed(), reason=form.data["reason"]
            )
            flash(f"{count}件を差し戻しました。理由は入力した人に表示されます。", "success")
            return redirect(url_for("requirements.approvals"), 303)
    return _approvals_page(form), 422


def _reviewed() -> list[tuple[int, int]]:
    """The ticked submissions. Raises Invalid for anything that this page did not send."""
    items = []
    for one in request.form.getlist("selected"):
        requirement_id, version_id = map(row_id, (one + "-").split("-")[:2])
        if requirement_id is None or version_id is None:
            raise Invalid("選ばれた要件を読み取れませんでした。画面を開き直してください。")
        items.append((requirement_id, version_id))
    return items
