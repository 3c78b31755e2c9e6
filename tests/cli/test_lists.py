from __future__ import annotations

import json
from pathlib import Path

from registry.cli.terminal import DONE, FINDINGS, REFUSED
from tests import tools
from tests.terminal import invoke


def test_compare_prints_one_json_document(loaded: Path) -> None:
    done = invoke(loaded, "compare", "facility-reservation", "--format", "json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["business"] == "facility-reservation"
    assert len(document["municipalities"]) == 13


def test_align_proposes_and_stores_nothing(loaded: Path) -> None:
    done = invoke(loaded, "align", "facility-reservation", "--format", "json")
    assert done.exit_code == 0
    proposals = json.loads(done.stdout)
    assert proposals
    assert {"score", "why", "lines"} <= proposals[0].keys()
    assert "使った照合" in done.stderr


def test_align_with_more_parts_says_which_were_used(loaded: Path) -> None:
    done = invoke(loaded, "align", "facility-reservation", "--with", "nlp", "--format", "json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)
    assert "追加の部品" in done.stderr or "形態素" in done.stderr


def test_an_unknown_business_is_named(loaded: Path) -> None:
    refused = invoke(loaded, "compare", "no-such-business")
    assert refused.exit_code == REFUSED
    assert "no-such-business" in refused.stderr


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
    assert (checked.exit_code, json.loads(checked.stdout)["stored"]) == (FINDINGS, False)
    for new, unchanged in ((1, 0), (0, 1)):
        done = invoke(loaded, *words, "--as", "editor@072087.example")
        report = json.loads(done.stdout)
        assert done.exit_code == FINDINGS
        assert (report["new"], report["unchanged"], report["rejected_rows"]) == (new, unchanged, 1)
        assert report["rejected"][0]["row"] == 3
        assert "☆" in done.stderr
    refused = invoke(loaded, *words, "--as", "editor@072028.example")
    assert refused.exit_code == REFUSED


def test_a_file_that_is_no_list_is_refused(loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.xlsx"
    file.write_text("<html><body>見つかりません</body></html>", encoding="utf-8")
    refused = invoke(
        loaded,
        *("import", "requirements", str(file), "--municipality", "072087"),
        *("--business", "one-stop-counter"),
    )
    assert refused.exit_code == REFUSED
    assert "HTML" in refused.stderr


def test_the_official_text_is_imported_with_its_report(loaded: Path) -> None:
    source = tools.shared_data() / "standard_spec_v1"
    words = (
        *("import", "national", str(source), "--name", "住民記録", "--edition", "1.0"),
        *("--format", "json", "--as", "coordinator@bureau.example"),
    )
    for stored in (True, False):
        done = invoke(loaded, *words)
        assert done.exit_code == DONE
        report = json.loads(done.stdout)
        assert report["items"] == 44
        assert report["stored"] is stored
        assert report["lines"].keys() == {"mandatory", "optional", "prohibited"}
        assert report["references"]["unresolved"]
