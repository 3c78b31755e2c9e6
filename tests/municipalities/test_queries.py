"""Reading regions and towns: one's own and nobody else's."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.errors import Invalid, NotFound
from registry.municipalities import queries
from registry.municipalities.models import Region
from tests.world import World


def test_towns_come_in_code_order_and_only_from_the_own_region(
    session: Session, world: World
) -> None:
    for actor in (world.coordinator, world.of("contributor", "074225"), world.vendor_actor()):
        codes = [town.code for town in queries.all_towns(session, actor)]
        assert codes == ["072028", "072087", "074225"]
    assert [town.code for town in queries.all_towns(session, world.stranger)] == ["134210"]


def test_a_town_is_found_by_its_code_with_the_leading_zero(session: Session, world: World) -> None:
    town = queries.by_code(session, world.coordinator, "072028")
    assert (town.name, town.kana, town.kind.label) == ("会津若松市", "あいづわかまつし", "市")


@pytest.mark.parametrize("code", ["134210", "72028", "", "000000"])
def test_another_regions_code_is_not_known(session: Session, world: World, code: str) -> None:
    with pytest.raises(NotFound):
        queries.by_code(session, world.coordinator, code)


def test_the_own_region_is_the_actors(session: Session, world: World) -> None:
    assert queries.own_region(session, world.of("editor")).code == "aizu"
    assert queries.own_region(session, world.stranger).code == "elsewhere"


def test_a_command_names_its_region_where_there_are_several(session: Session, world: World) -> None:
    assert queries.region(session, "aizu").id == world.region.id
    with pytest.raises(Invalid, match="--region"):
        queries.region(session)
    with pytest.raises(NotFound):
        queries.region(session, "nowhere")


def test_the_only_region_needs_no_name(session: Session, world: World) -> None:
    session.execute(sa.text("DELETE FROM goal"))
    for table in ("business", "sign_in", "vendor_member", "account", "vendor", "municipality"):
        session.execute(sa.text(f"DELETE FROM {table}"))
    session.execute(sa.delete(Region).where(Region.code == "elsewhere"))
    assert queries.region(session).code == "aizu"
    session.execute(sa.delete(Region))
    with pytest.raises(NotFound, match="kaizu load"):
        queries.region(session)
