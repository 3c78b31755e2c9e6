"""What two people typed into the same form."""

from __future__ import annotations

from registry.web.conflicts import Difference, compare
from registry.web.forms import Form

LABELS = {"name": "名称", "note": "備考", "role": "役割"}


def test_only_what_differs_is_named_in_the_words_of_the_page() -> None:
    form = Form(values={"name": "予約", "note": "一行\r\n二行 ", "role": "editor", "version": "3"})
    stored = {"name": "予約業務", "note": "一行\n二行", "role": "approver"}
    words = {"role": {"editor": "情報部門", "approver": "団体承認者"}}
    assert compare(form, stored, 5, LABELS, words) == [
        Difference("名称", "予約", "予約業務"),
        Difference("役割", "情報部門", "団体承認者"),
    ]


def test_the_next_try_carries_the_stored_version() -> None:
    form = Form(values={"name": "", "version": "3"})
    assert compare(form, {"name": None}, 5, LABELS) == []
    assert form.version == 5
