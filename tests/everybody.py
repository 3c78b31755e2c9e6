"""A filled world behind an application, everybody who may come in, and an address for each route.

Nothing that is sent stays: every write runs to its end and is rolled back, so that each test finds
the same world.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from registry import audit, transaction
from registry.accounts import service as accounts
from registry.accounts import signin
from registry.accounts.models import Account
from registry.app import create_app
from registry.config import Config
from registry.db import Database
from tests import filled
from tests import world as cast
from tests.conftest import AUDIT_KEY
from tests.filled import Filled

API: Final = "/api/v1"
FLOW_ROWS: Final = [{"lane": "窓口", "name": "受ける"}]
PEOPLE: Final = {
    "contributor": "contributor@072028.example",
    "editor": "editor@072028.example",
    "approver": "approver@072028.example",
    "neighbour": "editor@072087.example",
    "coordinator": "coordinator@bureau.example",
    "vendor": "vendor@vendor-a.example",
    "administrator": "administrator@bureau.example",
    "stranger": "coordinator@elsewhere.example",
}
"""`neighbour` belongs to another town of the region, `stranger` to another region."""


@dataclass(frozen=True)
class Stage:
    """The application over a filled world, and how each person comes in."""

    app: Flask
    filled: Filled
    cookies: dict[str, str]
    tokens: dict[str, str]

    def send(
        self, role: str, method: str, path: str, body: Any = None, **headers: str
    ) -> TestResponse:
        """A page gets `body` as a form, the API as JSON; nobody brings nothing along."""
        client = Client(self.app, self.app.response_class)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if path.startswith(API):
            if role in self.tokens:
                sent["Authorization"] = f"Bearer {self.tokens[role]}"
            json = body if method in {"POST", "PUT"} else None
            return client.open(path, method=method, json=json, headers=sent)
        if role in self.cookies:
            with self.app.test_request_context():
                client.set_cookie(
                    signin.cookie_name(self.app.extensions["kaizu"].config), self.cookies[role]
                )
        form = body or {} if method == "POST" else None
        return client.open(path, method=method, data=form, headers=sent)


@contextmanager
def opened(template: Path, folder: Path) -> Iterator[Stage]:
    """The stage on a copy of an empty, migrated database."""
    shutil.copy(template, folder / "kaizu.db")
    database = Database(f"sqlite:///{folder / 'kaizu.db'}", pool_size=4)
    with transaction.writing(database, audit_key=AUDIT_KEY) as session:
        found = filled.fill(session, cast.build(session))
        tokens, sign_ins = {}, {}
        for role, email in PEOPLE.items():
            account = session.get_one(Account, found.world.accounts[email].id)
            tokens[role] = accounts.create_token(session, found.world.actors[email], account)
            sign_ins[role] = accounts.sign_in(session, account, hours=1)
    config = Config(
        database_url=database.url.render_as_string(hide_password=False),
        secret_key="a secret key of the tests, long enough",
        audit_key=AUDIT_KEY,
        insecure_http=True,
        data_dir=folder,
        testing=True,
    )
    app = create_app(config, database)
    app.config["WTF_CSRF_ENABLED"] = False  # a form without its token is refused before its person
    with app.test_request_context():
        cookies = {
            role: str(signin._serializer().dumps([token, int(time.time())]))
            for role, token in sign_ins.items()
        }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "commit", _try_out)
        yield Stage(app, found, cookies, tokens)
    database.dispose()


def _try_out(session: Session) -> None:
    """Everything but the commit, so that each row of the table finds the same world."""
    audit.seal(session)
    session.flush()
    session.rollback()


# ---- addresses and bodies ---------------------------------------------------------------------


def address(rule: Rule, found: Filled) -> str:
    """The address of a row that exists, in the first region and (where owned) 会津若松市."""
    _, path = rule.build(arguments(rule, found)) or ("", "")
    return path


def arguments(rule: Rule, found: Filled) -> dict[str, Any]:
    return {name: _value(rule, name, found) for name in rule.arguments}


def _value(rule: Rule, name: str, found: Filled) -> Any:
    fixed = {
        "slug": filled.SLUG,
        "municipality": filled.AIZU,
        "name": "spec.pdf",
        "role": "editor",
        "token": found.reset_token,
        "token_id": 2,  # the editor's, made second
        "rest": "nothing",
        "requirement_id": found.own_draft_id,
        "list_id": found.import_id,
        "judgement_id": 1,  # there is none
        "question_id": 1,  # there is none
    }
    if name in fixed:
        return fixed[name]
    if name == "code":
        return _code(rule.rule)
    if name == "number":
        return "1.1.1" if "national" in rule.rule else "1.0"
    if name == "job_id":
        return found.proposal_job_id if "compare" in rule.rule else found.import_job_id
    return getattr(found, name)


def _code(rule: str) -> str:
    if "/groups/" in rule:
        return "F-002" if rule.endswith(("/decide", "/decisions")) else "F-001"
    if "/standards/" in rule:
        return "A-0020001-01"
    return "G-1-1" if "/goals/" in rule else filled.AIZU


def body(endpoint: str, found: Filled) -> dict[str, Any]:
    """The least that an endpoint takes; what is not listed is sent empty and answered for it."""
    ids = [found.submitted_id]
    goal = {
        "statement": "出動が早くなっている",
        "viewpoint": "program",
        "horizon": "short",
        "beneficiary": "resident",
    }
    decision = {"outcome": "adopt", "reason": "部会で決めた。", "decided_on": "2026-09-01"}
    standard = {"title": "新", "text": "新しくできること。", "obligation": "mandatory"}
    standard |= {"kind": "functional"}
    item = {"requirement_id": found.submitted_id, "version_id": found.requirement_version_id}
    alignments = {"alignment_ids": [found.alignment_id]}
    bodies: dict[str, dict[str, Any]] = {
        "api_accounts.add_account": {
            "email": "new@bureau.example",
            "name": "新しい人",
            "role": "coordinator",
        },
        "api_accounts.change_account": {"name": "業者Ｂ", "role": "vendor"},
        "api_goals.add_goal": goal,
        "api_goals.change_goal": goal,
        "api_goals.move_goal": {"parent_id": None, "position": 1},
        "api_processes.add_business": {"slug": "new-one", "name": "新しい業務"},
        "api_processes.change_business": {"name": "除雪"},
        "api_processes.add_term": {"term": "凍結", "meaning": "凍ること。"},
        "api_processes.change_term": {"meaning": "雪を運ぶこと。"},
        "api_processes.change_record": {"hidden": True},
        "api_processes.add_flow": {"title": "新", "kind": "to_be", "rows": FLOW_ROWS},
        "api_processes.change_flow": {"title": "新", "kind": "to_be", "rows": FLOW_ROWS},
        "api_processes.copy_flow": {"title": "写し", "kind": "to_be"},
        "api_processes.withdraw_flow": {"reason": "二つ作ったため。"},
        "flows.copy": {"title": "写し", "kind": "to_be"},
        "flows.create": {"title": "新", "kind": "to_be", "rows-1-lane": "窓口"}
        | {"rows-1-name": "受ける"},
        "flows.save_table": {"title": "新", "kind": "to_be", "rows-1-lane": "窓口", "version": "1"}
        | {"rows-1-name": "受ける"},
        "api_requirements.add_requirement": {"text": "出動を記録すること。"},
        "api_requirements.change_requirement": {"text": "出動を記録すること。"},
        "api_requirements.submit": {"requirement_ids": None},
        "api_requirements.confirm": {"items": [item]},
        "api_requirements.send_back": {"items": [item], "reason": "短い。"},
        "api_requirements.withdraw": {"items": [item], "reason": "廃止した。"},
        "api_requirements.send_table": {"name": "一覧", "rows": [["要件"], ["記録すること。"]]},
        "api_requirements.save_rows": {"rows": [{"fields": {"text": "出動を記録すること。"}}]},
        "api_requirements.set_goal": {"requirement_ids": [found.own_draft_id], "goal": "G-1-1"},
        "api_requirements.judge_finding": {"rule": "vague.speed", "phrase": "迅速に"}
        | {"outcome": "defer", "reason": "確かめる。"},
        "api_requirements.ask_town": {
            "rule": "vague.speed",
            "phrase": "迅速に",
            "question": "何秒?",
        },
        "api_requirements.answer_question": {"answer": "3秒", "version": 1},
        "api_requirements.change_settings": {"off": [], "words": {}, "allowed": []}
        | {"version": None},
        "requirements.judge_finding": {"rule": "vague.speed", "phrase": "迅速に"}
        | {"outcome": "defer", "reason": "確かめる。"},
        "requirements.ask_town": {"rule": "vague.speed", "phrase": "迅速に", "question": "何秒?"},
        "requirements.answer_question": {"answer": "3秒", "version": 1},
        "api_requirements.delete_requirements": {
            "items": [{"requirement_id": found.own_draft_id, "version": 1}]
        },
        "api_requirements.set_legend": {"columns": {"要件": "text"}},
        "api_standards.add_standard": standard,
        "api_standards.change_standard": {**standard, "change_reason": "様式の改正。"},
        "api_standards.set_application": {"state": "follows"},
        "api_standards.decide": decision,
        "api_standards.decide_group": {**decision, "outcome": "defer"},
        "api_standards.adopt_national": {"reason": "国のとおり。", "decided_on": "2026-09-01"},
        "api_standards.make_national_business": {"slug": "new-one", "name": "新しい業務"},
        "api_comparison.add_group": {"label": "新しいまとまり"},
        "api_comparison.change_group": {"label": "別の名前"},
        "api_comparison.split_group": {**alignments, "label": "分けたまとまり"},
        "api_comparison.align": {"requirement_ids": ids, "relation": "same"},
        "api_comparison.reconfirm": alignments,
        "api_comparison.move": {**alignments, "target": "F-002"},
        "api_comparison.confirm_joins": {"proposal_ids": [found.join_id]},
        "api_comparison.confirm_cluster": {
            "label": "組",
            "lines": [{"proposal_id": found.clustered_id}],
        },
        "api_comparison.dismiss": {"cluster": found.cluster},
        "api_vendors.add_vendor": {"name": "ベンダーＺ"},
        "api_vendors.add_member": {"account_id": found.account_id},
        "api_vendors.deliver": {"edition_id": 2, "vendor_id": found.vendor_id},
        "api_vendors.withdraw": {"reason": "誤り。"},
        "api_specs.freeze": {"number": "1.2", "issued_on": "2026-12-01"},
        "goals.create": goal,
        "processes.create": {"slug": "new-one", "name": "新しい業務"},
        "requirements.create": {"text": "出動を記録すること。"},
        "requirements.submit": {"everything": "1"},
        "requirements.confirm": {
            "selected": f"{found.submitted_id}-{found.requirement_version_id}"
        },
        "requirements.delete_ticked": {"selected": str(found.own_draft_id)},
        "standards.create": standard,
        "comparison.confirm_joins": {"selected": str(found.join_id)},
        "vendors.create": {"name": "ベンダーＺ"},
        "vendors.deliver": {"edition_id": "2", "vendor_ids": str(found.vendor_id)},
    }
    return bodies.get(endpoint, {})


def tag(stage: Stage, role: str, path: str) -> dict[str, str]:
    """If-Match as the person reads it, from this address or the one the act belongs to."""
    for place in (path, path.rpartition("/")[0]):
        found = stage.send(role, "GET", place)
        if found.status_code == 200 and "ETag" in found.headers:
            return {"If_Match": found.headers["ETag"]}
    return {}
