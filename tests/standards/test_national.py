from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from registry.errors import Invalid
from registry.requirements.models import Obligation
from registry.standards.national import (
    NationalText,
    Reference,
    SlipKind,
    Target,
    TextChapter,
    read_national,
    report,
)

INDEX = """\
# 1. 管理
## 1.1. 台帳
### 1.1.1. 台帳の管理 (a.txt)
### 1.1.2. 履歴 (b.txt)
### 1.1.10. 備考 (c.txt)
# 3. 抑止
## 3.1. 発行抑止 (d.txt)
"""
EMPTY = "\n【実装すべき機能】\n\n\n【実装してもしなくても良い機能】\n\n\n【実装しない機能】\n\n"


def body(mandatory: str = "", optional: str = "", prohibited: str = "") -> str:
    return (
        f"【実装すべき機能】\n{mandatory}\n\n【実装してもしなくても良い機能】\n{optional}\n\n"
        f"【実装しない機能】\n{prohibited}\n"
    )


def files(**texts: str) -> dict[str, str]:
    named = {
        "index.md": INDEX,
        "a.txt": "1.1.1. 台帳の管理\n" + EMPTY,
        "b.txt": "1.1.2. 履歴\n" + EMPTY,
        "c.txt": "1.1.10. 備考\n" + EMPTY,
        "d.txt": "3.1. 発行抑止\n" + EMPTY,
    }
    return named | {f"{name}.txt": text for name, text in texts.items()}


def one_line(line: str) -> NationalText:
    return read_national(files(a="1.1.1. 台帳の管理\n\n" + body(line)))


def numbers(line: str) -> list[tuple[str, Target | None]]:
    return [(found.to, found.target) for found in one_line(line).references]


def test_outline_and_items_come_in_the_order_of_their_numbers() -> None:
    text = read_national(files())
    assert text.chapters == (
        TextChapter("1", "管理", 1),
        TextChapter("1.1", "台帳", 2),
        TextChapter("3", "抑止", 1),
    )
    assert [item.number for item in text.items] == ["1.1.1", "1.1.2", "1.1.10", "3.1"]
    assert [item.level for item in text.items] == [3, 3, 3, 2]
    assert text.slips == ()


def test_lines_belong_to_their_block() -> None:
    text = one_line("登録できること。\n・氏名\n\n・住所")
    text = read_national(
        files(
            a="1.1.1. 台帳の管理\n\n"
            + body("登録できること。\n\n・氏名", "印刷できること。", "削除できること。")
        )
    )
    lines = text.items[0].lines
    assert [(line.position, line.obligation, line.text, line.row) for line in lines] == [
        (1, Obligation.MANDATORY, "登録できること。", 4),
        (2, Obligation.MANDATORY, "・氏名", 6),
        (3, Obligation.OPTIONAL, "印刷できること。", 9),
        (4, Obligation.PROHIBITED, "削除できること。", 12),
    ]


def test_later_names_of_the_blocks_are_known() -> None:
    text = read_national(
        files(
            a="1.1.1. 台帳の管理\n【実装必須機能】\n登録\n【標準オプション機能】\n印刷\n【実装不可機能】\n削除"
        )
    )
    assert [line.obligation for line in text.items[0].lines] == list(Obligation)


def test_inner_headings_are_lines_of_their_block() -> None:
    lines = one_line("管理すること。\n【台帳のその他の項目】\n・氏名").items[0].lines
    assert [(line.text, line.heading) for line in lines] == [
        ("管理すること。", False),
        ("【台帳のその他の項目】", True),
        ("・氏名", False),
    ]
    assert {line.obligation for line in lines} == {Obligation.MANDATORY}


def test_a_sentence_that_begins_with_a_block_name_is_a_line() -> None:
    line = "【実装すべき機能】に示す以外の続柄を管理できること。"
    assert [found.text for found in one_line(line).items[0].lines] == [line]


def test_text_on_the_line_of_the_block_is_kept() -> None:
    text = read_national(files(a="1.1.1. 台帳の管理\n【実装すべき機能】 登録できること。"))
    assert [line.text for line in text.items[0].lines] == ["登録できること。"]


def test_stored_lines_stay_as_printed() -> None:
    line = "　・ 髙﨑　①（ＵＴＦ－８）〜Ⅳ "
    assert one_line(line).items[0].lines[0].text == line


def test_a_misspelt_block_is_read_and_reported() -> None:
    text = read_national(
        files(
            a="1.1.1. 台帳の管理\n【実装すべき機能】\n登録\n【実装してもしなくても良い能能】\n印刷\n【実装しない機能】\n"
        )
    )
    assert report(text)["lines"] == {"mandatory": 1, "optional": 1, "prohibited": 0}
    [slip] = text.slips
    assert (slip.kind, slip.file, slip.row) == (SlipKind.MISSPELT_BLOCK, "a.txt", 4)


@pytest.mark.parametrize("line", ["95 / 493", "９５／４９３", " - 12 - "])
def test_a_page_number_is_counted_and_reported(line: str) -> None:
    text = one_line(f"・氏名\n{line}\n・住所")
    assert [found.slip for found in text.items[0].lines] == [False, True, False]
    assert report(text)["lines"]["mandatory"] == 3
    assert report(text)["slips"] == [
        {"file": "a.txt", "row": 5, "text": line, "reason": SlipKind.PAGE_NUMBER.label}
    ]


def test_lines_outside_of_blocks_are_kept_and_reported() -> None:
    text = read_national(files(a="1.1.1. 台帳の管理\n前書き\n" + body("登録")))
    assert text.items[0].preamble == ("前書き",)
    assert [slip.kind for slip in text.slips] == [SlipKind.OUTSIDE]
    assert report(text)["lines"]["mandatory"] == 1


def test_an_item_without_blocks_is_reported() -> None:
    text = read_national(files(a="1.1.1. 台帳の管理\n本文だけ"))
    assert Counter(slip.kind for slip in text.slips) == {
        SlipKind.OUTSIDE: 1,
        SlipKind.MISSING_BLOCK: 3,
    }
    assert text.items[0].lines == ()


def test_a_repeated_block_goes_on() -> None:
    text = read_national(files(a="1.1.1. 台帳の管理\n" + body("一") + body("二")))
    assert [line.text for line in text.items[0].lines] == ["一", "二"]
    assert {slip.kind for slip in text.slips} == {SlipKind.REPEATED_BLOCK}


def test_titles_that_disagree_are_reported() -> None:
    text = read_national(files(a="1.1.1. 別の表題\n" + EMPTY, b=EMPTY))
    assert [slip.kind for slip in text.slips] == [SlipKind.TITLE, SlipKind.NO_TITLE]
    assert text.items[0].title == "台帳の管理"


def test_files_and_lines_the_index_does_not_know_are_reported() -> None:
    named = files(z="1.9. 迷子\n" + EMPTY)
    named["index.md"] += "補足の文\n"
    assert [(slip.kind, slip.file) for slip in read_national(named).slips] == [
        (SlipKind.INDEX_LINE, "index.md"),
        (SlipKind.UNLISTED_FILE, "z.txt"),
    ]


def test_a_missing_heading_is_added_with_its_number() -> None:
    text = read_national({"index.md": "### 2.1.1. 検索 (a.txt)", "a.txt": "2.1.1. 検索\n" + EMPTY})
    assert [chapter.number for chapter in text.chapters] == ["2", "2.1"]
    assert {slip.kind for slip in text.slips} == {SlipKind.NO_HEADING}


# ---- cross references -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("・履歴（1.1.2参照）", [("1.1.2", Target.ITEM)]),
        ("１．１．２参照", [("1.1.2", Target.ITEM)]),
        (
            "1.1.2（履歴）及び1.1.10（備考）に規定する項目",
            [("1.1.2", Target.ITEM), ("1.1.10", Target.ITEM)],
        ),
        ("4.0.3及び1.1.2参照", [("4.0.3", None), ("1.1.2", Target.ITEM)]),
        ("1.1（台帳）の項目", [("1.1", Target.GROUP)]),
        ("5.2で定める順位", [("5.2", None)]),
        ("3.1参照、1.1.10のB類型", [("3.1", Target.ITEM), ("1.1.10", Target.ITEM)]),
        ("第1章参照", [("1", Target.GROUP)]),
        ("詳細は第5章（連携）を参照", [("5", None)]),
        ("（3参照）", [("3", Target.GROUP)]),
        ("1.1.2・1.1.10参照", [("1.1.2", Target.ITEM), ("1.1.10", Target.ITEM)]),
        ("（20.1（写し等）、20.1.2（写し（連記式））)", [("20.1", None), ("20.1.2", None)]),
        ("1.1.1.参照", [("1.1.1", Target.ITEM)]),
        ("同じ番号1.1.2と1.1.2は二度数える", [("1.1.2", Target.ITEM), ("1.1.2", Target.ITEM)]),
        ("1.1.99参照", [("1.1.99", None)]),
    ],
)
def test_references(line: str, expected: list[tuple[str, Target | None]]) -> None:
    assert numbers(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "平成15.01.07 男",
        "令和6.4.1から",
        "2024.4.1から",
        "1.5倍に拡大",
        "0.5秒以内",
        "99.9%以上",
        "TLS 1.2以上",
        "バージョン1.1に対応",
        "IPアドレス192.168.0.1",
        "法第4章参照",
        "別紙5参照",
        "第30条の45",
        "3営業日前",
        "住民票を参照する際",
    ],
)
def test_other_numbers_are_no_references(line: str) -> None:
    assert numbers(line) == []


def test_a_reference_points_into_the_line_as_printed() -> None:
    [found] = one_line("・異動履歴として管理する項目など（１．１．２参照）のこと").references
    assert found.source == "1.1.1"
    line = one_line("・異動履歴として管理する項目など（１．１．２参照）のこと").items[0].lines[0]
    assert line.text[found.start : found.end] == "１．１．２"
    assert (found.position, found.reaches) == (1, ("1.1.2",))
    assert "１．１．２参照" in found.text


def test_a_group_reaches_all_items_under_it() -> None:
    [found] = one_line("1.1（台帳）の項目").references
    assert found.reaches == ("1.1.1", "1.1.2", "1.1.10")


def ranged(line: str) -> list[Reference]:
    return list(one_line(line).references)


@pytest.mark.parametrize(
    "line",
    ["1.1.1～1.1.10参照", "1.1.1（管理）〜1.1.10参照", "1.1.1から1.1.10まで", "1.1.1～10参照"],
)
def test_a_range_reaches_the_items_between(line: str) -> None:
    first, last = ranged(line)
    assert (first.to, first.range_from, first.reaches) == ("1.1.1", None, ("1.1.1",))
    assert (last.to, last.range_from, last.reaches) == ("1.1.10", "1.1.1", ("1.1.2", "1.1.10"))


def test_the_report_lists_what_is_not_loaded() -> None:
    counted = report(one_line("1.1.2参照\n・順位（5.2参照）"))
    assert counted["items"] == 4
    assert counted["references"] == {
        "resolved": 1,
        "unresolved": [{"from": "1.1.1", "to": "5.2", "text": "・順位（5.2参照）"}],
    }


# ---- one document ---------------------------------------------------------------------------


def test_one_document_is_read_by_its_titles() -> None:
    document = (
        "1. 管理\n1.1. 台帳\n1.1.1. 台帳の管理\n"
        + body("1. 氏名\n2. 住所", prohibited="1. 削除\n2. 複写")
        + "1.1.2. 履歴\n"
        + EMPTY
        + "2. 検索\n2.1. 基本検索\n"
        + EMPTY
    )
    text = read_national({"spec.txt": document})
    assert [chapter.number for chapter in text.chapters] == ["1", "1.1", "2"]
    assert [item.number for item in text.items] == ["1.1.1", "1.1.2", "2.1"]
    lines = [line.text for line in text.items[0].lines]
    assert lines == ["1. 氏名", "2. 住所", "1. 削除", "2. 複写"]


def test_an_item_twice_in_one_document_is_refused() -> None:
    item = "1.1.1. 台帳の管理\n" + EMPTY
    assert "1.1.1 は、すでに使われています" in refused({"spec.txt": item + item})


# ---- refusals -------------------------------------------------------------------------------


def refused(source: Path | dict[str, str]) -> str:
    with pytest.raises(Invalid) as caught:
        read_national(source)
    assert "何も登録していません" in caught.value.message
    return caught.value.message


def test_a_folder_without_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1.1.1. 台帳\n" + EMPTY, "utf-8")
    assert "index.md" in refused(tmp_path)
    assert "index.md" in refused({"a.txt": "", "b.txt": ""})


def test_a_listed_file_that_is_missing_is_refused() -> None:
    named = files()
    del named["b.txt"]
    assert "b.txt" in refused(named)
    assert "4行目" in refused(named)


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    for name, text in files().items():
        (tmp_path / name).write_text(text, "utf-8")
    assert len(read_national(tmp_path).items) == 4
    (tmp_path / "b.txt").write_bytes("1.1.2. 履歴\n".encode("cp932"))
    assert "b.txt は UTF-8 の文字として読めません" in refused(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    for name, text in files().items():
        (tmp_path / name).write_text(text, "utf-8-sig")
    assert read_national(tmp_path) == read_national(files())
    assert read_national(tmp_path / "index.md") == read_national(files())


def test_an_unknown_block_is_refused() -> None:
    message = refused(files(a="1.1.1. 台帳の管理\n【実装を検討する機能】\n登録"))
    assert "a.txt の2行目の区分【実装を検討する機能】は、知らない区分です" in message
    assert "【実装すべき機能】" in message


def test_a_number_used_twice_is_refused() -> None:
    named = files()
    named["index.md"] += "### 1.1.2. もう一つの履歴 (a.txt)\n"
    assert "1.1.2 は、すでに使われています" in refused(named)


def test_a_file_under_another_number_is_refused() -> None:
    assert "目次の番号 1.1.1 と違います" in refused(files(a="1.1.3. 台帳の管理\n" + EMPTY))


def test_control_characters_are_refused() -> None:
    assert "a.txt の3行目" in refused(files(a="1.1.1. 台帳の管理\n\n登\x00録"))


def test_a_text_without_items_is_refused(tmp_path: Path) -> None:
    assert "項目が一つも見つからない" in refused({"index.md": "# 1. 管理\n"})
    assert "項目が一つも見つからない" in refused({"spec.txt": "<html></html>"})
    assert "見つからない" in refused(tmp_path / "nothing")


# ---- the official text ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def official() -> NationalText:
    folder = os.environ.get("KAIZU_SHARED_DATA")
    if not folder:
        pytest.skip("KAIZU_SHARED_DATA が設定されていません（国標準の本文を置いた場所）")
    return read_national(Path(folder) / "standard_spec_v1")


def test_the_official_text_is_counted_exactly(official: NationalText) -> None:
    counted = report(official)
    assert counted["items"] == 44
    assert [chapter.number for chapter in official.chapters] == [
        *("1", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "2.3", "3")
    ]
    # Every non-empty line behind the titles and outside the 132 block headings, counted apart.
    assert counted["lines"] == {"mandatory": 460, "optional": 6, "prohibited": 11}
    # 88 dotted numbers stand in the text; three of them are dates (15.01.07 twice, 17.12.30).
    assert counted["references"]["resolved"] == 46
    assert len(counted["references"]["unresolved"]) == 39


def test_the_references_of_the_official_text(official: NationalText) -> None:
    resolved = Counter(found.to for found in official.references if found.target)
    assert resolved == {
        "1.1.2": 9, "1.1.18": 8, "1.1.1": 6, "1.1.14": 5, "1.2.1": 4, "1.3.8": 4, "1.1.15": 2,
        "1.1.7": 2, "1.2.2": 2, "1.1.16": 2, "1.1.19": 1, "1.3.6": 1,
    }  # fmt: skip
    chapters = {found.to.split(".")[0] for found in official.references if not found.target}
    assert chapters == {"4", "5", "9", "10", "20"}


def test_the_official_text_in_one_document_reads_the_same(official: NationalText) -> None:
    folder = Path(os.environ["KAIZU_SHARED_DATA"]) / "standard_spec_v1"
    headings = {chapter.number: chapter.title for chapter in official.chapters}
    parts: list[str] = []
    for item in official.items:
        segments = item.number.split(".")
        for depth in range(1, len(segments)):
            number = ".".join(segments[:depth])
            if number in headings:
                parts.append(f"{number}. {headings.pop(number)}")
        parts.append((folder / item.file).read_text("utf-8"))
    whole = read_national({"whole.txt": "\n".join(parts)})
    assert whole.chapters == official.chapters
    assert report(whole)["lines"] == report(official)["lines"]
    assert report(whole)["references"] == report(official)["references"]


def test_the_slips_of_the_official_text(official: NationalText) -> None:
    assert [(slip.kind, slip.file, slip.row, slip.text) for slip in official.slips] == [
        (SlipKind.PAGE_NUMBER, "j20.txt", 8, "95 / 493"),
        (SlipKind.MISSPELT_BLOCK, "j370.txt", 6, "【実装してもしなくても良い能能】"),
    ]


def test_the_inner_headings_of_the_official_text(official: NationalText) -> None:
    headings = Counter(
        item.number for item in official.items for line in item.lines if line.heading
    )
    assert headings == {"1.1.1": 4, "1.1.2": 3, "1.1.5": 2, "1.1.6": 1, "1.1.8": 1}
