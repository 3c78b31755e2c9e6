"""Files as answers."""

from __future__ import annotations

from urllib.parse import quote

from flask import Flask

from registry.web import downloads


def test_a_workbook_is_saved_under_its_japanese_name() -> None:
    with Flask("test").test_request_context():
        answer = downloads.workbook(b"PK content", "目標一覧")
        answer.direct_passthrough = False
        assert answer.get_data() == b"PK content"
        assert answer.mimetype == downloads.XLSX
        header = answer.headers["Content-Disposition"]
        assert header.startswith("attachment;")
        assert quote("目標一覧.xlsx") in header
