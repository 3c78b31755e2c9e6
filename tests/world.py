"""Two regions to test with: rows that must match and, beside them, rows that must not.

`World` is the standing cast. The first region has three towns with a person of each town role,
a coordinator, an administrator and two vendors; the second region has one town and a coordinator
who must never see or touch anything of the first.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.access import Actor, Role
from registry.accounts import passwords, queries
from registry.accounts.models import Account
from registry.db import now
from registry.goals.models import Beneficiary, Goal, Horizon, Viewpoint
from registry.municipalities.models import Municipality, MunicipalityKind, Region
from registry.processes.models import Business
from registry.vendors.models import Vendor, VendorMember

PASSWORD = "tanuki no mori 2026"
_HASH = passwords.hash_password(PASSWORD)

TOWNS = (
    ("072028", "会津若松市", "あいづわかまつし", "city", 117433),
    ("072087", "喜多方市", "きたかたし", "city", 44810),
    ("074225", "湯川村", "ゆがわむら", "village", 3082),
)


@dataclass
class World:
    region: Region
    other_region: Region
    towns: dict[str, Municipality]
    other_town: Municipality
    accounts: dict[str, Account]
    actors: dict[str, Actor]
    business: Business
    other_business: Business
    foreign_business: Business
    goals: dict[str, Goal]
    foreign_goal: Goal
    vendors: dict[str, Vendor]

    @property
    def coordinator(self) -> Actor:
        return self.actors["coordinator@bureau.example"]

    @property
    def administrator(self) -> Actor:
        return self.actors["administrator@bureau.example"]

    @property
    def stranger(self) -> Actor:
        """The coordinator of the other region."""
        return self.actors["coordinator@elsewhere.example"]

    def of(self, role: str, code: str = "072028") -> Actor:
        """`of("editor")`, `of("approver", "072087")`: a person of a town role."""
        return self.actors[f"{role}@{code}.example"]

    def vendor_actor(self, name: str = "a") -> Actor:
        return self.actors[f"vendor@vendor-{name}.example"]


def build(session: Session) -> World:
    """Add the cast to an empty database; the caller commits."""
    region = Region(code="aizu", name="会津地域", bureau="広域調整事務局", issuer="会津地域協議会")
    elsewhere = Region(code="elsewhere", name="別の地域", bureau="別事務局", issuer="別協議会")
    session.add_all([region, elsewhere])
    session.flush()
    towns = {
        code: Municipality(
            region_id=region.id,
            code=code,
            name=name,
            kana=kana,
            kind=MunicipalityKind(kind),
            population=people,
        )
        for code, name, kana, kind, people in TOWNS
    }
    other_town = Municipality(
        region_id=elsewhere.id,
        code="134210",
        name="小笠原村",
        kana="おがさわらむら",
        kind=MunicipalityKind.VILLAGE,
        population=2929,
    )
    session.add_all([*towns.values(), other_town])
    session.flush()
    accounts: dict[str, Account] = {}

    def person(email: str, role: Role, place: Region, town: Municipality | None = None) -> Account:
        account = Account(
            region_id=place.id,
            municipality_id=town.id if town else None,
            email=email,
            name=f"{town.name if town else place.name} {role.label}",
            role=role,
            password_hash=_HASH,
            created_at=now(),
        )
        session.add(account)
        accounts[email] = account
        return account

    for code, town in towns.items():
        for role in (Role.CONTRIBUTOR, Role.EDITOR, Role.APPROVER):
            person(f"{role.value}@{code}.example", role, region, town)
    person("coordinator@bureau.example", Role.COORDINATOR, region)
    person("administrator@bureau.example", Role.ADMINISTRATOR, region)
    vendor_people = [
        person(f"vendor@vendor-{name}.example", Role.VENDOR, region) for name in ("a", "b")
    ]
    person("coordinator@elsewhere.example", Role.COORDINATOR, elsewhere)
    person("administrator@elsewhere.example", Role.ADMINISTRATOR, elsewhere)
    person("editor@134210.example", Role.EDITOR, elsewhere, other_town)
    vendors = {
        name: Vendor(region_id=region.id, name=f"ベンダー{name.upper()}", kana="べんだー")
        for name in ("a", "b")
    }
    session.add_all(vendors.values())
    session.flush()
    for account, vendor in zip(vendor_people, vendors.values(), strict=True):
        session.add(VendorMember(account_id=account.id, vendor_id=vendor.id))
    business = Business(
        region_id=region.id, slug="facility-reservation", number="001", name="公共施設予約"
    )
    other = Business(region_id=region.id, slug="snow-removal", number="002", name="除雪・道路情報")
    foreign = Business(
        region_id=elsewhere.id, slug="facility-reservation", number="001", name="施設予約"
    )
    session.add_all([business, other, foreign])
    goals = _goals(session, region)
    foreign_goal = _goal(elsewhere, None, "G-1", "よその目標ができている", 1)
    session.add(foreign_goal)
    session.flush()
    actors = {email: queries.actor_of(session, account) for email, account in accounts.items()}
    return World(
        region=region,
        other_region=elsewhere,
        towns=towns,
        other_town=other_town,
        accounts=accounts,
        actors=actors,
        business=business,
        other_business=other,
        foreign_business=foreign,
        goals=goals,
        foreign_goal=foreign_goal,
        vendors=vendors,
    )


def _goal(region: Region, parent: Goal | None, code: str, statement: str, position: int) -> Goal:
    return Goal(
        region_id=region.id,
        parent_id=parent.id if parent else None,
        code=code,
        position=position,
        statement=statement,
        viewpoint=Viewpoint.PROGRAM,
        horizon=Horizon.MEDIUM,
        beneficiary=Beneficiary.RESIDENT,
    )


def _goals(session: Session, region: Region) -> dict[str, Goal]:
    """G-1 > G-1-1 > G-1-1-1, and beside them G-1-2."""
    goals: dict[str, Goal] = {}
    for code, parent, statement, position in (
        ("G-1", None, "住民が役場に行かずに手続を終えられている", 1),
        ("G-1-1", "G-1", "施設の予約が家からできている", 1),
        ("G-1-1-1", "G-1-1", "空き状況がいつでも分かるようになっている", 1),
        ("G-1-2", "G-1", "窓口の待ち時間が短くなっている", 2),
    ):
        goals[code] = _goal(region, goals.get(parent or ""), code, statement, position)
        session.add(goals[code])
        session.flush()
    return goals
