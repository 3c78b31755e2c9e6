"""The command line from outside: exit codes, JSON on standard output, words on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry import cli, migrate
from registry.config import ROOT
from registry.db import Database
from tests import tools

FIXTURE = str(ROOT / "fixtures" / "aizu_13")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


def invoke(folder: Path, *words: str, given: str | None = None, **env: str) -> Result:
    settings = {"KAIZU_DATA_DIR": str(folder), "KAIZU_DATABASE_URL": "", "KAIZU_AS": "", **env}
    return CliRunner().invoke(cli.main, words, input=given, env=settings)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Path:
    """A data folder with the worked example loaded."""
    assert invoke(folder, "migrate").exit_code == 0
    assert invoke(folder, "load", FIXTURE).exit_code == 0
    return folder


def database(folder: Path) -> Database:
    return Database(f"sqlite:///{folder / 'kaizu.db'}")


def test_migrate_makes_the_database_and_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        done = invoke(tmp_path, "migrate")
        assert done.exit_code == 0
        assert migrate.newest() in done.stderr
    opened = database(tmp_path)
    assert migrate.current(opened) == migrate.newest()
    opened.dispose()


def test_a_command_on_an_empty_database_is_refused_in_words(tmp_path: Path) -> None:
    refused = invoke(tmp_path, "compare", "facility-reservation")
    assert refused.exit_code == cli.REFUSED
    assert "データベースを使えません" in refused.stderr
    invoke(tmp_path, "migrate")
    refused = invoke(tmp_path, "compare", "facility-reservation")
    assert refused.exit_code == cli.REFUSED
    assert "kaizu load" in refused.stderr


def test_compare_prints_one_json_document(loaded: Path) -> None:
    done = invoke(loaded, "compare", "facility-reservation", "--format", "json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["business"] == "facility-reservation"
    assert len(document["municipalities"]) == 13


def test_compare_as_a_person_shows_what_that_person_may_see(loaded: Path) -> None:
    words = ("compare", "facility-reservation", "--format", "json", "--as")
    assert invoke(loaded, *words, "editor@072028.example").exit_code == 0
    refused = invoke(loaded, *words, "vendor@vendor-a.example")
    assert refused.exit_code == cli.REFUSED
    assert "権限" in refused.stderr
    assert "見つからないか" in invoke(loaded, *words, "nobody@x.example").stderr
    refused = invoke(loaded, *words[:-1], KAIZU_AS="vendor@vendor-a.example")
    assert refused.exit_code == cli.REFUSED


def test_align_proposes_and_stores_nothing(loaded: Path) -> None:
    done = invoke(loaded, "align", "facility-reservation", "--format", "json")
    assert done.exit_code == 0
    proposals = json.loads(done.stdout)
    assert proposals
    assert {"score", "why", "lines"} <= proposals[0].keys()


def test_an_unknown_business_is_named(loaded: Path) -> None:
    refused = invoke(loaded, "compare", "no-such-business")
    assert refused.exit_code == cli.REFUSED
    assert "no-such-business" in refused.stderr


def test_an_account_is_made_from_standard_input_without_showing_anything(loaded: Path) -> None:
    password = "tanuki no mori 2026"
    words = ("user", "add", "new@072028.example", "--role", "editor", "--municipality", "072028")
    done = invoke(loaded, *words, "--password-stdin", given=password + "\n")
    assert done.exit_code == 0
    assert password not in done.output
    again = invoke(loaded, *words)
    assert again.exit_code == cli.REFUSED
    assert "すでに使われています" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "editor"), "団体を選んで"),
        (("--role", "vendor"), "--vendor"),
        (("--role", "vendor", "--vendor", "いない会社"), "いない会社"),
        (("--role", "editor", "--municipality", "999999"), "999999"),
    ],
)
def test_a_misfitting_account_is_refused(loaded: Path, words: tuple[str, ...], said: str) -> None:
    refused = invoke(loaded, "user", "add", "other@x.example", *words)
    assert refused.exit_code == cli.REFUSED
    assert said in refused.stderr


def test_a_weak_password_is_refused_and_no_account_is_made(loaded: Path) -> None:
    words = ("user", "add", "weak@x.example", "--role", "coordinator", "--password-stdin")
    refused = invoke(loaded, *words, given="short\n")
    assert refused.exit_code == cli.REFUSED
    assert "15 文字以上" in refused.stderr
    assert invoke(loaded, "token", "weak@x.example").exit_code == cli.REFUSED


def test_a_token_is_printed_alone(loaded: Path) -> None:
    done = invoke(loaded, "token", "coordinator@bureau.example")
    assert done.exit_code == 0
    assert len(done.stdout.strip()) >= 40


def test_freezing_without_decisions_is_refused(loaded: Path) -> None:
    refused = invoke(
        loaded,
        *("edition", "create", "facility-reservation", "--number", "1.0"),
        *("--as", "coordinator@bureau.example"),
    )
    assert refused.exit_code == cli.REFUSED
    missing = invoke(
        loaded, "spec", "build", "facility-reservation", "--edition", "9.9", "--out", str(loaded)
    )
    assert missing.exit_code == cli.REFUSED


def test_audit_backup_restore_and_check(loaded: Path, tmp_path: Path) -> None:
    assert invoke(loaded, "audit", "verify").exit_code == 0
    file = tmp_path / "kaizu.backup"
    assert invoke(loaded, "backup", str(file)).exit_code == 0
    assert invoke(loaded, "backup", str(file)).exit_code == cli.REFUSED
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    assert invoke(loaded, "restore", str(file), KAIZU_DATABASE_URL=url).exit_code == 0
    assert invoke(loaded, "audit", "verify", KAIZU_DATABASE_URL=url).exit_code == 0
    assert invoke(loaded, "restore", str(file)).exit_code == cli.REFUSED
    assert invoke(loaded, "check").exit_code == 0
    warned = invoke(loaded, "check", KAIZU_INSECURE_HTTP="1")
    assert warned.exit_code == cli.FINDINGS
    assert "KAIZU_INSECURE_HTTP" in warned.stderr


def test_check_finds_a_forged_record_and_a_missing_trigger(loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "kaizu.backup"
    invoke(loaded, "backup", str(file))
    url = f"sqlite:///{tmp_path / 'forged.db'}"
    invoke(loaded, "restore", str(file), KAIZU_DATABASE_URL=url)
    opened = Database(url)
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER frozen_audit_event_update")
        connection.exec_driver_sql("UPDATE audit_event SET actor = 'x' WHERE sequence = 3")
    opened.dispose()
    found = invoke(loaded, "check", KAIZU_DATABASE_URL=url)
    assert found.exit_code == cli.FINDINGS
    assert "frozen_audit_event_update" in found.stderr
    assert "書き換え" in found.stderr
    assert invoke(loaded, "audit", "verify", KAIZU_DATABASE_URL=url).exit_code == cli.FINDINGS


def test_an_unusable_setting_is_refused(tmp_path: Path) -> None:
    refused = invoke(tmp_path, "migrate", KAIZU_SECRET_KEY="short")
    assert refused.exit_code == cli.REFUSED
    assert "KAIZU_SECRET_KEY" in refused.stderr


def test_work_once_runs_what_waits(loaded: Path) -> None:
    assert "0 件" in invoke(loaded, "work", "--once").stderr


LIST = "番号\t分類\t機能要件\t区分\n1\t予約\t予約できること。\t必須\n2\t予約\t抽選できること。\t☆\n"
LEGEND = """
[columns]
"番号" = "number"
"分類" = "section"
"機能要件" = "text"
"区分" = "mark"

[marks."必須"]
axis = "obligation"
value = "mandatory"
"""


def test_a_list_is_imported_and_its_bad_row_reported(loaded: Path, tmp_path: Path) -> None:
    file, legend = tmp_path / "list.tsv", tmp_path / "legend.toml"
    file.write_text(LIST, encoding="utf-8")
    legend.write_text(LEGEND, encoding="utf-8")
    words = (
        *("import", "requirements", str(file), "--municipality", "072087"),
        *("--business", "one-stop-counter", "--legend", str(legend), "--format", "json"),
    )
    checked = invoke(loaded, *words, "--check")
    assert (checked.exit_code, json.loads(checked.stdout)["stored"]) == (cli.FINDINGS, False)
    for new, unchanged in ((1, 0), (0, 1)):
        done = invoke(loaded, *words, "--as", "editor@072087.example")
        report = json.loads(done.stdout)
        assert done.exit_code == cli.FINDINGS
        assert (report["new"], report["unchanged"], report["rejected_rows"]) == (new, unchanged, 1)
        assert report["rejected"][0]["row"] == 3
        assert "☆" in done.stderr
    refused = invoke(loaded, *words, "--as", "editor@072028.example")
    assert refused.exit_code == cli.REFUSED


def test_a_file_that_is_no_list_is_refused(loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.xlsx"
    file.write_text("<html><body>見つかりません</body></html>", encoding="utf-8")
    refused = invoke(
        loaded,
        *("import", "requirements", str(file), "--municipality", "072087"),
        *("--business", "one-stop-counter"),
    )
    assert refused.exit_code == cli.REFUSED
    assert "HTML" in refused.stderr


def test_the_official_text_is_imported_with_its_report(loaded: Path) -> None:
    source = tools.shared_data() / "standard_spec_v1"
    words = (
        *("import", "national", str(source), "--name", "住民記録", "--edition", "1.0"),
        *("--format", "json", "--as", "coordinator@bureau.example"),
    )
    for stored in (True, False):
        done = invoke(loaded, *words)
        assert done.exit_code == cli.DONE
        report = json.loads(done.stdout)
        assert report["items"] == 44
        assert report["stored"] is stored
        assert report["lines"].keys() == {"mandatory", "optional", "prohibited"}
        assert report["references"]["unresolved"]


def test_match_needs_no_database(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("予約を取り消しできること\n", "utf-8")
    (tmp_path / "b.txt").write_text("予約をキャンセルできる。\n証明書を印刷できること\n", "utf-8")
    done = invoke(tmp_path, "match", str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), "--top", "1")
    assert done.exit_code == 0
    [found] = json.loads(done.stdout)
    assert found["candidates"][0]["relation"] == "same"
    assert "使った照合" in done.stderr
    assert not (tmp_path / "kaizu.db").exists()


def test_match_with_a_broken_pair_ends_with_findings(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("予約できること\t予約できないこと\n片方\n", "utf-8")
    done = invoke(tmp_path, "match", "--pairs", str(tmp_path / "pairs.tsv"))
    assert done.exit_code == 1
    assert [one["relation"] for one in json.loads(done.stdout)] == ["opposite"]


def test_match_groups_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("予約できること\n・予約できること。\n", "utf-8")
    done = invoke(tmp_path, "match", "--group", str(tmp_path / "a.txt"))
    assert [one["group"] for one in json.loads(done.stdout)] == [1, 1]


@pytest.mark.parametrize(
    "words", [("match",), ("match", "a.txt"), ("match", "--pairs", "none.tsv")]
)
def test_match_refuses_what_it_cannot_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = invoke(tmp_path, *words)
    assert done.exit_code == 2
    assert "何も行っていません" in done.stderr
