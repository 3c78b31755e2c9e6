from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from registry.db import Database
from registry.standards.models import (
    StandardAnswer,
)
from tests.standards.pages import COORDINATOR, FIELDS, HOME, PAGE, SignedIn, stored, text_of
from tests.world import World


def test_a_new_standard_begins_with_the_most_frequent_wording(
    prepared: World, signed_in: SignedIn
) -> None:
    page = signed_in(COORDINATOR).get(f"{HOME}/new?group=F-001&group=F-002").get_data(as_text=True)
    assert "\n仮予約は3営業日で自動的に取り消せること。</textarea>" in page
    assert 'value="仮予約・手つかず"' in page
    assert 'value="F-001" checked' in page
    assert 'value="F-002" checked' in page


def test_a_standard_is_drafted_from_a_group(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    answer = client.send(f"{HOME}/new", **{**FIELDS, "groups": ["F-001", "F-002"]})
    assert (answer.status_code, answer.location) == (303, f"{HOME}/A-0010002-01")
    made = stored(database, "A-0010002-01")
    with database.read() as session:
        count = sa.select(sa.func.count()).where(StandardAnswer.standard_id == made.id)
        assert session.scalar(count) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"title": "改\n行"}, "title"),
        ({"obligation": "perhaps"}, "obligation"),
        ({"goal": "G-99"}, "goal"),
        ({"groups": ["F-999"]}, "groups"),
        ({"text": "制御\x07文字"}, "text"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_kept(
    prepared: World, signed_in: SignedIn, change: dict[str, Any], field: str
) -> None:
    answer = signed_in(COORDINATOR).send(f"{HOME}/new", **{**FIELDS, **change})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in page or f'id="f-{field}s-error"' in page
    assert "多くの団体が7日で運用している。" in page
    assert 'value="F-001" checked' in page or field == "groups"


def test_an_edit_is_saved_with_its_groups(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(f"{PAGE}/edit")["version"]
    answer = client.send(
        f"{PAGE}/edit", version=version, **{**FIELDS, "groups": [], "phase": "", "goal": ""}
    )
    assert (answer.status_code, answer.location) == (303, PAGE)
    found = stored(database)
    assert (found.text, found.phase, found.goal_id) == (FIELDS["text"], None, None)
    assert "どのまとまりにも答えていません" in text_of(client.get(PAGE))


def test_a_stale_edit_shows_both_sides_and_can_be_saved_again(
    prepared: World, signed_in: SignedIn, database: Database
) -> None:
    client = signed_in(COORDINATOR)
    version = client.hidden(f"{PAGE}/edit")["version"]
    client.send(f"{PAGE}/edit", version=version, **{**FIELDS, "text": "相手の本文"})
    answer = client.send(f"{PAGE}/edit", version=version, **{**FIELDS, "text": "私の本文"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "相手の本文" in page
    assert "\n私の本文</textarea>" in page
    fresh = re.search(r'name="version" value="(\d+)"', page)
    assert fresh
    again = client.send(f"{PAGE}/edit", version=fresh[1], **{**FIELDS, "text": "私の本文"})
    assert again.status_code == 303
    assert stored(database).text == "私の本文"


def test_an_edit_without_a_version_is_refused(prepared: World, signed_in: SignedIn) -> None:
    answer = signed_in(COORDINATOR).send(f"{PAGE}/edit", **FIELDS)
    assert answer.status_code == 422
    assert "画面が古くなっています" in text_of(answer)
