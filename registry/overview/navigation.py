"""The menu of each role, in the order of the work, and the sections of one business."""

from __future__ import annotations

from typing import Final

from registry.access import Actor, Permission

# (label, endpoint, permission); the first blueprint name also marks the current entry.
ENTRIES: Final = (
    ("ホーム", "overview.home", Permission.SIGNED_IN),
    ("目標", "goals.tree", Permission.READ_CONTENT),
    ("業務", "processes.listing", Permission.READ_CONTENT),
    ("要件", "requirements.listing", Permission.READ_CONTENT),
    ("確定待ち", "requirements.approvals", Permission.CONFIRM_REQUIREMENTS),
    ("比較", "comparison.listing", Permission.READ_CONTENT),
    ("標準要件", "standards.listing", Permission.READ_CONTENT),
    ("国標準", "standards.national_listing", Permission.READ_CONTENT),
    ("版", "specs.listing", Permission.READ_CONTENT),
    ("配布", "vendors.listing", Permission.DELIVER),
    ("受け取った仕様書", "vendors.received", Permission.RECEIVE),
    ("アカウント", "accounts.listing", Permission.MANAGE_ACCOUNTS),
    ("処理状況", "overview.jobs", Permission.MANAGE_JOBS),
    ("監査記録", "overview.audit", Permission.READ_AUDIT),
)

# The same for one business: its page in each feature.
SECTIONS: Final = (
    ("概要", "processes.page", Permission.READ_CONTENT),
    ("フロー", "flows.listing", Permission.READ_CONTENT),
    ("要件", "requirements.table", Permission.READ_CONTENT),
    ("比較", "comparison.business", Permission.READ_CONTENT),
    ("標準要件", "standards.of_business", Permission.READ_CONTENT),
    ("仕様書の版", "specs.of_business", Permission.READ_CONTENT),
)


def entries(actor: Actor | None) -> list[tuple[str, str]]:
    """(label, endpoint) pairs this person may open; a vendor sees nothing of the inside."""
    if actor is None:
        return []
    return [(label, endpoint) for label, endpoint, needed in ENTRIES if actor.may(needed)]


def sections(actor: Actor | None) -> list[tuple[str, str]]:
    """(label, endpoint) of the pages that one business has for this person; each takes `slug`."""
    if actor is None:
        return []
    return [
        (label, _own(endpoint, actor)) for label, endpoint, needed in SECTIONS if actor.may(needed)
    ]


def _own(endpoint: str, actor: Actor) -> str:
    """Who belongs to no town has no table of its own and starts from those of the towns."""
    if endpoint == "requirements.table" and actor.municipality_id is None:
        return "requirements.towns"
    return endpoint
