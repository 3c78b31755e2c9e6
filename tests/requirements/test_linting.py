from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli.main import main
from registry.cli.terminal import DONE, FINDINGS, REFUSED
from registry.requirements.linting import lint_file, lint_sheet_file, sheets_of
from registry.workbook import Column, write_table

LINES = "税証明を迅速に発行できること。\n\n転出届を登録できること。\n"
HEAD = "as_is\tto_be\tpurpose\tproblem\tchallenge\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["lint", *words])


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def test_one_requirement_a_line(tmp_path: Path) -> None:
    first, second = lint_file(written(tmp_path, "a.txt", LINES))
    assert (first["line"], second["line"]) == (1, 3)
    (found,) = first["findings"]
    assert first["text"][found["start"] : found["end"]] == found["phrase"] == "迅速に"
    assert second["findings"] == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_encodings_of_plain_text(tmp_path: Path, encoding: str) -> None:
    first, _ = lint_file(written(tmp_path, "a.txt", LINES, encoding))
    assert first["text"] == "税証明を迅速に発行できること。"


def test_a_list_with_headings_gives_its_text_column(tmp_path: Path) -> None:
    rows = "項番\t大項目\t機能要件\t区分\n1\t税\t税証明を迅速に発行できること。\t◎\n2\t税\t\t○\n"
    (only,) = lint_file(written(tmp_path, "list.tsv", rows))
    assert (only["line"], only["text"]) == (2, "税証明を迅速に発行できること。")


def test_a_workbook_gives_its_text_column(tmp_path: Path) -> None:
    columns = (Column("項番", 6), Column("機能要件", 60))
    file = tmp_path / "list.xlsx"
    file.write_bytes(write_table("要件", columns, [("1", "税証明を迅速に発行できること。")]))
    (only,) = lint_file(file)
    assert only["text"] == "税証明を迅速に発行できること。"
    assert only["findings"][0]["phrase"] == "迅速に"


def test_sheets_are_read_by_english_and_japanese_headings() -> None:
    row = "紙で管理している。\t紙で管理していない。\t町民のため。\t遅い。\t手順を定める。\n"
    for head in (HEAD, "現状\tあるべき姿\t目的\t問題\t課題\n"):
        ((line, sheet),) = sheets_of((head + row).encode())
        assert (line, sheet.to_be) == (2, "紙で管理していない。")


def test_findings_in_sheets_point_into_the_joined_text(tmp_path: Path) -> None:
    row = "紙で管理している。\t紙で管理していない。\t町民のため。\t遅い。\t手順を定める。\n"
    (one,) = lint_sheet_file(written(tmp_path, "s.tsv", HEAD + row))
    (found,) = one["findings"]
    assert found["kind"] == "mirrored_to_be"
    assert found["field"] == "to_be"
    assert one["text"][found["start"] : found["end"]] == found["phrase"]


def test_sheets_without_their_columns_are_refused(tmp_path: Path) -> None:
    refused = run(str(written(tmp_path, "s.tsv", "as_is\tto_be\nあ\tい\n")), "--sheets")
    assert refused.exit_code == REFUSED
    assert "purpose(目的)" in refused.stderr


def test_the_command_prints_one_json_document_and_exits_1(tmp_path: Path) -> None:
    done = run(str(written(tmp_path, "a.txt", LINES)), "--format", "json")
    assert done.exit_code == FINDINGS
    report = json.loads(done.stdout)
    assert [one["line"] for one in report] == [1, 3]
    assert set(report[0]["findings"][0]) >= {
        "kind",
        "start",
        "end",
        "phrase",
        "severity",
        "why",
        "rewrite",
    }


def test_the_command_in_words(tmp_path: Path) -> None:
    done = run(str(written(tmp_path, "a.txt", LINES)))
    assert "[要確認] あいまい「迅速に」" in done.stdout
    assert "2 件を点検し、1 か所" in done.stderr


def test_a_clean_file_exits_0(tmp_path: Path) -> None:
    assert run(str(written(tmp_path, "a.txt", "転出届を登録できること。"))).exit_code == DONE


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refused = run(str(tmp_path / "none.txt"))
    assert refused.exit_code == REFUSED
    assert "読めません" in refused.stderr


def test_settings_switch_rules_off(tmp_path: Path) -> None:
    file = written(tmp_path, "a.txt", LINES)
    settings = written(tmp_path, "s.toml", 'off = ["vague.speed"]\n')
    assert run(str(file), "--settings", str(settings)).exit_code == DONE
    wrong = written(tmp_path, "w.toml", 'off = ["vague.speedy"]\n')
    refused = run(str(file), "--settings", str(wrong))
    assert refused.exit_code == REFUSED
    assert "vague.speedy" in refused.stderr
    broken = written(tmp_path, "b.toml", "off = [\n")
    assert run(str(file), "--settings", str(broken)).exit_code == REFUSED
