"""What people do with the findings of the clarity check, and the region's settings of it."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registry.access import Permission
from registry.processes import queries as processes
from registry.requirements import clarifications, clarity_settings, findings, queries
from registry.requirements.clarity_schemas import (
    AnswerSchema,
    JudgementSchema,
    QuestionSchema,
    SettingsSchema,
)
from registry.requirements.line_views import detail_page
from registry.requirements.models import RequirementVersion
from registry.requirements.views import blueprint, posted, taken_lines
from registry.text.clarity.rules import Rule, rules
from registry.text.clarity.settings import rule_ids
from registry.text.clarity.sheets import sheet_rules
from registry.web import downloads
from registry.web.database import actor, session
from registry.web.forms import Form, bind, shown
from registry.web.gates import allow, writes

_LINE: Final = "/requirements/<string:slug>/<int:requirement_id>"


@blueprint.post(f"{_LINE}/judgements")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def judge_finding(slug: str, requirement_id: int) -> ResponseReturnValue:
    """Let a finding stand: 却下 or 保留, with a reason."""
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    form = bind(JudgementSchema())
    if form.ok:
        with form.catching():
            wording = session().get_one(RequirementVersion, row.draft_version_id)
            made = findings.judge(
                session(),
                actor(),
                row,
                text=wording.text,
                settings=clarity_settings.settings_of(session(), actor()),
                **form.data,
            )
            flash(f"「{made.phrase}」を{made.outcome.label}として記録しました。", "success")
            return _back(slug, requirement_id)
    return detail_page(business, row.id, form=form), 422


@blueprint.post(f"{_LINE}/judgements/<int:judgement_id>/withdraw")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def withdraw_judgement(slug: str, requirement_id: int, judgement_id: int) -> ResponseReturnValue:
    """The finding is open again."""
    business = processes.business(session(), actor(), slug)
    row = queries.get_own(session(), actor(), business.id, requirement_id)
    findings.withdraw(session(), actor(), row, judgement_id)
    flash("記録を取り消しました。", "success")
    return _back(slug, requirement_id)


@blueprint.post(f"{_LINE}/questions")
@allow(Permission.READ_CONTENT)
@writes
def ask_town(slug: str, requirement_id: int) -> ResponseReturnValue:
    """The coordinator or the town's approver asks about a phrase."""
    business = processes.business(session(), actor(), slug)
    row, town = queries.get_readable(session(), actor(), business.id, requirement_id)
    form = bind(QuestionSchema())
    if form.ok:
        with form.catching():
            clarifications.ask(session(), actor(), row, **form.data)
            flash(f"{town.name}に尋ねました。回答はこの画面に表示されます。", "success")
            return _back(slug, requirement_id)
    return detail_page(business, row.id, form=form), 422


@blueprint.post(f"{_LINE}/questions/<int:question_id>/answer")
@allow(Permission.WRITE_REQUIREMENTS)
@writes
def answer_question(slug: str, requirement_id: int, question_id: int) -> ResponseReturnValue:
    business = processes.business(session(), actor(), slug)
    row, _ = queries.get_readable(session(), actor(), business.id, requirement_id)
    form = bind(AnswerSchema())
    if form.ok:
        with form.catching():
            clarifications.answer(
                session(),
                actor(),
                row,
                question_id,
                version=form.version,
                text=form.data["answer"],
            )
            flash("回答しました。要件の文も直すときは「直す」を選んでください。", "success")
            return _back(slug, requirement_id)
    return detail_page(business, row.id, form=form), 422


def _back(slug: str, requirement_id: int) -> ResponseReturnValue:
    address = url_for("requirements.detail", slug=slug, requirement_id=requirement_id)
    return redirect(f"{address}#findings", 303)


@blueprint.post("/requirements/<string:slug>/findings/export")
@allow(Permission.READ_CONTENT)
@writes
def export_findings(slug: str) -> ResponseReturnValue:
    """Every finding in a town's lines as xlsx."""
    business, town, lines = taken_lines(slug)
    title = f"{town.name} {business.name} 点検結果"
    settings = clarity_settings.settings_of(session(), actor())
    content = findings.workbook(title, lines, settings, session())
    return downloads.workbook(content, f"{town.name}_{business.name}_点検結果")


# ── the region's settings ──


@blueprint.get("/clarity-settings")
@allow(Permission.EDIT_BUSINESSES)
def settings_page() -> ResponseReturnValue:
    """Which rules the region uses, and its own words."""
    row = clarity_settings.stored(session(), actor())
    held: dict[str, object] = {"off": list(row.off) if row else []}
    held["allowed"] = "\n".join(row.allowed) if row else ""
    for rule in _wordy():
        held[f"words-{rule.id}"] = "\n".join(row.words.get(rule.id, [])) if row else ""
    return _settings_page(shown(held, row.version if row else None))


def _settings_page(form: Form) -> str:
    return render_template(
        "requirements/clarity_settings.html",
        form=form,
        rules=[(kind, list(group)) for kind, group in groupby(rules(), lambda rule: rule.kind)],
        sheet_rules=list(sheet_rules().values()),
        takes_words=rule_ids(),
        off=_off(request.form.getlist("on")) if request.method == "POST" else form.values["off"],
    )


@blueprint.post("/clarity-settings")
@allow(Permission.EDIT_BUSINESSES)
@writes
def change_settings() -> ResponseReturnValue:
    form = bind(SettingsSchema())
    words = {rule.id: _entries(f"words-{rule.id}") for rule in _wordy()}
    form.values |= {f"words-{rule}": "\n".join(entries) for rule, entries in words.items()}
    if form.ok:
        with form.catching():
            clarity_settings.change(
                session(),
                actor(),
                version=form.version if request.form.get("version") else None,
                off=_off(request.form.getlist("on")),
                words=words,
                allowed=_entries("allowed"),
            )
            flash("点検の設定を保存しました。次に開く画面から使われます。", "success")
            return redirect(url_for("requirements.settings_page"), 303)
    return _settings_page(form), 422


def _off(ticked: list[str]) -> list[str]:
    """The boxes say which rules are on."""
    return [name for name in rule_ids() if name not in ticked]


def _wordy() -> list[Rule]:
    return [rule for rule in rules() if rule_ids()[rule.id]]


def _entries(name: str) -> list[str]:
    """The words typed one a line, or parted by 、."""
    typed = posted(name).replace("、", "\n").replace(",", "\n")
    return [word.strip() for word in typed.splitlines() if word.strip()]
