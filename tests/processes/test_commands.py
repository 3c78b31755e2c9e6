from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.cli.main import main
from registry.errors import Invalid, NotFound
from registry.processes import commands
from tests.processes import sample_flows as samples

ONE, TWO, TO_BE = (samples.FOLDER / f"{name}.tsv" for name in ("town_one", "town_two", "to_be"))


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIZU_DATA_DIR", str(tmp_path / "var"))


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["flow", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(samples.process('<startEvent id="s"/><task id="t"/>'))
    code, out, err = run("check", file)
    assert code == 1
    assert "誤り" in out
    assert "手順 2" in err
    code, out, _ = run("check", file, "--format", "json")
    assert {one["kind"] for one in json.loads(out)["findings"]} >= {"no_end", "no_name"}
    assert run("check", ONE)[0] == 0


def test_render_writes_a_drawing(tmp_path: Path) -> None:
    out = tmp_path / "a.svg"
    assert run("render", ONE, "--out", out)[0] == 0
    assert out.read_text("utf-8").startswith("<svg")
    assert "減免を決裁する" in out.read_text("utf-8")


def test_diff_is_one_json_document() -> None:
    code, out, _ = run("diff", ONE, TWO)
    assert code == 0
    found = json.loads(out)
    assert {name: len(rows) for name, rows in found.items()} == {
        "same": 9, "added": 0, "removed": 0, "moved": 0, "changed": 0,
    }  # fmt: skip
    assert json.loads(run("diff", ONE, TO_BE)[1])["added"]


def test_table_there_and_back(tmp_path: Path) -> None:
    drawn, table = tmp_path / "a.bpmn", tmp_path / "a.tsv"
    assert run("table", ONE, "--out", drawn)[0] == 0
    assert run("table", drawn, "--out", table)[0] == 0
    assert commands.diff(ONE, table)["same"]
    assert commands.diff(ONE, drawn) == commands.diff(ONE, table)


def test_refusals(tmp_path: Path) -> None:
    assert run("check", tmp_path / "none.bpmn")[0] == 2
    with pytest.raises(NotFound):
        commands.read(tmp_path / "none.bpmn")
    bad = tmp_path / "x.tsv"
    bad.write_bytes("担当\t手順\n".encode("cp932"))
    with pytest.raises(Invalid, match="UTF-8"):
        commands.read(bad)
    code, _, err = run("render", ONE, "--out", tmp_path / "no" / "a.svg")
    assert code == 2
    assert "書き込めません" in err


def test_a_file_of_10_mb_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "large.bpmn"
    with file.open("wb") as sparse:
        sparse.truncate(10_000_000)

    def unread(path: Path) -> bytes:
        raise AssertionError(path)

    monkeypatch.setattr(Path, "read_bytes", unread)
    with pytest.raises(Invalid, match=r"9\.5 MB"):
        commands.read(file)


@samples.needs_models
@samples.each_model
def test_every_model_is_rendered_by_the_command(model: Path, tmp_path: Path) -> None:
    assert run("render", model, "--out", tmp_path / "a.svg")[0] == 0
